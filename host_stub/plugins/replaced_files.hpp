// Detects that installed plugin files differ from the loaded ones. An upgraded plugin is used only
// after a restart of the host, which has to be reported.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "plugins/library_image.hpp"
#include "plugins/plugin.hpp"

namespace host {

class ReplacedFiles {
 public:
  using Loaded = std::span<const std::shared_ptr<const Plugin>>;

  // Checks each file's status, and reads its content only if the status has changed. Returns the
  // plugins whose library or manifest was replaced, each once, after two checks gave the same
  // result: a copy may be in progress.
  std::vector<std::shared_ptr<const Plugin>> check(Loaded loaded);

  // The ids of all plugins that would be different if they were loaded now.
  std::vector<std::string> replaced() const;

 private:
  using Stamps = std::pair<FileStamp, FileStamp>;  // library, manifest
  struct Known {
    std::optional<Stamps> last;
    std::optional<Stamps> judged;
    bool replaced = false;
  };
  static std::optional<Stamps> stamps_of(const Plugin &plugin);

  std::map<std::string, Known> known_;
};

}  // namespace host
