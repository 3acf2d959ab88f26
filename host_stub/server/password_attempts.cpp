#include "server/password_attempts.hpp"

#include <algorithm>
#include <utility>

namespace host::server {

PasswordAttempts::PasswordAttempts(std::function<Time()> now, Check check)
    : now_(std::move(now)), check_(std::move(check)), next_(now_()) {}

PasswordAttempts::Result PasswordAttempts::attempt(const std::string &hash,
                                                   std::string_view password) {
  using std::chrono::ceil;
  using std::chrono::milliseconds;
  const std::scoped_lock lock(mutex_);
  if (const Time now = now_(); now < next_)
    return {Kind::too_early, ceil<milliseconds>(next_ - now), failures_};
  if (check_(hash, password)) {
    failures_ = 0;
    return {Kind::right};
  }
  ++failures_;
  std::chrono::seconds wait{0};
  if (failures_ >= free_attempts)
    wait =
        std::min(longest_wait, std::chrono::seconds(1 << std::min(failures_ - free_attempts, 10)));
  next_ = now_() + wait;
  return {Kind::wrong, wait, failures_};
}

}  // namespace host::server
