#include "control/acting.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "control/duplicate_check.hpp"
#include "control/failure.hpp"
#include "control/idempotency.hpp"
#include "control/identifier.hpp"
#include "control/record_json.hpp"

namespace host {

namespace {

namespace json = boost::json;

bool only_reads(const json::object &action) {
  const json::value *effects = action.if_contains("effects");
  const json::object *object = effects == nullptr ? nullptr : effects->if_object();
  const json::value *flag = object == nullptr ? nullptr : object->if_contains("read_only");
  return flag != nullptr && flag->is_bool() && flag->get_bool();
}

// `request`: of a manifest or a preview; may be null.
bool is_get(const json::value *request) {
  const json::object *object = request == nullptr ? nullptr : request->if_object();
  const json::value *method = object == nullptr ? nullptr : object->if_contains("method");
  return method != nullptr && *method == "GET";
}

// True if the output schema declares a secret, which is then the purpose of the action.
bool promises_secret(const json::value &schema) {
  if (const json::array *list = schema.if_array()) {
    return std::ranges::any_of(*list, promises_secret);
  }
  const json::object *object = schema.if_object();
  if (object == nullptr) return false;
  return std::ranges::any_of(*object, [](const auto &member) {
    const bool marked = member.key() == "writeOnly" && member.value() == json::value(true);
    return marked || promises_secret(member.value());
  });
}

// The validated action with its input as text.
struct Prepared {
  const json::object &action;
  std::string text;
};

Prepared prepare(Session &session, const ConnectionRecord &connection, const ActionCall &call) {
  const auto files = session.catalogue().files(connection.plugin);
  const json::object &action = find_action(*files, call.action);
  check_input(*files, action, call.input);
  session.catalogue().plugin(connection.plugin);  // a refused plugin must not claim a key
  return {action, json::serialize(call.input)};
}

OperationStart start_of(const ActionCall &call, const std::string &text) {
  OperationStart start;
  start.kind = OperationKind::action;
  start.id = call.action;
  start.input = text;
  return start;
}

// However the action ends, it may have changed what the choices of dropdowns show.
class ForgetsChoices {
 public:
  ForgetsChoices(Session &session, const std::string &connection)
      : session_(session), connection_(connection) {}
  ~ForgetsChoices() { session_.forget_choices(connection_); }
  ForgetsChoices(const ForgetsChoices &) = delete;
  ForgetsChoices &operator=(const ForgetsChoices &) = delete;

 private:
  Session &session_;
  const std::string &connection_;
};

// Adds the duplicate check of an action with an unknown outcome.
[[noreturn]] void explain_unknown(Session &session, const ConnectionRecord &connection,
                                  const json::object &action, const ActionCall &call,
                                  std::int64_t called_at, Failure failure) {
  const DuplicateCheck check =
      check_for_duplicate(session, connection, action, call.input, called_at);
  if (!check.place.empty()) failure.more["duplicate_check"] = duplicate_json(check);
  // The plugin advises to search; this reports the search that was made.
  failure.error.advice = duplicate_text(check);
  failure.more["idempotency_key"] = call.key;
  throw Failure(std::move(failure));
}

Failure interrupted(const ActionCall &call) {
  OperationError error;
  error.error_class = ErrorClass::unknown_outcome;
  error.fault = Fault::user;
  error.message = "Interrupted. It is unknown whether " + call.action + " took effect.";
  error.advice = "Check the account before you run it again.";
  Failure failure(std::move(error));
  failure.more["idempotency_key"] = call.key;
  return failure;
}

}  // namespace

ActionResult run_action(Session &session, const ConnectionRecord &connection,
                        const ActionCall &asked) {
  const auto [action, text] = prepare(session, connection, asked);
  const OperationStart start = start_of(asked, text);
  if (asked.key.empty() && only_reads(action)) {
    OperationOutcome outcome = session.run(connection, start);
    return {.output = stored_json(outcome.output),
            .key = {},
            .requests = outcome.requests,
            .notes = std::move(outcome.notes)};
  }
  std::optional<ForgetsChoices> forgets;
  if (!only_reads(action)) forgets.emplace(session, connection.id);
  ActionCall call = asked;
  if (call.key.empty()) call.key = new_id("key_");
  const KeyedAction keyed{
      .key = call.key,
      .connection_id = connection.id,
      .action = call.action,
      .input_hash = json_hash(call.input),
      .secret = promises_secret(
          session.catalogue().files(connection.plugin)->manifest.schema_of(action, "output"))};
  std::int64_t called_at = unix_ms_now();
  try {
    KeyedResult result = run_once(
        session.store(), keyed, called_at, [&] { return session.run(connection, start); },
        &called_at);
    return {.output = stored_json(result.output),
            .key = call.key,
            .replayed = result.replayed,
            .requests = result.requests,
            .notes = std::move(result.notes)};
  } catch (const Failure &failure) {
    if (failure.error.error_class != ErrorClass::unknown_outcome && !failure.error.acted) throw;
    explain_unknown(session, connection, action, call, called_at, failure);
  } catch (const Interrupted &) {
    throw interrupted(call);
  }
}

ActionPreview preview_action(Session &session, const ConnectionRecord &connection,
                             const ActionCall &call) {
  const auto [action, text] = prepare(session, connection, call);
  const OperationOutcome outcome = session.dry_run(connection, start_of(call, text));
  ActionPreview preview{.sends = outcome.kind == OperationOutcome::Kind::dry_run,
                        .value = stored_json(outcome.output)};
  preview.prepares = preview.sends && !only_reads(action) && is_get(&preview.value) &&
                     !is_get(action.if_contains("request"));
  return preview;
}

}  // namespace host
