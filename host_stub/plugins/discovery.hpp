// Finds the installed plugins: the manifests in the plugin directories, read as text. No code of a
// plugin runs here; plugin.hpp loads a plugin when it is used.
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
  std::vector<cpi::manifest::Problem> warnings;  // further findings of the checks
  std::filesystem::path manifest_path;           // absolute
  std::filesystem::path library_path;            // absolute; it existed when searched for

  std::string_view id() const { return manifest.id(); }
};

struct Discovery {
  std::vector<std::shared_ptr<const PluginFiles>> plugins;  // by id
  std::vector<PluginProblem> problems;                      // broken and shadowed ones, by path
  std::vector<std::filesystem::path> searched;              // in order, including missing ones

  std::shared_ptr<const PluginFiles> find(std::string_view id) const;  // null if not found
};

// The directories to search for plugins, in order: `flags` (--plugin-dir), `variable` (the value of
// CONNECTOR_PLUGIN_PATH, colon separated), the installation directory, and those relative to the
// executable. Absolute, without duplicates. Relative ones are resolved against `current`.
std::vector<std::filesystem::path> plugin_directories(std::span<const std::filesystem::path> flags,
                                                      std::string_view variable,
                                                      const std::filesystem::path &executable,
                                                      const std::filesystem::path &current);

// Reads the manifests (`*.yaml`) in every directory and each of its subfolders. Also reports
// libraries without a manifest, and files that other users may change (file_trust.hpp). If an id
// occurs twice, the first one wins, in the order of the directories and of the names in them. Never
// throws because of the contents. Manifests cached in `checked` (may be null) are not checked
// again.
Discovery discover(std::span<const std::filesystem::path> directories,
                   const CheckedManifests *checked = nullptr);

}  // namespace host
