// Checks every request before its body is read: Host and Origin, and both secrets of a session or
// the token of the data folder. Another site cannot send the session's key, because it is in a
// header; so forged writes (CSRF) are impossible, too.
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
// The body limit without a session, which is only needed for a link.
constexpr std::size_t anonymous_body_bytes = 1024;

class Gate {
 public:
  // `sign_in_hint`: a sentence that tells a client without a session how to get one.
  Gate(BrowserSessions &sessions, Origin own, std::string sign_in_hint)
      : sessions_(sessions), own_(std::move(own)), sign_in_hint_(std::move(sign_in_hint)) {}

  // The answer that refuses the request; empty: it continues. [any thread]
  std::optional<HttpAnswer> check(const IncomingRequest &request) const;

 private:
  std::optional<HttpAnswer> check_session(const IncomingRequest &request) const;

  BrowserSessions &sessions_;
  Origin own_;
  std::string sign_in_hint_;
};

// Paths that require a session, except POST /api/session, which opens one. The others are the UI's
// files, which contain no data.
bool is_guarded(std::string_view path);

// True if an accepted request has shown a session, or the token of the data folder.
bool needs_session(const IncomingRequest &request);

// True if the request is from a program with the token of the data folder.
bool has_bearer(const IncomingRequest &request, const BrowserSessions &sessions);

}  // namespace host::server
