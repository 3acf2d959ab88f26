// Writes a file that is private to this user from its creation.
#pragma once

#include <filesystem>
#include <string_view>

namespace host::server {

// Replaces an existing file atomically. Throws std::system_error.
void write_private(const std::filesystem::path &path, std::string_view text);

}  // namespace host::server
