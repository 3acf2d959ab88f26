// What every request passes before it is answered, and before its body is read: the right Host and
// Origin, a session or the token of the data folder, and for a write the CSRF token.
#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include "server/access.hpp"
#include "server/browser_sessions.hpp"
#include "server/http.hpp"

namespace host::server {

constexpr std::string_view session_cookie = "connector_session";
constexpr std::string_view csrf_header = "x-csrf-token";

class Gate {
 public:
  Gate(BrowserSessions &sessions, Origin own) : sessions_(sessions), own_(std::move(own)) {}

  // The answer that ends it; nothing: it may go on. [any thread]
  std::optional<HttpAnswer> check(const HttpRequest &request) const;

 private:
  std::optional<HttpAnswer> check_session(const HttpRequest &request) const;
  HttpAnswer open(const HttpRequest &request) const;

  BrowserSessions &sessions_;
  Origin own_;
};

// Paths that are for sessions only; the others are the UI's files, which say nothing.
bool is_guarded(std::string_view path);

}  // namespace host::server
