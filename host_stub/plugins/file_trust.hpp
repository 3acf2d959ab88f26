// Checks that no other user can change the code that runs as this user: a plugin's code is fully
// trusted, so only this user or root may be able to change its files.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <string>

namespace host {

// Who besides root and this user may change a file or folder: "writable by everyone", or empty if
// nobody may. The group of this process may, since many systems give every user a group of their
// own.
std::string writable_by_others(const struct stat &status);
// The same for an existing path; empty if it does not exist.
std::string writable_by_others(const std::filesystem::path &path);

// The advice for the user.
std::string writable_advice(const std::filesystem::path &path);

}  // namespace host
