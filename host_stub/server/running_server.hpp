// A server that runs on a data folder, as another process finds it: by two files that it keeps
// there while it runs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace host::server {

constexpr const char *token_file = "serve-token";
// Four lines for `connector-host link`: where to connect to, the Host to say, the origin that its
// answer has to name, and the process that listens there.
constexpr const char *place_file = "serve-place";

// For `connector-host link`: asks the server that runs on this data folder for a link, or for a
// file that leads to one. `owner`: the process that holds the folder's run lock. Both throw Failure
// when it is no server.
std::string link_of_running_server(const std::filesystem::path &data_dir, std::int64_t owner);
std::filesystem::path link_file_of_running_server(const std::filesystem::path &data_dir,
                                                  std::int64_t owner);

}  // namespace host::server
