// Who sends a request, and what he may do: a person with a session of the browser, a program with a
// token, or nobody.
//
// A request with `Authorization: Bearer` is one of a program: its cookies are ignored, so that what
// a token may not do is not done with a session that happens to be open in the same client. A
// program needs neither a cookie nor the session's key; no other site can send its token.
//
// Both are read from the database for each request, so that another process ends one at once.
// Reading takes no lock that a writer holds (the database is in WAL mode). [any thread]
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "server/browser_sessions.hpp"
#include "server/http.hpp"
#include "store/store.hpp"

namespace host::server {

constexpr std::string_view session_cookie = "connector_session";
// The name under which a cookie is set. Behind TLS it begins with "__Host-": browsers take such a
// cookie only over TLS, from this very host and for all of its paths, so that no other host of the
// same domain can set one (RFC 6265bis, section 4.1.3.2).
std::string cookie_name(std::string_view name, bool secure);
constexpr std::string_view session_key_header = "x-session-key";
constexpr std::string_view session_proof_header = "x-session-proof";

struct Caller {
  enum class Kind : std::uint8_t {
    nobody,
    session,
    token,        // created with `connector-host token create`
    data_folder,  // a program that can read the data folder, such as `connector-host link`
  };
  Kind kind = Kind::nobody;
  std::optional<TokenScope> scope;       // empty: only what is open to everybody
  std::optional<TokenRecord> token;      // of `token`
  std::optional<SessionRecord> session;  // of `session`
  // Of nobody: why the token that was sent does not count; empty without one.
  std::string refused_token;

  std::string who() const;  // for the audit: "session 1a2b3c4d", "token backup"
  bool may(std::optional<TokenScope> needed) const {
    return !needed || (scope && *scope >= *needed);
  }
};

class Callers {
 public:
  using Now = std::function<std::int64_t()>;  // Unix milliseconds
  // Throws StoreError.
  Callers(BrowserSessions &sessions, const StoreAddress &store, bool secure = false,
          Now now = unix_ms_now);

  // Throws StoreError.
  Caller of(const IncomingRequest &request);

  bool has_password();  // whether a browser may sign in with one. Throws StoreError.

  std::int64_t now() const { return now_(); }

 private:
  Caller of_token(std::string_view token);

  BrowserSessions &sessions_;
  std::string cookie_;
  Now now_;
  std::mutex mutex_;
  std::unique_ptr<Store> store_;
};

}  // namespace host::server
