// The records of the database, as plain values. Times are Unix milliseconds. Enums are stored by
// their `to_string` names, so a name never changes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace host {

enum class ConnectionState { ok, refresh_delayed, needs_sign_in, app_misconfigured };

struct ConnectionRecord {
  std::string id;      // "con_..."
  std::string plugin;  // the manifest's id
  std::string method;  // the auth method's id
  std::string label;   // the account's name, from the connection test
  ConnectionState state = ConnectionState::ok;
  std::string state_reason;           // for a person; never a secret
  std::string settings;               // JSON: the overridden endpoints; no secrets
  Bytes sealed_input;                 // the auth method's input, sealed
  Bytes sealed_tokens;                // the current token set, sealed; empty if there is none
  std::int64_t token_expires_at = 0;  // 0: it does not expire, or there is none
  // 0: no refresh was interrupted. Below 0: the negated time since which the service has refused
  // new credentials, which are being retried.
  std::int64_t refresh_started_at = 0;
  std::int64_t token_version = 0;  // counts token sets: the loser of a race reads again
  std::int64_t created_at = 0;
};

enum class TriggerState {
  initialising,  // the baseline is not complete yet
  active,
  paused,         // by a user; the cursor is kept
  needs_sign_in,  // the connection needs a sign-in; polls stop until then
  failing,        // has failed for an hour or more; still polled
  stopped,        // 576 consecutive failures; a user must resume it
};

enum class StartMode { now, last_n, all };

// The requests that a trigger's polls made (polling/request_use.hpp).
struct RequestCounts {
  std::int64_t requests = 0;  // of the polls of the current period
  std::int64_t polls = 0;
  std::int64_t earlier_requests = 0;  // of the period before it
  std::int64_t earlier_polls = 0;
  std::int64_t last = 0;  // of the last poll, which may be the baseline

  bool operator==(const RequestCounts &) const = default;
};

struct TriggerRequests {
  std::int64_t trigger_row = 0;
  RequestCounts counts;
};

struct TriggerRecord {
  std::int64_t row = 0;  // small, dense, in order of creation; used by the schedule
  std::string id;        // "trg_..."
  std::string connection_id;
  std::string plugin;       // of its connection: set on reading, ignored on adding
  std::string trigger;      // the manifest's id
  std::string input;        // JSON
  std::string config_hash;  // of trigger, input and dedupe version: if it differs, it is a
                            // different trigger
  std::int64_t interval_ms = 0;
  TriggerState state = TriggerState::initialising;
  StartMode start = StartMode::now;
  std::uint64_t start_count = 0;
  Bytes cursor;
  std::int64_t cursor_version = 0;  // incremented by every commit, which names the one it read
  std::int64_t failures = 0;        // consecutive
  std::int64_t failing_since = 0;
  std::int64_t retry_at = 0;  // after a failure: earliest next poll
  std::string last_error;     // JSON, as shown to users; empty if the last poll succeeded
  // The parts of it (a list, a day) that the service refuses, while others can be read: a JSON
  // array of {"name", "reason", "since"}, the time in Unix milliseconds; empty if there are none.
  std::string refused;
  std::optional<RequestCounts> requests;  // empty: none known since its baseline began
  std::int64_t created_at = 0;
};

enum class EventState { pending, held, delivered, dead, discarded };

struct EventRecord {
  std::int64_t seq = 0;  // order of recording
  std::string id;        // "evt_...": from trigger instance and key; never changes; no full stop
  std::int64_t trigger_row = 0;
  std::string trigger_id;
  std::string connection_id;
  std::string trigger;  // the manifest's id
  std::string plugin;
  std::string key;
  std::string subject;
  std::string data;                 // JSON object
  std::int64_t dedupe_version = 1;  // of the trigger's manifest entry when the event was found
  std::int64_t time = 0;            // when it was recorded
  std::string poll_id;              // the poll, or series of continued polls, that found it
  EventState state = EventState::pending;
  std::int64_t delivered_at = 0;
};

struct NewEvent {
  std::string key;
  std::string subject;
  std::string data;
};

// One EVENTS step, or the end of a poll that moved the cursor.
struct PollCommit {
  std::int64_t trigger_row = 0;
  std::string config_hash;          // at the start of the poll
  std::int64_t cursor_version = 0;  // at the start of the poll, plus its own commits since
  Bytes cursor;
  std::vector<NewEvent> events;
  std::string poll_id;
  bool hold = false;                // flood: the events are put on hold
  bool baseline_done = false;       // initialising -> active
  std::int64_t dedupe_version = 1;  // the manifest's; part of the event's type in deliveries
  std::int64_t now = 0;
  // Of this poll and others that have ended. Stored in the same transaction, also if it is stale.
  std::vector<TriggerRequests> requests;
};

enum class CommitResult {
  stored,
  stale,  // the cursor was moved, or the trigger edited, paused or removed: nothing was stored
};

enum class IdempotencyState { running, done, failed, unknown };

struct IdempotencyRecord {
  std::string key;
  std::string connection_id;
  std::string action;
  std::string input_hash;
  IdempotencyState state = IdempotencyState::running;
  std::string result;  // JSON, once known
  std::int64_t created_at = 0;
};

enum class DeliveryState {
  pending,
  held,  // because its event is
  delivered,
  dead,
};

struct DeliveryRecord {
  std::int64_t seq = 0;
  std::string sink;
  DeliveryState state = DeliveryState::pending;
  std::int64_t attempts = 0;
  std::int64_t next_try = 0;
  std::string last_error;
  std::int64_t tried_at = 0;  // by the wall clock, as `next_try`
};

// What a program with a token may do; each includes those before it.
enum class TokenScope {
  read,   // see everything that the API shows
  run,    // act with what is set up: run actions, test, deliver events again
  admin,  // set up and remove: connections, triggers, sessions
};

struct TokenRecord {
  std::string name;  // chosen by the user; unique
  Bytes hash;        // SHA-256 of the token
  TokenScope scope = TokenScope::read;
  std::int64_t created_at = 0;
  std::int64_t expires_at = 0;    // 0: never
  std::int64_t last_used_at = 0;  // to the minute; 0: never
};

// A session of a browser. Of its two secrets there are only hashes.
struct SessionRecord {
  Bytes cookie_hash;
  Bytes key_hash;
  std::int64_t opened_at = 0;
  std::int64_t used_at = 0;  // to some minutes
};

// One line of the audit: who did what to which object, with what outcome. Never a secret, and
// nothing of what was sent or received.
struct AuditRecord {
  std::int64_t seq = 0;  // order of recording; set on reading
  std::int64_t at = 0;
  std::string who;            // "session 1a2b3c4d", "token backup", "command nina"
  std::string what;           // "trigger.add"
  std::string object;         // IDs
  std::string outcome;        // "ok", "failed: conflict"
  bool refused = false;       // the caller was not allowed to
  std::int64_t left_out = 0;  // refusals of the same kind before this one that have no line
};

std::string_view to_string(ConnectionState state);
std::string_view to_string(TriggerState state);
std::string_view to_string(StartMode mode);
std::string_view to_string(EventState state);
std::string_view to_string(IdempotencyState state);
std::string_view to_string(DeliveryState state);
std::string_view to_string(TokenScope scope);

// The reverse; empty for an unknown name.
template <typename Enum>
std::optional<Enum> from_string(std::string_view name);
template <>
std::optional<ConnectionState> from_string(std::string_view name);
template <>
std::optional<TriggerState> from_string(std::string_view name);
template <>
std::optional<StartMode> from_string(std::string_view name);
template <>
std::optional<EventState> from_string(std::string_view name);
template <>
std::optional<IdempotencyState> from_string(std::string_view name);
template <>
std::optional<DeliveryState> from_string(std::string_view name);
template <>
std::optional<TokenScope> from_string(std::string_view name);

}  // namespace host
