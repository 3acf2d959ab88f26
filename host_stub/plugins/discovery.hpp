// Which plugins there are: manifests found in the plugin directories and read as text. No code of a
// plugin runs here; loading it is plugin.hpp's part, when the plugin is used.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cpi/manifest/manifest.hpp"
#include "plugins/checked_manifests.hpp"
#include "plugins/problem.hpp"

namespace host {

// One plugin on disk: a manifest and its library side by side. Immutable once found.
struct PluginFiles {
  cpi::manifest::Manifest manifest;              // checked
  std::vector<cpi::manifest::Problem> warnings;  // what the checks said besides
  std::filesystem::path manifest_path;           // absolute
  std::filesystem::path library_path;            // absolute; it was there when looked for

  std::string_view id() const { return manifest.id(); }
};

struct Discovery {
  std::vector<std::shared_ptr<const PluginFiles>> plugins;  // by id
  std::vector<PluginProblem> problems;                      // broken and shadowed ones, by path
  std::vector<std::filesystem::path> searched;              // in order, whether they exist or not

  std::shared_ptr<const PluginFiles> find(std::string_view id) const;  // null: not there
};

// Where plugins are searched, in order: `flags` (--plugin-dir), `variable` (the value of
// CONNECTOR_PLUGIN_PATH, colon separated), the directory installed to, and the ones relative to the
// executable. Absolute, without repetition. Relative ones are resolved against `current`.
std::vector<std::filesystem::path> plugin_directories(std::span<const std::filesystem::path> flags,
                                                      std::string_view variable,
                                                      const std::filesystem::path &executable,
                                                      const std::filesystem::path &current);

// Reads every directory: the manifests (`*.yaml`) in it, and in each of its sub-folders; a library
// without a manifest is told too, and so is what others may change (file_trust.hpp). The same id
// twice: the first one wins, in the order of the directories and of the names in them. Never throws
// for what it finds. Manifests that `checked` (may be null) knows are not checked again.
Discovery discover(std::span<const std::filesystem::path> directories,
                   const CheckedManifests *checked = nullptr);

}  // namespace host
