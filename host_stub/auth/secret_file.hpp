// One rule for every file that holds a secret, be it the sealing key, the secret of webhooks or a
// secret of a sign-in: only its owner may read it.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace host {

enum class SecretFileGuard {
  owner_only,
  given_by_systemd  // 0440, in a folder of their own that nobody else can enter
};

// given_by_systemd for a file in the folder that the environment's CREDENTIALS_DIRECTORY names.
SecretFileGuard secret_file_guard(const std::filesystem::path &path);

// A sentence without an initial capital if others than its owner may read this regular file; empty
// if nobody may. `noun` with its path: "the sealing key /x".
std::string open_to_others(const struct stat &status, SecretFileGuard guard,
                           const std::string &noun, const std::string &path);

class SecretUnreadable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// At most 1 MiB, to its end; the buffers are wiped. `what` names it in messages. Throws
// SecretUnreadable.
Secret read_secret(int descriptor, const std::string &what);

// The content of a file. A regular one must be readable by its owner only; a pipe or a terminal is
// read as it is. Throws SecretUnreadable.
Secret read_secret_file(const std::string &path);

}  // namespace host
