// Whether somebody else may decide what runs as this user: a plugin's code is trusted with
// everything, so its files must be in the hands of this user or of root alone.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <string>

namespace host {

// Who, besides root and this user, may change a file or a folder: "writable by everyone", or
// nothing when nobody may. A group may when it is this process's own, as where every user has one.
std::string others_hand(const struct stat &status);
// Likewise of what is there; nothing when nothing is.
std::string others_hand(const std::filesystem::path &path);

// What to do about it.
std::string hand_advice(const std::filesystem::path &path);

}  // namespace host
