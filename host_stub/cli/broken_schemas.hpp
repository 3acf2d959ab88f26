// The outputs and events of plugins that broke their schemas in the running host, kept in the data
// directory for `doctor`, which is another process. The file says what the last host counted since
// its start, and stays when that host ends.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "plugins/plugin.hpp"

namespace host::cli {

struct PluginBreaks {
  std::string plugin;
  std::string version;
  SchemaBreaks breaks;
};

struct BrokenSchemas {
  std::int64_t since_unix_ms = 0;  // the start of the host that counted
  std::vector<PluginBreaks> found;
};

// Forgets what an earlier host counted. Ignores a file that cannot be removed.
void forget_broken_schemas(const std::filesystem::path &data_dir) noexcept;

// Replaces the file. Throws std::exception when it cannot be written.
void write_broken_schemas(const std::filesystem::path &data_dir, std::int64_t since_unix_ms,
                          const std::vector<std::shared_ptr<const Plugin>> &plugins);

// Nothing is found where there is no file, or one that cannot be read.
BrokenSchemas read_broken_schemas(const std::filesystem::path &data_dir);

}  // namespace host::cli
