// The routes about the host itself: the session, what runs, and the stream of changes.
#include <boost/json/array.hpp>
#include <memory>
#include <utility>

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

HttpAnswer session(Call &call) {
  BrowserSessions &sessions = call.api.parts().sessions;
  const auto found = sessions.find(call.request.cookie(session_cookie));
  // A program with the token of the data folder needs no other.
  return json_answer(
      200, {{"csrf_token", found ? found->csrf : std::string()},
            {"expires_at", in_future(found ? found->left : BrowserSessions::idle_lifetime)},
            {"version", call.api.parts().version}});
}

HttpAnswer end_session(Call &call) {
  call.api.parts().sessions.close(call.request.cookie(session_cookie));
  HttpAnswer answer;
  answer.status = 204;
  answer.headers.emplace_back("Set-Cookie", std::string(session_cookie) +
                                                "=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
  return answer;
}

HttpAnswer new_link(Call &call) {
  const ApiParts &parts = call.api.parts();
  return json_answer(201, {{"url", parts.origin.text() + "/?token=" + parts.sessions.new_link()},
                           {"expires_at", in_future(BrowserSessions::link_lifetime)}});
}

HttpAnswer show(Call &call) {
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
  std::int64_t triggers = 0;
  for (const auto &[state, count] : store.count_triggers()) triggers += count;
  json::object out{{"version", parts.version},
                   {"mode", "serve"},
                   {"started_at", time_text(call.api.started_at())},
                   {"now", time_text(unix_ms_now())},
                   {"origin", parts.origin.text()},
                   {"data_dir", parts.workplace.data_dir.string()},
                   {"workers", parts.engine.workers()},
                   {"sinks", std::move(sinks)},
                   {"counts",
                    {{"connections", store.connections().size()},
                     {"triggers", triggers},
                     {"pending", store.count_events(EventState::pending)},
                     {"held", store.count_events(EventState::held)},
                     {"dead", store.count_events(EventState::dead)}}}};
  if (parts.interval_override.count() > 0)
    out["interval_override_s"] = static_cast<double>(parts.interval_override.count()) / 1000;
  return json_answer(200, out);
}

HttpAnswer changes(Call &call) {
  std::shared_ptr<ChangeFeed::Listener> listener =
      call.api.parts().feed.listen(call.request.header("last-event-id"));
  if (!listener)
    return json_answer(
        503, refusal_json("unavailable", Fault::host, "Too many pages listen at the moment.",
                          "Close some, and reload this one."));
  HttpAnswer answer;
  answer.type = "text/event-stream";
  answer.headers.emplace_back("Cache-Control", "no-store");
  using Clock = std::chrono::steady_clock;
  // The head goes out at once, so that the page knows that it is connected.
  answer.stream = [listener, said = Clock::time_point()](const HttpAnswer::Write &write) mutable {
    if (said == Clock::time_point()) {
      said = Clock::now();
      return write("retry: 2000\n\n");
    }
    const auto text = listener->next(stream_wait);
    if (!text) return false;
    if (text->empty() && Clock::now() - said < comment_every) return true;
    said = Clock::now();
    return write(text->empty() ? std::string_view(":\n\n") : std::string_view(*text));
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

void add_server_routes(Router<Api::Handler> &router) {
  router.add("GET", "/api/session", session);
  router.add("DELETE", "/api/session", end_session);
  router.add("POST", "/api/session/links", new_link);
  router.add("GET", "/api/server", show);
  router.add("GET", "/api/changes", changes);
  router.add("GET", "/metrics", metrics);
}

}  // namespace host::server
