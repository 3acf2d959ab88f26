#include "control/idempotency.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <optional>
#include <utility>

#include "base/json_member.hpp"
#include "control/record_json.hpp"
#include "text/time_text.hpp"

namespace host {

namespace {

namespace json = boost::json;

// Longer than any action may take (own_network.cpp): a call without a result by then has crashed.
constexpr std::chrono::milliseconds longest_run{std::chrono::minutes{15}};

bool passes(ErrorClass error_class) {
  switch (error_class) {
    case ErrorClass::auth_expired:
    case ErrorClass::needs_reauth:
    case ErrorClass::app_misconfigured:
    case ErrorClass::rate_limited:
    case ErrorClass::quota:
    case ErrorClass::unavailable:
    case ErrorClass::host_fault:
      return true;
    default:
      return false;
  }
}

std::int64_t number_at(const json::object &object, std::string_view key) {
  const json::value *value = object.if_contains(key);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

// Reads the output of OperationError::to_json.
OperationError stored_error(std::string_view text) {
  const json::value value = stored_json(text);
  OperationError error;
  const json::object *object = value.if_object();
  if (object == nullptr) return error;
  error.error_class =
      error_class_named(text_at(*object, "class")).value_or(ErrorClass::plugin_fault);
  for (const Fault fault : {Fault::user, Fault::vendor, Fault::connector, Fault::host})
    if (name(fault) == text_at(*object, "fault")) error.fault = fault;
  error.message = text_at(*object, "message");
  error.advice = text_at(*object, "advice");
  if (const json::value *details = object->if_contains("details"))
    error.details = json::serialize(*details);
  error.http_status = static_cast<int>(number_at(*object, "http_status"));
  error.vendor_code = number_at(*object, "vendor_code");
  return error;
}

OperationError error_of(ErrorClass error_class, std::string message, std::string advice) {
  OperationError error;
  error.error_class = error_class;
  error.fault = Fault::user;
  error.message = std::move(message);
  error.advice = std::move(advice);
  return error;
}

std::string unknown_result(const std::string &message) {
  return error_of(ErrorClass::unknown_outcome, message, "").to_json();
}

// A claimed key whose action is running: the start time is stored in place of the result.
std::string running_since(std::int64_t now) {
  return json::serialize(json::value{{"running_since_unix_ms", now}});
}

// The stored result of the key, unless this call claims the key.
std::optional<IdempotencyRecord> claim(Store &store, const KeyedAction &action, std::int64_t now) {
  IdempotencyRecord record;
  record.key = action.key;
  record.connection_id = action.connection_id;
  record.action = action.action;
  record.input_hash = action.input_hash;
  record.result = running_since(now);
  record.created_at = now;
  std::optional<IdempotencyRecord> known;
  store.transaction([&] {
    known = store.claim(record);
    if (!known || known->state != IdempotencyState::failed) return;
    const bool same = known->connection_id == record.connection_id &&
                      known->action == record.action && known->input_hash == record.input_hash;
    if (!same || !passes(stored_error(known->result).error_class)) return;
    store.finish(record.key, IdempotencyState::running, record.result);
    known.reset();
  });
  return known;
}

KeyedResult replay(const IdempotencyRecord &known, const KeyedAction &action, std::int64_t now) {
  if (known.connection_id != action.connection_id || known.action != action.action ||
      known.input_hash != action.input_hash)
    throw Failure(error_of(ErrorClass::invalid_input,
                           "The idempotency key \"" + action.key +
                               "\" was used for another call: " + known.action + ", on " +
                               time_text(known.created_at) + '.',
                           "A key belongs to one connection, action and input. Use a new key."));
  switch (known.state) {
    case IdempotencyState::done:
      if (action.secret)
        throw Failure(error_of(ErrorClass::conflict,
                               "The call with the idempotency key \"" + action.key +
                                   "\" succeeded on " + time_text(known.created_at) +
                                   ". Its result is secret and was not stored.",
                               "Nothing was sent. To run it again, use a new key."));
      return {.output = known.result, .replayed = true, .requests = 0, .notes = {}};
    case IdempotencyState::failed:
    case IdempotencyState::unknown:
      throw Failure(stored_error(known.result));
    case IdempotencyState::running:
      break;
  }
  const json::value result = stored_json(known.result);
  const std::int64_t since =
      result.is_object() ? number_at(result.get_object(), "running_since_unix_ms") : 0;
  if (now - since < longest_run.count())
    throw Failure(error_of(ErrorClass::conflict,
                           "A call with the idempotency key \"" + action.key +
                               "\" is still running, since " + time_text(since) + '.',
                           "Ask again with the same key for its result."),
                  Failure::Kind::running);
  throw Failure(error_of(ErrorClass::unknown_outcome,
                         "The call with the idempotency key \"" + action.key + "\" of " +
                             time_text(since) +
                             " was never completed. It is unknown whether it took effect.",
                         "Check the account. To run it again, use a new key."));
}

}  // namespace

KeyedResult run_once(Store &store, const KeyedAction &action, std::int64_t now_unix_ms,
                     const std::function<OperationOutcome()> &run, std::int64_t *called_at) {
  const auto known = claim(store, action, now_unix_ms);
  if (called_at != nullptr) *called_at = known ? known->created_at : now_unix_ms;
  if (known) return replay(*known, action, now_unix_ms);
  try {
    OperationOutcome outcome = run();
    store.finish(action.key, IdempotencyState::done, action.secret ? "{}" : outcome.output);
    return {.output = std::move(outcome.output),
            .replayed = false,
            .requests = outcome.requests,
            .notes = std::move(outcome.notes)};
  } catch (const Failure &failure) {
    // An action that took effect partly is not begun again, whatever the failure.
    const bool unknown =
        failure.error.error_class == ErrorClass::unknown_outcome || failure.error.acted;
    store.finish(action.key, unknown ? IdempotencyState::unknown : IdempotencyState::failed,
                 failure.error.to_json());
    throw;
  } catch (...) {
    store.finish(
        action.key, IdempotencyState::unknown,
        unknown_result("The call was ended before its answer arrived. It is unknown whether it "
                       "took effect."));
    throw;
  }
}

}  // namespace host
