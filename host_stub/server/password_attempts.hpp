// Limits guessing of the password: after a few wrong ones each further attempt has to wait, twice
// as long as the one before it, up to five minutes. An attempt that comes too early is not looked
// at, so it costs no computation and tells nothing.
//
// There is one person and one password, so the limit is one for all clients. Somebody else who
// guesses makes that person wait, too; a link from the terminal always opens a session.
//
// [any thread]
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "control/password.hpp"

namespace host::server {

class PasswordAttempts {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Check = std::function<bool(const std::string &hash, std::string_view password)>;
  static constexpr int free_attempts = 3;
  static constexpr std::chrono::seconds longest_wait{300};

  explicit PasswordAttempts(std::function<Time()> now = std::chrono::steady_clock::now,
                            Check check = is_password);

  enum class Kind { right, wrong, too_early };
  struct Result {
    Kind kind;
    std::chrono::milliseconds wait{0};  // until the next attempt is looked at
    int failures = 0;                   // in a row
  };
  // Checks one password at a time: each needs much memory.
  Result attempt(const std::string &hash, std::string_view password);

 private:
  std::function<Time()> now_;
  Check check_;
  std::mutex mutex_;
  int failures_ = 0;
  Time next_{};
};

}  // namespace host::server
