// How another process finds the server that runs on a data folder: by two files that the server
// keeps there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace host::server {

constexpr const char *token_file = "serve-token";
// Four lines for `connector-host link`: the address to connect to, the Host to send, the origin
// that the answer must name, and the process that listens there.
constexpr const char *place_file = "serve-place";

// For `connector-host link`: requests a link, or a file that leads to one, from the server that
// runs on this data folder. `owner`: the process that holds the folder's run lock. Both throw
// Failure if it is not a server.
std::string link_of_running_server(const std::filesystem::path &data_dir, std::int64_t owner);
std::filesystem::path link_file_of_running_server(const std::filesystem::path &data_dir,
                                                  std::int64_t owner);

}  // namespace host::server
