// A loaded plugin: its library, its function table and one connector that all its operations share.
// Every reason to refuse it is a PluginRefused that names files, what was found and who must act.
//
// [any thread] but for the operations themselves. A plugin lives as long as anything that uses it:
// operations keep it, and the library is closed after the last of them.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "cpi/plugin.h"
#include "plugins/discovery.hpp"
#include "plugins/operation.hpp"

namespace host {

class LibraryImage;

struct LoadOptions {
  // For development: run a library whose manifest was edited since. Told by `Plugin::mismatch`.
  bool allow_manifest_mismatch = false;
};

class Plugin : public std::enable_shared_from_this<Plugin> {
 public:
  // Reads the library into a copy of its own (library_image.hpp), opens that, checks its table
  // against plugin.h and the manifest, and makes the connector. Throws PluginRefused.
  static std::shared_ptr<const Plugin> load(std::shared_ptr<const PluginFiles> files,
                                            const LoadOptions &options = {});
  ~Plugin();
  Plugin(const Plugin &) = delete;
  Plugin &operator=(const Plugin &) = delete;

  std::string_view id() const noexcept { return id_; }
  const PluginFiles &files() const noexcept { return *files_; }
  const cpi::manifest::Manifest &manifest() const noexcept { return files_->manifest; }
  const LibraryImage &image() const noexcept;  // what is loaded, whatever lies on disk by now
  const std::string &build() const noexcept { return build_; }  // SDK and compiler; diagnostics

  // The sentence to log loudly when a differing manifest was let through; empty otherwise.
  const std::string &mismatch() const noexcept { return mismatch_; }

  // Begins an operation; copies `start`. Throws PluginFault.
  Operation begin(const OperationStart &start, const OperationLimits &limits = {}) const;

  // The plugin's own table, for validation tools. Checked; the whole first release is there.
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
};

}  // namespace host
