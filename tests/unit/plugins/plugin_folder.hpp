// A folder of plugins for one test, gone after it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "plugins/discovery.hpp"
#include "plugins/plugin.hpp"

namespace host::test {

class PluginFolder {
 public:
  PluginFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "unit_plugins.XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  PluginFolder(const PluginFolder &) = delete;
  PluginFolder &operator=(const PluginFolder &) = delete;
  ~PluginFolder() {
    std::error_code ignored;
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all, ignored);
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path &path() const { return path_; }

  // The tiny manifest and the library of that name from broken/, side by side.
  void install(std::string_view name, const std::filesystem::path &below = {}) const {
    const auto folder = path_ / below;
    std::filesystem::create_directories(folder);
    std::filesystem::copy_file(TINY_MANIFEST, folder / "tiny.yaml");
    const auto source = std::filesystem::path(BROKEN_PLUGINS) / (std::string(name) + ".so");
    std::filesystem::copy_file(source, folder / "tiny.so");
  }

  void write(const std::filesystem::path &name, std::string_view text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
  }

  Discovery discover() const { return host::discover(std::span(&path_, 1)); }

  std::shared_ptr<const PluginFiles> tiny() const {
    const Discovery found = discover();
    for (const PluginProblem &problem : found.problems)
      throw std::runtime_error(problem.sentence());
    return found.find("tiny");
  }

 private:
  std::filesystem::path path_;
};

inline std::string tiny_manifest() {
  std::ifstream file(TINY_MANIFEST, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// One loaded plugin of broken/.
struct Loaded {
  explicit Loaded(std::string_view name, const LoadOptions &options = {}) {
    folder.install(name);
    plugin = Plugin::load(folder.tiny(), options);
  }
  PluginFolder folder;
  std::shared_ptr<const Plugin> plugin;
};

}  // namespace host::test
