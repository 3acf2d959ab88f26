// The routes of the host itself: the session, the status, and the stream of changes.
#include <array>
#include <boost/json/array.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "control/password.hpp"
#include "server/api.hpp"
#include "server/gate.hpp"
#include "server/metrics.hpp"
#include "text/time_text.hpp"

namespace host::server {

namespace {

namespace json = boost::json;

constexpr std::chrono::seconds stream_wait{1};
constexpr std::chrono::seconds comment_every{15};

std::string in_future(std::chrono::seconds span) {
  return time_text(unix_ms_now() + std::chrono::milliseconds(span).count());
}

std::string set_cookie(const ApiParts &parts, std::string_view value, std::string_view more) {
  const bool secure = parts.origin.secure();
  return cookie_name(session_cookie, secure) + '=' + std::string(value) +
         "; Path=/; HttpOnly; SameSite=Strict" + std::string(more) + (secure ? "; Secure" : "");
}

std::string name_of(const SessionRecord &session) {
  return "session " + BrowserSessions::short_name(session);
}

HttpAnswer opened_session(Call &call, std::string_view by) {
  const ApiParts &parts = call.api.parts();
  const BrowserSessions::Opened opened = parts.sessions.open(call.session.store());
  for (const SessionRecord &ended : opened.ended)
    parts.audit.write("host", "session.end", name_of(ended), "too many sessions");
  call.audited.who = by;
  call.audited.object = name_of(opened.record);
  HttpAnswer answer =
      json_answer(201, {{"key", opened.key},
                        {"start", parts.sessions.start()},
                        {"expires_at", time_text(parts.sessions.ends_at(opened.record))},
                        {"has_password", !call.session.store().password_hash().empty()},
                        {"version", parts.version}});
  answer.headers.emplace_back("Set-Cookie", set_cookie(parts, opened.cookie, {}));
  return answer;
}

// Empty if absent. The body does not keep it.
Secret secret_member(Call &call, std::string_view name) {
  Secret secret = Secret::take(optional_text(call.body, name));
  if (json::value *given = call.body.if_contains(name)) wipe(*given);
  return secret;
}

// The refusal of a password; nothing if it is the right one.
std::optional<HttpAnswer> refused_password(Call &call, const std::string &hash,
                                           std::string_view password) {
  using Kind = PasswordAttempts::Kind;
  const PasswordAttempts::Result result = call.api.password_attempts().attempt(hash, password);
  if (result.kind == Kind::right) return std::nullopt;
  const bool wrong = result.kind == Kind::wrong;
  call.audited.refusal = wrong ? "password" : "password, too early";
  call.audited.outcome = "failed: " + std::string(call.audited.refusal);
  const std::int64_t seconds = std::chrono::ceil<std::chrono::seconds>(result.wait).count();
  json::object out =
      refusal_json(wrong ? "forbidden" : "rate_limited", Fault::user,
                   wrong ? "The password is wrong." : "Too many wrong passwords were sent.",
                   seconds == 0 ? std::string("Try again.") : call.api.parts().sign_in_hint);
  if (seconds > 0) out.at("error").as_object()["retry_after_ms"] = result.wait.count();
  HttpAnswer answer = json_answer(wrong ? 403 : 429, out);
  if (seconds > 0) answer.headers.emplace_back("Retry-After", std::to_string(seconds));
  return answer;
}

HttpAnswer open_with_password(Call &call) {
  call.audited.refusal = "password";
  const Secret password = secret_member(call, "password");
  const std::string hash = call.session.store().password_hash();
  if (hash.empty())
    return json_answer(403, refusal_json("forbidden", Fault::user, "No password is set.",
                                         call.api.parts().sign_in_hint));
  if (auto refused = refused_password(call, hash, password.reveal())) return std::move(*refused);
  return opened_session(call, "password");
}

// Sets, changes or removes the password. Whoever sits at an open session must know the old one.
HttpAnswer change_password(Call &call) {
  constexpr std::array<std::string_view, 2> members{"password", "current"};
  allow_members(call.body, members);
  if (!call.body.contains("password"))
    throw wrong_call("The request's body needs the text \"password\"; empty removes it.");
  const Secret password = secret_member(call, "password");
  const Secret current = secret_member(call, "current");
  call.audited.object = password.empty() ? "removed" : "set";
  if (!password.empty()) check_new_password(password.reveal());
  Store &store = call.session.store();
  if (const std::string hash = store.password_hash(); !hash.empty())
    if (auto refused = refused_password(call, hash, current.reveal())) return std::move(*refused);
  store_password(store, password.empty() ? std::string() : hash_password(password.reveal()),
                 call.caller.session ? call.caller.session->cookie_hash : Bytes());
  HttpAnswer answer;
  answer.status = 204;
  return answer;
}

HttpAnswer open_session(Call &call) {
  constexpr std::array<std::string_view, 2> members{"link", "password"};
  allow_members(call.body, members);
  if (call.body.contains("password") && !call.body.contains("link"))
    return open_with_password(call);
  if (call.body.contains("password")) throw wrong_call("Send either \"link\" or \"password\".");
  const ApiParts &parts = call.api.parts();
  call.audited.refusal = "link";
  const std::string link = text_member(call.body, "link");
  const bool used = parts.sessions.use_link(link);
  parts.link_files.remove(link);
  if (used) return opened_session(call, "link");
  return json_answer(403,
                     refusal_json("no_session", Fault::user, "This link is no longer valid.",
                                  "A link works once, within ten minutes. " + parts.sign_in_hint));
}

HttpAnswer session(Call &call) {
  const ApiParts &parts = call.api.parts();
  json::object out{{"scope", to_string(*call.caller.scope)},
                   {"has_password", !call.session.store().password_hash().empty()},
                   {"version", parts.version}};
  if (call.caller.session) {
    out["expires_at"] = time_text(parts.sessions.ends_at(*call.caller.session));
  } else if (call.caller.token && call.caller.token->expires_at != 0) {
    out["expires_at"] = time_text(call.caller.token->expires_at);
  }
  return json_answer(200, out);
}

HttpAnswer end_session(Call &call) {
  const ApiParts &parts = call.api.parts();
  HttpAnswer answer;
  answer.status = 204;
  if (!call.caller.session) return answer;  // a token has none
  call.audited.object = call.caller.who();
  call.session.store().remove_session(call.caller.session->cookie_hash);
  answer.headers.emplace_back("Set-Cookie", set_cookie(parts, {}, "; Max-Age=0"));
  return answer;
}

HttpAnswer new_link(Call &call) {
  constexpr std::array<std::string_view, 1> members{"file"};
  allow_members(call.body, members);
  const bool file = flag_member(call.body, "file");
  const ApiParts &parts = call.api.parts();
  const std::string token = parts.sessions.new_link();
  const std::string url = link_to(parts.origin, token);
  json::object out{{"expires_at", in_future(BrowserSessions::link_lifetime)}};
  if (file) {
    out["file"] = parts.link_files.add(token, url, BrowserSessions::link_lifetime);
  } else {
    out["url"] = url;
  }
  return json_answer(201, out);
}

HttpAnswer show_server(Call &call) {
  const ApiParts &parts = call.api.parts();
  Store &store = call.session.store();
  json::array sinks;
  for (const SinkStatus &status : parts.engine.sinks()) {
    json::object one{{"sink", status.sink},     {"delivered", status.delivered},
                     {"failed", status.failed}, {"dead", status.dead},
                     {"waiting", status.depth}, {"disabled", status.disabled}};
    if (const auto reason = store.sink_disabled(status.sink)) one["reason"] = *reason;
    sinks.push_back(std::move(one));
  }
  json::array unnamed;
  for (const SinkRecord &sink : store.sinks()) {
    if (sink.active || sink.pending + sink.held == 0) continue;
    json::object one{{"sink", sink.name},
                     {"waiting", sink.pending},
                     {"on_hold", sink.held},
                     {"disabled", !sink.disabled_reason.empty()}};
    if (!sink.disabled_reason.empty()) one["reason"] = sink.disabled_reason;
    unnamed.push_back(std::move(one));
  }
  std::int64_t triggers = 0;
  for (const auto &[state, count] : store.count_triggers()) triggers += count;
  json::object out{{"version", parts.version},
                   {"mode", "serve"},
                   {"started_at", time_text(call.api.started_at())},
                   {"now", time_text(unix_ms_now())},
                   {"origin", parts.origin.text()},
                   {"data_dir", parts.context.store.data_dir.string()},
                   {"workers", parts.engine.workers()},
                   {"sinks", std::move(sinks)},
                   {"unnamed_sinks", std::move(unnamed)},
                   {"counts",
                    {{"connections", store.connections().size()},
                     {"triggers", triggers},
                     {"pending", store.count_events(EventState::pending)},
                     {"held", store.count_events(EventState::held)},
                     {"dead", store.count_events(EventState::dead)}}}};
  json::array hanging;
  for (const Hang &hang : parts.engine.hanging())
    hanging.push_back({{"plugin", hang.call.plugin},
                       {"operation", hang.call.operation},
                       {"function", hang.call.function},
                       {"since", time_text(unix_ms_now() - hang.lasts.count())}});
  out["hanging"] = std::move(hanging);
  out["replaced_plugins"] = texts_json(parts.engine.replaced_plugins());
  if (parts.interval_override.count() > 0)
    out["interval_override_s"] = static_cast<double>(parts.interval_override.count()) / 1000;
  return json_answer(200, out);
}

HttpAnswer changes(Call &call) {
  std::shared_ptr<ChangeFeed::Listener> listener =
      call.api.parts().feed.listen(call.request.header("last-event-id"));
  if (!listener)
    return json_answer(503, refusal_json("unavailable", Fault::host, "Too many pages are open.",
                                         "Close some pages and reload this one."));
  HttpAnswer answer;
  answer.type = "text/event-stream";
  answer.headers.emplace_back("Cache-Control", "no-store");
  using Clock = std::chrono::steady_clock;
  // A stream ends with its session or token: nothing is sent after log-out.
  const auto lasts = [&callers = call.api.parts().callers, request = call.request] {
    try {
      return callers.of(request).scope.has_value();
    } catch (const StoreError &) {
      return false;  // the client connects again, and is told why
    }
  };
  // The head is sent at once, so that the page knows that it is connected.
  answer.stream = [listener, lasts,
                   said = Clock::time_point()](const HttpAnswer::Write &write) mutable {
    if (said == Clock::time_point()) {
      said = Clock::now();
      write("retry: 2000\n\n");
      return true;
    }
    if (!lasts()) return false;
    const auto text = listener->next(stream_wait);
    if (!text) return false;
    if (text->empty() && Clock::now() - said < comment_every) return true;
    said = Clock::now();
    write(text->empty() ? std::string_view(":\n\n") : std::string_view(*text));
    return true;
  };
  return answer;
}

HttpAnswer metrics(Call &call) {
  HttpAnswer answer;
  answer.type = "text/plain; version=0.0.4; charset=utf-8";
  answer.body = metrics_text(call.api.parts().engine, call.api.parts().feed, call.session.store());
  return answer;
}

}  // namespace

void add_server_routes(Router<Api::Route> &router) {
  router.add("POST", "/api/session", {open_to_everybody, "session.open", open_session});
  router.add("GET", "/api/session", {TokenScope::read, session});
  router.add("DELETE", "/api/session", {TokenScope::read, "session.end", end_session});
  router.add("PUT", "/api/password", {TokenScope::admin, "password.change", change_password});
  router.add("POST", "/api/session/links", {TokenScope::admin, "session.link", new_link});
  router.add("GET", "/api/server", {TokenScope::read, show_server});
  router.add("GET", "/api/changes", {TokenScope::read, changes});
  router.add("GET", "/metrics", {TokenScope::read, metrics});
}

}  // namespace host::server
