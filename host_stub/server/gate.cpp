#include "server/gate.hpp"

#include <string>

#include "auth/redirect_page.hpp"
#include "server/rows.hpp"

namespace host::server {

namespace {

HttpAnswer refused(int status, std::string_view error_class, std::string message,
                   std::string advice) {
  return json_answer(status,
                     refusal_json(error_class, Fault::user, std::move(message), std::move(advice)));
}

bool reads(std::string_view method) {
  return method == "GET" || method == "HEAD";
}

// "application/json" with or without parameters.
bool is_json(std::string_view type) {
  constexpr std::string_view json = "application/json";
  return type.starts_with(json) &&
         (type.size() == json.size() || type[json.size()] == ';' || type[json.size()] == ' ');
}

HttpAnswer used_link() {
  const RedirectPage page{
      403, "This link does not work any more",
      "It works once, and for a while. `connector-host link` prints another one, as long as "
      "`connector-host serve` runs."};
  HttpAnswer answer;
  answer.status = page.status;
  answer.type = "text/html; charset=utf-8";
  answer.body = page.html();
  answer.headers.emplace_back("Content-Security-Policy", RedirectPage::content_security_policy());
  return answer;
}

}  // namespace

bool is_guarded(std::string_view path) {
  return path == "/api" || path.starts_with("/api/") || path == "/metrics";
}

std::optional<HttpAnswer> Gate::check(const HttpRequest &request) const {
  const bool landing = !is_guarded(request.path);
  switch (check_access({.method = request.method,
                        .host = request.header("host"),
                        .origin = request.header("origin"),
                        .fetch_site = request.header("sec-fetch-site"),
                        .landing = landing},
                       own_)) {
    case Access::allowed:
      break;
    case Access::other_name:
      return redirect_to(own_.text() + request.target);
    case Access::wrong_host:
      return refused(403, "forbidden", "This server is not reached by that name.",
                     "Open " + own_.text() + " instead.");
    case Access::wrong_origin:
      return refused(403, "forbidden", "Another site may not use this server.",
                     "Open " + own_.text() + " in a window of its own.");
  }
  if (request.method == "GET" && request.path == "/" && request.query.contains("token"))
    return open(request);
  if (landing) {
    if (!reads(request.method))
      return refused(405, "invalid_input", "Nothing is written here.", "The API is under /api.");
    return std::nullopt;
  }
  return check_session(request);
}

HttpAnswer Gate::open(const HttpRequest &request) const {
  const auto cookie = sessions_.open(request.parameter("token"));
  if (!cookie) {
    // Who has a session already only opened the link again.
    if (sessions_.find(request.cookie(session_cookie))) return redirect_to("/");
    return used_link();
  }
  HttpAnswer answer = redirect_to("/");
  answer.headers.emplace_back("Set-Cookie", std::string(session_cookie) + '=' + *cookie +
                                                "; Path=/; HttpOnly; SameSite=Strict" +
                                                (own_.secure() ? "; Secure" : ""));
  return answer;
}

std::optional<HttpAnswer> Gate::check_session(const HttpRequest &request) const {
  constexpr std::string_view scheme = "Bearer ";
  const std::string_view authorization = request.header("authorization");
  const bool bearer =
      authorization.starts_with(scheme) && sessions_.is_bearer(authorization.substr(scheme.size()));
  if (!bearer) {
    const auto session = sessions_.find(request.cookie(session_cookie));
    if (!session)
      return refused(401, "no_session", "There is no session.",
                     "Open the link that `connector-host serve` prints, or that "
                     "`connector-host link` gives.");
    if (!reads(request.method) && !same_secret(request.header(csrf_header), session->csrf))
      return refused(403, "no_csrf", "The request has no valid CSRF token.",
                     "Send the csrf_token of GET /api/session in X-CSRF-Token.");
  }
  const std::string_view length = request.header("content-length");
  const bool has_body =
      (!length.empty() && length != "0") || !request.header("transfer-encoding").empty();
  if (has_body &&
      (!is_json(request.header("content-type")) || !request.header("content-encoding").empty()))
    return refused(415, "invalid_input", "The request's body must be application/json.",
                   "Send it as UTF-8, not compressed.");
  return std::nullopt;
}

}  // namespace host::server
