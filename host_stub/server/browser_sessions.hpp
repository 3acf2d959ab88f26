// Sessions of the UI: single-use links, the sessions that they open, and the token for programs.
// Stores only hashes, in memory.
//
// A session has two secrets, and every request needs both. Scripts cannot read the cookie, but
// browsers send it to every port of this machine, so any server on another port of 127.0.0.1
// receives it. The key belongs to the origin (scheme, host and port): the page keeps it in its
// localStorage, which pages of other ports cannot read, and sends it in a header.
//
// Remaining risk: for the browser, a program that listens on this port after the host has ended is
// the same origin. It can read the key, which is no longer valid, show a page that looks like the
// host's, and install a service worker that observes later pages of this origin. Only a name with a
// certificate (a proxy with TLS, `--origin https://...`) prevents that.
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

#include "base/secret.hpp"

namespace host::server {

class BrowserSessions {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::hours idle_lifetime{12};  // after the last request
  static constexpr std::chrono::minutes link_lifetime{10};
  static constexpr std::size_t most_sessions = 64;  // above that, the one idle longest ends
  static constexpr std::size_t most_links = 16;

  explicit BrowserSessions(std::function<Time()> now = std::chrono::steady_clock::now);

  // The token of a link that opens one session.
  std::string new_link(std::chrono::seconds lifetime = link_lifetime);
  struct Opened {
    std::string cookie;
    std::string key;
  };
  // Uses up the link and returns the secrets of the new session. Empty: the link is unknown, used
  // or expired.
  std::optional<Opened> open(std::string_view link);

  // Renews the session and returns its remaining lifetime. Empty: unknown or expired session, or
  // wrong key.
  std::optional<std::chrono::seconds> find(std::string_view cookie, std::string_view key);
  // The same without renewing it: for a stream, which may be open without a user.
  bool lasts(std::string_view cookie, std::string_view key);
  void close(std::string_view cookie);
  // Eight digits of the cookie's hash: names the session in the audit, and opens nothing.
  static std::string short_name(std::string_view cookie);

  // For programs that can read the data folder, as long as this process runs.
  std::string_view bearer() const noexcept { return bearer_.reveal(); }
  bool is_bearer(std::string_view token) const;

 private:
  using Hash = std::array<unsigned char, 32>;
  struct Open {
    Hash key;
    Time until;
  };
  static Hash hash_of(std::string_view text);
  void forget_old(Time now);
  Open *known(std::string_view cookie, std::string_view key);  // null: none; needs the lock

  std::function<Time()> now_;
  Secret bearer_;
  std::mutex mutex_;
  std::map<Hash, Time> links_;  // expiry times
  std::map<Hash, Open> sessions_;
};

// Compares in constant time.
bool same_secret(std::string_view left, std::string_view right);

}  // namespace host::server
