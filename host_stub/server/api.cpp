#include "server/api.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <exception>
#include <utility>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "control/audit.hpp"
#include "control/program_tokens.hpp"
#include "server/gate.hpp"

namespace host::server {

namespace {

namespace json = boost::json;

constexpr int deepest_body = 32;
// A value takes many times the memory of its text, and is copied.
constexpr std::size_t most_values = 200'000;

HttpAnswer failure_answer(const Failure &failure) {
  return json_answer(status_of(failure), failure_json(failure));
}

HttpAnswer no_such_path(const IncomingRequest &request, const std::vector<std::string> &methods) {
  if (methods.empty())
    return json_answer(
        404, refusal_json("not_found", Fault::user, "No resource at " + request.path + '.',
                          "See openapi.yaml for the API; GET /api/server shows whether it works."));
  std::string allowed;
  for (const std::string &method : methods) allowed += (allowed.empty() ? "" : ", ") + method;
  HttpAnswer answer =
      json_answer(405, refusal_json("invalid_input", Fault::user,
                                    request.path + " does not support " + request.method + '.',
                                    "It supports " + allowed + '.'));
  answer.headers.emplace_back("Allow", allowed);
  return answer;
}

// True if this text, if it is JSON, has at most this many values: each except the first follows a
// comma, a colon or an opening bracket outside of strings.
bool has_few_values(std::string_view text) {
  std::size_t values = 1;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size() && values <= most_values; ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == ',' || c == ':' || c == '[' || c == '{') {
      ++values;
    }
  }
  return values <= most_values;
}

json::object read_body(const IncomingRequest &request) {
  if (request.body.empty()) return {};
  if (!has_few_values(request.body))
    throw wrong_call("The request's body has more than 200,000 values.",
                     "Send less data in one request.");
  json::parse_options options;
  options.max_depth = deepest_body;
  boost::system::error_code error;
  json::value value = json::parse(request.body, error, {}, options);
  if (error) throw wrong_call("The request's body is not JSON: " + error.message() + '.');
  if (!value.is_object()) throw wrong_call("The request's body must be a JSON object.");
  return std::move(value.get_object());
}

HttpAnswer out_of_scope(const Caller &caller, TokenScope needed) {
  const std::string scope(to_string(needed));
  const std::string name = caller.token ? caller.token->name : std::string();
  const std::string held(caller.scope ? to_string(*caller.scope) : "");
  HttpAnswer answer = json_answer(
      403, refusal_json(
               "forbidden", Fault::user,
               "The token \"" + name + "\" has the scope " + held +
                   ", and this request needs the scope " + scope + '.',
               "Create another token: `connector-host token create NAME --scope " + scope + "`."));
  answer.headers.emplace_back("WWW-Authenticate",
                              "Bearer error=\"insufficient_scope\", scope=\"" + scope + '"');
  return answer;
}

std::string quoted(std::string_view name) {
  return '"' + std::string(name) + '"';
}

}  // namespace

// A session that is returned to the idle ones after its call, unless its database failed.
class Api::Borrowed {
 public:
  explicit Borrowed(Api &api) : api_(api) {
    {
      const std::scoped_lock lock(api_.mutex_);
      if (!api_.idle_.empty()) {
        session_ = std::move(api_.idle_.back());
        api_.idle_.pop_back();
      }
    }
    if (!session_) session_ = std::make_unique<Session>(api_.parts_.context);
  }
  ~Borrowed() {
    if (broken_) return;
    const std::scoped_lock lock(api_.mutex_);
    api_.idle_.push_back(std::move(session_));
  }
  Borrowed(const Borrowed &) = delete;
  Borrowed &operator=(const Borrowed &) = delete;

  Session &session() noexcept { return *session_; }
  void discard() noexcept { broken_ = true; }

 private:
  Api &api_;
  std::unique_ptr<Session> session_;
  bool broken_ = false;
};

Api::Slot::Slot(Api &api) : api_(api) {
  if (api_.slots_.try_acquire()) return;
  OperationError error;
  error.error_class = ErrorClass::unavailable;
  error.fault = Fault::host;
  error.message = "Too many requests are waiting for the service.";
  error.advice = "Try again in a few seconds.";
  error.retry_after = std::chrono::seconds{3};
  throw Failure(std::move(error), Failure::Kind::running);
}
Api::Slot::~Slot() {
  api_.slots_.release();
}

Api::Api(ApiParts parts) : parts_(std::move(parts)), started_at_(unix_ms_now()) {
  add_server_routes(router_);
  add_plugin_routes(router_);
  add_connection_routes(router_);
  add_sign_in_routes(router_);
  add_trigger_routes(router_);
  add_event_routes(router_);
  add_action_routes(router_);
}

Api::~Api() = default;

ConnectionRecord Call::connection() {
  ConnectionRecord found = session.connection(value("connection"));
  audited.object = found.id;
  return found;
}

TriggerRecord Call::trigger() {
  TriggerRecord found = session.trigger(value("trigger"));
  audited.object = found.id;
  return found;
}

HttpAnswer Api::answer(const IncomingRequest &request) {
  auto match = router_.find(request.method, request.path);
  if (match.handler == nullptr) return no_such_path(request, match.methods);
  const Route &route = *match.handler;
  const PluginCalls::CallSlot slot(parts_.engine.plugin_calls());
  Borrowed borrowed(*this);
  Session &session = borrowed.session();
  try {
    Caller caller = parts_.callers.of(request);
    // The session or the token may have ended since it passed the gate.
    if (route.scope && !caller.scope)
      return not_signed_in(caller, parts_.sign_in_hint, parts_.sessions.start(),
                           !session.store().password_hash().empty());
    if (!caller.may(route.scope)) {
      parts_.audit.refused(caller.who(), "scope", request.method + ' ' + match.pattern);
      return out_of_scope(caller, *route.scope);
    }
    if (caller.token) note_token_use(session.store(), *caller.token, parts_.callers.now());
    if (caller.session)
      caller.session = parts_.sessions.note_use(session.store(), *std::move(caller.session));
    Call call{.api = *this,
              .request = request,
              .path = std::move(match.values),
              .body = read_body(request),
              .session = session,
              .rows = RowMaker(session.store(), session.catalogue(), parts_.engine, parts_.feed),
              .caller = std::move(caller),
              .audited = {}};
    call.audited.who = call.caller.who();
    HttpAnswer answer = handled(route, call, borrowed);
    audit(route, call, answer);
    return answer;
  } catch (const StoreError &) {
    borrowed.discard();
    return failure_answer(failure_of_current_exception());
  } catch (...) {
    return failure_answer(failure_of_current_exception());
  }
}

HttpAnswer Api::handled(const Route &route, Call &call, Borrowed &borrowed) {
  try {
    return route.handler(call);
  } catch (const Interrupted &) {
    call.audited.outcome = "failed: interrupted";
    return json_answer(503, refusal_json("unavailable", Fault::host, "The host is shutting down.",
                                         "Try again when it is running."));
  } catch (const std::exception &error) {
    if (dynamic_cast<const StoreError *>(&error) != nullptr) borrowed.discard();
    const Failure failure = failure_of_current_exception();
    call.audited.outcome = audit_outcome(failure);
    return failure_answer(failure);
  }
}

// What is open to everybody and fails is a refusal, unless the handler knows who it was.
void Api::audit(const Route &route, const Call &call, const HttpAnswer &answer) {
  if (route.audited.empty()) return;
  const bool failed = answer.status >= 400;
  if (failed && !route.scope && call.audited.who == Caller().who()) {
    parts_.audit.refused(call.audited.who,
                         call.audited.refusal.empty() ? route.audited : call.audited.refusal, {});
    return;
  }
  std::string outcome = call.audited.outcome;
  if (outcome.empty()) outcome = failed ? "failed: HTTP " + std::to_string(answer.status) : "ok";
  parts_.audit.write(call.audited.who, route.audited, call.audited.object, std::move(outcome));
}

void allow_members(const json::object &body, std::span<const std::string_view> names) {
  for (const auto &member : body)
    if (std::ranges::find(names, std::string_view(member.key())) == names.end())
      throw wrong_call("The request's body has an unknown member " + quoted(member.key()) + '.');
}

std::string text_member(const json::object &body, std::string_view name) {
  std::string text = optional_text(body, name);
  if (text.empty()) throw wrong_call("The request's body needs the text " + quoted(name) + '.');
  return text;
}

std::string optional_text(const json::object &body, std::string_view name) {
  const json::value *value = body.if_contains(name);
  if (value == nullptr) return {};
  if (!value->is_string()) throw wrong_call(quoted(name) + " must be a text.");
  return std::string(value->get_string());
}

json::object object_member(const json::object &body, std::string_view name) {
  return optional_object(body, name).value_or(json::object());
}

std::optional<json::object> optional_object(const json::object &body, std::string_view name) {
  const json::value *value = body.if_contains(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_object()) throw wrong_call(quoted(name) + " must be an object.");
  return value->get_object();
}

std::optional<double> optional_number(const json::object &body, std::string_view name) {
  const json::value *value = body.if_contains(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number()) throw wrong_call(quoted(name) + " must be a number.");
  return value->to_number<double>();
}

bool flag_member(const json::object &body, std::string_view name) {
  const json::value *value = body.if_contains(name);
  if (value == nullptr) return false;
  if (!value->is_bool()) throw wrong_call(quoted(name) + " must be true or false.");
  return value->get_bool();
}

json::array texts_json(std::span<const std::string> texts) {
  json::array out;
  for (const std::string &text : texts) out.emplace_back(text);
  return out;
}

}  // namespace host::server
