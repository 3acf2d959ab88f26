// Who has opened the UI: links that work once, the sessions they open, and the token for programs.
// It remembers hashes only; nothing of it outlives the process.
//
// [any thread]
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "auth/secret.hpp"

namespace host::server {

class BrowserSessions {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::hours idle_lifetime{12};  // after the last request
  static constexpr std::chrono::minutes link_lifetime{10};
  static constexpr std::size_t most_sessions = 64;  // beyond them the one idle longest ends
  static constexpr std::size_t most_links = 16;

  explicit BrowserSessions(std::function<Time()> now = std::chrono::steady_clock::now);

  // The text of a link that opens one session.
  std::string new_link(std::chrono::seconds lifetime = link_lifetime);
  // Uses the link up: the cookie of the new session. Nothing: no such link, or no more.
  std::optional<std::string> open(std::string_view link);

  struct Session {
    std::string csrf;  // what its writes have to send
    std::chrono::seconds left{};
  };
  // Renews it. Nothing: no such session, or no more.
  std::optional<Session> find(std::string_view cookie);
  void close(std::string_view cookie);

  // For programs that can read the data folder, for as long as this process runs.
  std::string_view bearer() const noexcept { return bearer_.reveal(); }
  bool is_bearer(std::string_view token) const;

 private:
  using Hash = std::array<unsigned char, 32>;
  struct Open {
    std::string csrf;
    Time until;
  };
  static Hash hash_of(std::string_view text);
  void forget_old(Time now);

  std::function<Time()> now_;
  Secret bearer_;
  std::mutex mutex_;
  std::map<Hash, Time> links_;  // until when
  std::map<Hash, Open> sessions_;
};

// In a time that does not tell where they differ.
bool same_secret(std::string_view left, std::string_view right);

// 256 random bits, as letters, digits, - and _.
std::string random_token();

}  // namespace host::server
