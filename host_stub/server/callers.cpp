#include "server/callers.hpp"

#include <algorithm>
#include <utility>

#include "control/program_tokens.hpp"
#include "text/time_text.hpp"

namespace host::server {

namespace {

constexpr std::string_view unknown_token =
    "The token of this request is unknown: it was revoked, or is not complete.";

// The token of "Bearer TOKEN"; empty for another scheme, which a proxy may use for itself. The
// scheme's name has no case (RFC 9110, section 11.1).
std::optional<std::string_view> bearer_of(const IncomingRequest &request) {
  constexpr std::string_view scheme = "bearer";
  const std::string_view text = request.header("authorization");
  if (text.size() < scheme.size() ||
      !std::ranges::equal(text.substr(0, scheme.size()), scheme,
                          [](char given, char known) { return (given | 0x20) == known; }))
    return std::nullopt;
  std::string_view token = text.substr(scheme.size());
  if (!token.empty() && token.front() != ' ') return std::nullopt;
  token.remove_prefix(std::min(token.find_first_not_of(' '), token.size()));
  return token;
}

}  // namespace

std::string cookie_name(std::string_view name, bool secure) {
  return (secure ? "__Host-" : "") + std::string(name);
}

Callers::Callers(BrowserSessions &sessions, const StoreAddress &store, bool secure, Now now)
    : sessions_(sessions),
      cookie_(cookie_name(session_cookie, secure)),
      now_(std::move(now)),
      store_(open_store(store)) {}

std::string Caller::who() const {
  switch (kind) {
    case Kind::session:
      return "session " + BrowserSessions::short_name(*session);
    case Kind::token:
      return "token " + token->name;
    case Kind::data_folder:
      return "data folder";
    case Kind::nobody:
      break;
  }
  return "nobody";
}

Caller Callers::of(const IncomingRequest &request) {
  if (const auto token = bearer_of(request)) return of_token(*token);
  Caller caller;
  caller.session = sessions_.find(
      request.cookie(cookie_),
      {.key = request.header(session_key_header), .proof = request.header(session_proof_header)});
  if (caller.session) {
    caller.kind = Caller::Kind::session;
    caller.scope = TokenScope::admin;
  }
  return caller;
}

bool Callers::has_password() {
  const std::scoped_lock lock(mutex_);
  return !store_->password_hash().empty();
}

Caller Callers::of_token(std::string_view text) {
  Caller caller;
  if (sessions_.is_bearer(text)) {
    caller.kind = Caller::Kind::data_folder;
    caller.scope = TokenScope::admin;
    return caller;
  }
  std::optional<TokenRecord> found;
  {
    const std::scoped_lock lock(mutex_);
    found = find_program_token(*store_, text);
  }
  if (!found) {
    caller.refused_token = unknown_token;
  } else if (has_expired(*found, now_())) {
    caller.refused_token =
        "The token \"" + found->name + "\" expired at " + time_text(found->expires_at) + '.';
  } else {
    caller.kind = Caller::Kind::token;
    caller.scope = found->scope;
    caller.token = std::move(found);
  }
  return caller;
}

}  // namespace host::server
