#include "plugins/file_trust.hpp"

#include <unistd.h>

namespace host {

std::string writable_by_others(const struct stat &status) {
  if (status.st_uid != 0 && status.st_uid != ::geteuid())
    return "owned by user ID " + std::to_string(status.st_uid);
  if ((status.st_mode & S_IWOTH) != 0) return "writable by everyone";
  if ((status.st_mode & S_IWGRP) != 0 && status.st_gid != 0 && status.st_gid != ::getegid())
    return "writable by group ID " + std::to_string(status.st_gid);
  return {};
}

std::string writable_by_others(const std::filesystem::path &path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? writable_by_others(status) : std::string();
}

std::string writable_advice(const std::filesystem::path &path) {
  return "Check its content. Then make root or the host's user its owner, and remove the write "
         "permission of everyone else: chmod go-w '" +
         path.string() + "'.";
}

}  // namespace host
