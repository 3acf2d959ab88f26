// Who has opened the UI: links that work once, the sessions they open, and the token for programs.
// It remembers hashes only; nothing of it outlives the process.
//
// A session has two secrets, and every request needs both. The cookie is out of reach for scripts,
// but browsers send it to every port of this machine: whoever serves a page on another port of
// 127.0.0.1 is given it. The key belongs to the origin (scheme, host and port): the page keeps it
// in its localStorage, which pages of other ports cannot read, and sends it in a header.
//
// What remains: a program that listens on this port after the host has ended is this origin to the
// browser. It can read the key, which opens nothing any more, show a page that looks like the
// host's, and leave a service worker that sees what later pages of this origin do. Only a name with
// a certificate (a proxy with TLS, `--origin https://...`) prevents that.
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
  static constexpr std::size_t most_sessions = 64;  // beyond them the one idle longest ends
  static constexpr std::size_t most_links = 16;

  explicit BrowserSessions(std::function<Time()> now = std::chrono::steady_clock::now);

  // The text of a link that opens one session.
  std::string new_link(std::chrono::seconds lifetime = link_lifetime);
  struct Opened {
    std::string cookie;
    std::string key;
  };
  // Uses the link up: the secrets of the new session. Nothing: no such link, or no more.
  std::optional<Opened> open(std::string_view link);

  // Renews the session and tells how long it lasts from now on. Nothing: there is none, or no more,
  // or the key is not its own.
  std::optional<std::chrono::seconds> find(std::string_view cookie, std::string_view key);
  // The same without renewing it: for a stream, which nobody may be looking at.
  bool lasts(std::string_view cookie, std::string_view key);
  void close(std::string_view cookie);

  // For programs that can read the data folder, for as long as this process runs.
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
  Open *known(std::string_view cookie, std::string_view key);  // null: none; under the lock

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
