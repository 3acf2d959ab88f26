// The plugin that does what the answers to its requests say (puppet.c), as a host finds it: in a
// folder of plugins that goes with the test.
#pragma once

#include <filesystem>
#include <memory>
#include <span>

#include "../../temporary_folder.hpp"
#include "plugins/discovery.hpp"

namespace host::test {

class PuppetFolder {
 public:
  PuppetFolder() {
    for (const char *name : {"puppet.yaml", "puppet.so", "puppet.svg"})
      std::filesystem::copy_file(std::filesystem::path(PUPPET_FILES) / name, path() / name);
  }

  const std::filesystem::path &path() const { return folder_.path(); }

  // What is in the folder now.
  std::shared_ptr<const Discovery> found() const {
    return std::make_shared<const Discovery>(discover(std::span(&path(), 1)));
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace host::test
