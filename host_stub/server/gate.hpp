// Checks every request before its body is read: Host and Origin, and both secrets of a session or
// the token of a program. Another site cannot send the session's key or a token, because they are
// in headers; so forged writes (CSRF) are impossible, too. What a token may do is checked with the
// routes (api.hpp).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "server/access.hpp"
#include "server/callers.hpp"
#include "server/http.hpp"

namespace host::server {

// The body limit without a session, which is only needed for a link.
constexpr std::size_t anonymous_body_bytes = 1024;

class Gate {
 public:
  // `sign_in_hint`: a sentence that tells a client without a session how to get one.
  Gate(Callers &callers, Origin own, std::string sign_in_hint, std::string start)
      : callers_(callers),
        own_(std::move(own)),
        sign_in_hint_(std::move(sign_in_hint)),
        start_(std::move(start)) {}

  struct Refused : HttpAnswer {
    std::string_view audited;  // the kind of refusal; empty: it is none for the audit
  };
  // The answer that refuses the request; empty: it continues. [any thread]
  std::optional<Refused> check(const IncomingRequest &request) const;

 private:
  std::optional<Refused> check_session(const IncomingRequest &request) const;

  Callers &callers_;
  Origin own_;
  std::string sign_in_hint_;
  std::string start_;  // of this process, for proofs
};

// Paths that require a session, except POST /api/session, which opens one. The others are the UI's
// files, which contain no data.
bool is_guarded(std::string_view path);

// True if an accepted request has shown a session or a token.
bool needs_session(const IncomingRequest &request);

// The value for which a page proves its key (browser_sessions.hpp).
constexpr const char *session_start_header = "X-Session-Start";

// The answer to a caller who is nobody: without a session, with `start` for a page that has the key
// of one; or with a token that is unknown or expired (RFC 6750, section 3.1).
HttpAnswer not_signed_in(const Caller &caller, const std::string &sign_in_hint,
                         const std::string &start, bool has_password);

}  // namespace host::server
