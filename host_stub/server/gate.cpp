#include "server/gate.hpp"

#include <charconv>
#include <string>

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

bool has_body(const IncomingRequest &request) {
  const std::string_view length = request.header("content-length");
  return (!length.empty() && length != "0") || !request.header("transfer-encoding").empty();
}

bool is_small(const IncomingRequest &request) {
  const std::string_view text = request.header("content-length");
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  return error == std::errc() && end == text.data() + text.size() && length <= anonymous_body_bytes;
}

}  // namespace

bool is_guarded(std::string_view path) {
  return path == "/api" || path.starts_with("/api/") || path == "/metrics";
}

bool needs_session(const IncomingRequest &request) {
  return is_guarded(request.path) && !(request.method == "POST" && request.path == "/api/session");
}

HttpAnswer not_signed_in(const Caller &caller, const std::string &sign_in_hint,
                         const std::string &start, bool has_password) {
  if (caller.refused_token.empty()) {
    boost::json::object body =
        refusal_json("no_session", Fault::user, "No session is open.", sign_in_hint);
    if (has_password) body.at("error").as_object()["has_password"] = true;
    HttpAnswer answer = json_answer(401, body);
    answer.headers.emplace_back(session_start_header, start);
    return answer;
  }
  HttpAnswer answer = refused(401, "no_session", caller.refused_token,
                              "Create one with `connector-host token create`, and send it as "
                              "Authorization: Bearer TOKEN.");
  answer.headers.emplace_back("WWW-Authenticate", "Bearer error=\"invalid_token\"");
  return answer;
}

std::optional<Gate::Refused> Gate::check(const IncomingRequest &request) const {
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
      return Refused{redirect_to(own_.text() + request.target), {}};
    case Access::wrong_host:
      return Refused{refused(403, "forbidden", "This server does not have that host name.",
                             "Open " + own_.text() + " instead."),
                     "host name"};
    case Access::wrong_origin:
      return Refused{refused(403, "forbidden", "Another site may not use this server.",
                             "Open " + own_.text() + " in a separate window."),
                     "other site"};
  }
  if (landing) {
    if (!reads(request.method))
      return Refused{
          refused(405, "invalid_input", "This address is read-only.", "The API is under /api."),
          {}};
    return std::nullopt;
  }
  try {
    return check_session(request);
  } catch (const StoreError &error) {
    return Refused{refused(503, "unavailable", error.what(), ""), {}};
  }
}

std::optional<Gate::Refused> Gate::check_session(const IncomingRequest &request) const {
  if (!needs_session(request)) {
    if (!is_small(request))
      return Refused{refused(413, "too_large", "The request is larger than 1 KiB.",
                             "Send the token of a link: {\"link\": \"...\"}."),
                     {}};
  } else if (const Caller caller = callers_.of(request); !caller.scope) {
    return Refused{not_signed_in(caller, sign_in_hint_, start_, callers_.has_password()),
                   caller.refused_token.empty() ? "no session" : "token"};
  }
  if (has_body(request) &&
      (!is_json(request.header("content-type")) || !request.header("content-encoding").empty()))
    return Refused{refused(415, "invalid_input", "The request's body must be application/json.",
                           "Send it as UTF-8, not compressed."),
                   {}};
  return std::nullopt;
}

}  // namespace host::server
