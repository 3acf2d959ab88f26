// What every request passes before it is answered, and before its body is read: the right Host and
// Origin, and both secrets of a session or the token of the data folder. Another site cannot send
// the session's key, which is in a header: that also makes forged writes (CSRF) impossible.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "server/access.hpp"
#include "server/browser_sessions.hpp"
#include "server/http.hpp"

namespace host::server {

constexpr std::string_view session_cookie = "connector_session";
constexpr std::string_view session_key_header = "x-session-key";
// What somebody without a session may send: a link.
constexpr std::size_t stranger_body_bytes = 1024;

class Gate {
 public:
  // `way_in`: a sentence that tells who has no session how to get one.
  Gate(BrowserSessions &sessions, Origin own, std::string way_in)
      : sessions_(sessions), own_(std::move(own)), way_in_(std::move(way_in)) {}

  // The answer that ends it; nothing: it may go on. [any thread]
  std::optional<HttpAnswer> check(const IncomingRequest &request) const;

 private:
  std::optional<HttpAnswer> check_session(const IncomingRequest &request) const;

  BrowserSessions &sessions_;
  Origin own_;
  std::string way_in_;
};

// Paths that are for sessions only, but for POST /api/session, which opens one; the others are the
// UI's files, which say nothing.
bool is_guarded(std::string_view path);

// Whether a request that passes has shown a session, or the token of the data folder.
bool needs_session(const IncomingRequest &request);

// Whether a program asks, with the token of the data folder.
bool has_bearer(const IncomingRequest &request, const BrowserSessions &sessions);

}  // namespace host::server
