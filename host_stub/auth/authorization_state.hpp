// The `state` of one authorization request (RFC 6749, section 10.12): it ties the answer that comes
// through the browser to the request that this process made, once.
//
// For one thread at a time.
#pragma once

#include <chrono>
#include <functional>
#include <string_view>

#include "base/secret.hpp"

namespace host {

class AuthorizationState {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::minutes lifetime{10};

  // 256 random bits. A test brings another clock.
  explicit AuthorizationState(std::function<Time()> now = [] {
    return std::chrono::steady_clock::now();
  });

  std::string_view text() const noexcept { return state_.reveal(); }

  enum class Check { ok, missing, wrong, used, expired };
  // Whether this is the state that was sent, compared in constant time; uses nothing up.
  bool is(std::string_view given) const;
  // What came back, compared in constant time. Only `ok` and `expired` use the state up: a guess
  // does not.
  Check take(std::string_view given);

 private:
  Secret state_;
  std::function<Time()> now_;
  Time made_;
  bool used_ = false;
};

}  // namespace host
