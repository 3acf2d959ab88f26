// A file for this user only, from the first moment on.
#pragma once

#include <filesystem>
#include <string_view>

namespace host::server {

// Replaces what is there in one step. Throws std::system_error.
void write_private(const std::filesystem::path &path, std::string_view text);

}  // namespace host::server
