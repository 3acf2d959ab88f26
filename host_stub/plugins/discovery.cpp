#include "plugins/discovery.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "cpi/plugin.h"
#include "plugins/file_trust.hpp"

namespace host {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view manifest_suffix = ".yaml";
constexpr std::string_view library_suffix = ".so";

// The entries of a folder by name, without hidden ones; an error if it cannot be read.
std::vector<fs::directory_entry> entries_of(const fs::path &folder, std::error_code &error) {
  std::vector<fs::directory_entry> out;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    if (!it->path().filename().string().starts_with('.')) out.push_back(*it);
  std::ranges::sort(out, {}, [](const fs::directory_entry &entry) { return entry.path(); });
  return out;
}

class Search {
 public:
  explicit Search(const CheckedManifests *checked) : checked_(checked) {}

  void directory(const fs::path &folder, bool with_subfolders) {
    std::error_code error;
    const fs::file_status status = fs::status(folder, error);
    if (status.type() == fs::file_type::not_found) return;
    std::vector<fs::directory_entry> entries;
    if (!error && fs::is_directory(status)) entries = entries_of(folder, error);
    if (!error && !fs::is_directory(status))
      error = std::make_error_code(std::errc::not_a_directory);
    if (error) {
      problem("P101", folder.filename().string(), folder, error.message(),
              "a plugin folder that this user may read",
              "Correct its permissions, or remove it from the plugin path.");
      return;
    }

    if (in_other_hands(folder, folder.filename().string(), "a folder")) return;
    std::set<fs::path> claimed;  // libraries that a manifest here names
    for (const auto &entry : entries)
      if (entry.path().extension() == manifest_suffix && is_file(entry))
        manifest(entry.path(), claimed);
    for (const auto &entry : entries) {
      if (entry.path().extension() == library_suffix && is_file(entry)) {
        if (!claimed.contains(entry.path())) orphan(entry.path());
      } else if (with_subfolders && is_folder(entry)) {
        directory(entry.path(), false);
      }
    }
  }

  Discovery take() {
    for (auto &[id, files] : found_) result_.plugins.push_back(std::move(files));
    std::ranges::stable_sort(result_.problems, {}, &PluginProblem::path);
    return std::move(result_);
  }

 private:
  static bool is_file(const fs::directory_entry &entry) {
    std::error_code ignored;
    return entry.is_regular_file(ignored);
  }
  static bool is_folder(const fs::directory_entry &entry) {
    std::error_code ignored;
    return entry.is_directory(ignored);
  }

  void problem(std::string code, std::string plugin, const fs::path &path, std::string found,
               std::string expected, std::string advice) {
    result_.problems.push_back({std::move(code),
                                std::move(plugin),
                                path,
                                std::move(found),
                                std::move(expected),
                                std::move(advice),
                                {}});
  }

  // Code and text that other users may change are not used.
  bool in_other_hands(const fs::path &path, const std::string &plugin, const std::string &what) {
    const std::string others = writable_by_others(path);
    if (others.empty()) return false;
    problem("P107", plugin, path, what + ' ' + others,
            "a file that only root and this user may change", writable_advice(path));
    return true;
  }

  void orphan(const fs::path &library) {
    const fs::path manifest = fs::path(library).replace_extension(manifest_suffix);
    std::error_code ignored;
    if (fs::exists(manifest, ignored)) return;  // already reported, or names another library
    problem("P104", library.stem().string(), library, "a library without a manifest",
            manifest.string() + " next to it", "Copy the manifest too.");
  }

  void manifest(const fs::path &path, std::set<fs::path> &claimed) {
    const std::string stem = path.stem().string();
    if (in_other_hands(path, stem, "a manifest")) {
      claimed.insert(fs::path(path).replace_extension(library_suffix));
      return;
    }
    cpi::manifest::LoadResult loaded =
        checked_ != nullptr ? checked_->load(path) : cpi::manifest::load(path);
    if (!loaded.manifest) {
      result_.problems.push_back({"P102", stem, path, "a manifest with errors",
                                  "a manifest that is valid for plugin_api/manifest.schema.json",
                                  "The plugin's author must correct the listed errors.",
                                  std::move(loaded.problems)});
      claimed.insert(fs::path(path).replace_extension(library_suffix));
      return;
    }
    const cpi::manifest::Manifest &manifest = *loaded.manifest;
    const std::string id(manifest.id());
    const fs::path library =
        path.parent_path() / (manifest.library().file + std::string(library_suffix));
    claimed.insert(library);

    if (manifest.library().abi_major != CPI_ABI_MAJOR) {
      problem("P105", id, path,
              "a plugin for ABI major " + std::to_string(manifest.library().abi_major),
              "ABI major " + std::to_string(CPI_ABI_MAJOR),
              "Install a build of the plugin for this host, or the host it was built for.");
      return;
    }
    std::error_code ignored;
    if (!fs::is_regular_file(library, ignored)) {
      problem("P103", id, path, "no library " + library.string(),
              "the library next to the manifest", "Copy the library too.");
      return;
    }
    if (in_other_hands(library, id, "a library")) return;
    if (const auto first = found_.find(id); first != found_.end()) {
      problem("P106", id, path, "a second plugin with this id",
              "only one; " + first->second->manifest_path.string() + " was found first and is used",
              "Remove one of them, or change the order of the plugin directories.");
      return;
    }
    found_.emplace(id, std::make_shared<const PluginFiles>(
                           PluginFiles{manifest, std::move(loaded.problems), path, library}));
  }

  std::map<std::string, std::shared_ptr<const PluginFiles>, std::less<>> found_;
  Discovery result_;
  const CheckedManifests *checked_;
};

}  // namespace

std::shared_ptr<const PluginFiles> Discovery::find(std::string_view id) const {
  const auto found =
      std::ranges::find_if(plugins, [&](const auto &files) { return files->id() == id; });
  return found == plugins.end() ? nullptr : *found;
}

std::vector<fs::path> plugin_directories(std::span<const fs::path> flags, std::string_view variable,
                                         const fs::path &executable, const fs::path &current) {
  std::vector<fs::path> out;
  const auto add = [&](const fs::path &directory) {
    if (directory.empty()) return;
    fs::path whole = (current / directory).lexically_normal();
    if (!whole.has_filename()) whole = whole.parent_path();  // no trailing slash
    if (std::ranges::find(out, whole) == out.end()) out.push_back(std::move(whole));
  };

  for (const fs::path &flag : flags) add(flag);
  while (!variable.empty()) {
    const std::size_t end = variable.find(':');
    add(variable.substr(0, end));
    variable.remove_prefix(end == std::string_view::npos ? variable.size() : end + 1);
  }
  if (!executable.empty()) {
    const fs::path folder = (current / executable).parent_path();
    add(folder / "plugins");                      // unpacked beside the host, or built there
    add(folder / CONNECTOR_PLUGIN_DIR_FROM_BIN);  // installed under another prefix
  }
  add(CONNECTOR_PLUGIN_DIR);
  return out;
}

Discovery discover(std::span<const fs::path> directories, const CheckedManifests *checked) {
  Search search(checked);
  for (const fs::path &directory : directories) search.directory(directory, true);
  Discovery result = search.take();
  result.searched.assign(directories.begin(), directories.end());
  return result;
}

}  // namespace host
