// A loaded plugin: its library, its function table and one connector that all its operations share.
// A plugin that cannot be used gives a PluginRefused, which names the files, what was found and who
// must act.
//
// [any thread], except for the operations themselves. Operations keep their plugin alive; the
// library is closed after the last of them.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "cpi/plugin.h"
#include "plugins/discovery.hpp"
#include "plugins/operation.hpp"
#include "plugins/schema_check.hpp"

namespace host {

class LibraryImage;

struct LoadOptions {
  // For development: allow a library whose manifest was edited since the build. See
  // `Plugin::mismatch`.
  bool allow_manifest_mismatch = false;
};

class Plugin : public std::enable_shared_from_this<Plugin> {
 public:
  // Reads the library into a private copy (library_image.hpp), opens it, checks its table against
  // plugin.h and the manifest, and creates the connector. Throws PluginRefused.
  static std::shared_ptr<const Plugin> load(std::shared_ptr<const PluginFiles> files,
                                            const LoadOptions &options = {});
  ~Plugin();
  Plugin(const Plugin &) = delete;
  Plugin &operator=(const Plugin &) = delete;

  std::string_view id() const noexcept { return id_; }
  const PluginFiles &files() const noexcept { return *files_; }
  const cpi::manifest::Manifest &manifest() const noexcept { return files_->manifest; }
  const LibraryImage &image() const noexcept;  // the loaded copy; the file on disk may differ
  const std::string &build() const noexcept { return build_; }  // SDK and compiler; diagnostics

  // A warning to log if a differing manifest was allowed; empty otherwise.
  const std::string &mismatch() const noexcept { return mismatch_; }

  // Begins an operation; copies `start`. Throws PluginFault.
  Operation begin(const OperationStart &start, const OperationLimits &limits = {}) const;

  // Checks outputs and events against the manifest, and counts what does not fit.
  SchemaCheck &schema_check() const noexcept { return schema_check_; }

  // The plugin's own table, for validation tools. Checked; has all members of the first release.
  const cpi_plugin &table() const noexcept { return *table_; }

 private:
  struct Library;  // keeps Boost.DLL out of this header
  Plugin(std::shared_ptr<const PluginFiles> files, std::unique_ptr<Library> library,
         const cpi_plugin *table);
  friend class Operation;

  std::shared_ptr<const PluginFiles> files_;
  std::string id_;
  std::unique_ptr<Library> library_;
  const cpi_plugin *table_;
  cpi_connector *connector_ = nullptr;
  std::string build_;
  std::string mismatch_;
  mutable SchemaCheck schema_check_;
};

}  // namespace host
