// Sessions of the UI: single-use links, the sessions that they open, and the token of the data
// folder.
//
// A session has two secrets, and every request needs both. Scripts cannot read the cookie, but
// browsers send it to every port of this machine, so any server on another port of 127.0.0.1
// receives it. The key belongs to the origin (scheme, host and port): the page keeps it in its
// localStorage, which pages of other ports cannot read.
//
// The page does not send the key, but a proof of it for this start of the host: the HMAC-SHA-256 of
// the host's random start value, under the SHA-256 of the key. So an open page that connects again
// while another program listens on the port of a host that has ended gives it nothing that the next
// host accepts. A program may send the key itself.
//
// Sessions are in the database, as hashes, and are read there for each request: they survive a
// restart of the host, and another process can end them at once. A session ends at log-out, when it
// was not used for a while, and at the latest some days after it was opened. Links and the token of
// the data folder are in memory only, and end with the process.
//
// Remaining risk: for the browser, a program that listens on this port after the host has ended is
// the same origin. If a person opens its page, that page can read the key, look like the host's,
// and install a service worker that observes later pages of this origin. Only a name with a
// certificate (a proxy with TLS, `--origin https://...`) prevents that.
//
// [any thread]
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "store/store.hpp"

namespace host::server {

struct SessionLimits {
  std::chrono::milliseconds idle = std::chrono::hours{12};           // after the last request
  std::chrono::milliseconds absolute = std::chrono::hours{24 * 30};  // after it was opened
};

class BrowserSessions {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::minutes link_lifetime{10};
  static constexpr std::size_t most_sessions = 64;  // above that, the one idle longest ends
  static constexpr std::size_t most_links = 16;

  struct Clocks {
    std::function<Time()> steady = std::chrono::steady_clock::now;  // of links
    std::function<std::int64_t()> unix_ms = unix_ms_now;            // of sessions
  };
  // Throws StoreError.
  BrowserSessions(const StoreAddress &store, SessionLimits limits, Clocks clocks);
  explicit BrowserSessions(const StoreAddress &store) : BrowserSessions(store, {}, {}) {}

  // The token of a link that opens one session.
  std::string new_link(std::chrono::seconds lifetime = link_lifetime);
  // Uses up the link. False: it is unknown, used or expired.
  bool use_link(std::string_view link);

  struct Opened {
    std::string cookie;
    std::string key;
    SessionRecord record;
    std::vector<SessionRecord> ended;  // there were too many
  };
  // `writer`: of the calling thread, here and below. Throws StoreError.
  Opened open(Store &writer);

  // What a request shows besides its cookie: one of them is enough.
  struct Shown {
    std::string_view key = {};
    std::string_view proof = {};
  };
  // Empty: unknown or ended session, or a wrong key or proof. Throws StoreError.
  std::optional<SessionRecord> find(std::string_view cookie, Shown shown);
  // What a proof is made for; public, and another one after each start.
  const std::string &start() const noexcept { return start_; }
  static std::string proof_of(std::string_view key, std::string_view start);
  // The time at which it ends if it is not used any more; Unix milliseconds.
  std::int64_t ends_at(const SessionRecord &session) const;
  // Renews the session: stored at most once a minute. Returns the session as it is now.
  SessionRecord note_use(Store &writer, SessionRecord session);
  // Removes those that ended by their age, and returns them.
  std::vector<SessionRecord> remove_ended(Store &writer);

  // Eight digits of the cookie's hash: names the session in the audit, and opens nothing.
  static std::string short_name(const SessionRecord &session);

  // For programs that can read the data folder, as long as this process runs.
  std::string_view bearer() const noexcept { return bearer_.reveal(); }
  bool is_bearer(std::string_view token) const;

 private:
  using Hash = std::array<unsigned char, 32>;
  static Hash hash_of(std::string_view text);  // SHA-256
  static Bytes bytes_of(const Hash &hash) { return {hash.begin(), hash.end()}; }

  SessionLimits limits_;
  Clocks clocks_;
  Secret bearer_;
  std::string start_;
  std::mutex links_mutex_;
  std::map<Hash, Time> links_;  // expiry times
  std::mutex store_mutex_;
  std::unique_ptr<Store> store_;  // for reading
};

// Compares in constant time.
bool same_secret(std::string_view left, std::string_view right);

}  // namespace host::server
