// The host's database: connections, triggers with their cursors, the outbox, idempotency records.
// An interface; each kind of database is a folder of this room, and a row in open.cpp.
//
// A Store is one database connection: use it from one thread at a time, and open one per thread.
// Once a call has returned, its changes are durable. Every failure is a StoreError that names the
// database and the remedy; no change is partly written.
// Operations on a deleted record are no-ops: in a race with a deletion, the deletion wins.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/records.hpp"

namespace host {

class StoreError : public std::runtime_error {
 public:
  enum class Kind {
    full,          // no space on the disk; later writes succeed once there is
    busy,          // another program held the lock for 5 s
    newer_schema,  // written by a later version of this program
    corrupt,       // damaged, or not a database of this program
    missing,       // deleted or replaced while in use, or its folder cannot be created
    conflict,      // an entry with this id exists, or its connection does not exist
    io,            // read-only, no permission, or a failing disk
  };
  StoreError(Kind what_failed, const std::string &message)
      : std::runtime_error(message), kind(what_failed) {}
  Kind kind;
};

// Distributes connections over workers: always the same for the same id.
std::uint64_t account_of(std::string_view connection_id);

struct TriggerSchedule {  // the data of a trigger that the schedule needs
  std::int64_t row;
  std::int64_t interval_ms;
  std::int64_t retry_at;
  std::uint64_t account;  // account_of its connection: selects the worker
  bool initialising;      // it has no baseline yet
};

// The sink that exists only for one run: events that its reader did not take go to the sinks of the
// next run.
inline constexpr std::string_view standard_output_sink = "stdout";

struct SinkRecord {
  std::string name;
  bool active = false;  // configured in the current run, or in the last one if none is running
  std::string disabled_reason;  // empty: not disabled
  std::int64_t pending = 0;     // events waiting for it
  std::int64_t held = 0;        // events on hold for it
  std::int64_t dead = 0;        // events given up, for this sink and possibly others

  bool owed() const { return pending + held + dead > 0; }
};

struct RateUse {  // one use of an operation that is allowed `limit` times per window
  std::string_view connection_id;
  std::string_view rule;
  std::int64_t limit;
  std::int64_t window_ms;
};

// Where a host's database is. Made from the data folder alone, it is SQLite's file in it.
struct StoreAddress {
  StoreAddress() = default;
  StoreAddress(std::filesystem::path folder)  // NOLINT(google-explicit-constructor)
      : data_dir(std::move(folder)) {}

  std::filesystem::path data_dir;  // of the host: locks and keys, whatever the database
  std::string kind = "sqlite";     // one of `databases` in open.cpp
};

class Store;

// Opens a database connection of its own, creating or migrating the database if necessary.
std::unique_ptr<Store> open_store(const StoreAddress &address);

// For a diagnosis: changes nothing.
struct StoreCondition {
  bool exists = false;
  std::string place;   // the file or the server, for people; never a secret
  std::string damage;  // what the database itself reports; empty: none
  std::uintmax_t bytes = 0;
};
StoreCondition examine_store(const StoreAddress &address);

class Store {
 public:
  Store() = default;
  Store(const Store &) = delete;
  Store &operator=(const Store &) = delete;
  virtual ~Store() = default;

  // The host's data folder, which also has all files that belong to the database.
  virtual std::filesystem::path folder() const = 0;

  // From now on consecutive reads share one view of the database, until `end_reads` or the next
  // transaction: locking the file for each read costs more than the read. Call `end_reads` before
  // sleeping, and to see the writes of others; an open view prevents truncation of the log.
  virtual void share_reads() = 0;
  virtual void end_reads() = 0;

  // Runs `work` in one transaction, the only one that writes at this time; the calls below may be
  // used inside, and nest. An exception that leaves `work` rolls back its changes, also inside an
  // outer transaction.
  virtual void transaction(const std::function<void()> &work) = 0;

  // Changes with every commit by another connection of this database, in this process or another.
  virtual std::int64_t data_version() = 0;

  // ---- connections
  virtual void add(const ConnectionRecord &) = 0;
  virtual std::optional<ConnectionRecord> connection(std::string_view id) = 0;
  virtual std::vector<ConnectionRecord> connections() = 0;
  // Also removes its triggers (see remove_trigger) and its idempotency records. False: not found.
  virtual bool remove_connection(std::string_view id) = 0;
  virtual void set_connection_label(std::string_view id, std::string_view label) = 0;
  virtual void set_connection_state(std::string_view id, ConnectionState,
                                    std::string_view reason) = 0;
  virtual void set_connection_input(std::string_view id, const Bytes &sealed_input,
                                    std::string_view settings) = 0;
  // The same secrets, sealed with another key.
  virtual void replace_sealed(std::string_view id, const Bytes &sealed_input,
                              const Bytes &sealed_tokens) = 0;
  // The same secrets with additional sealed data, if the row is unchanged since it was read. False:
  // it has changed.
  virtual bool replace_sealed(const ConnectionRecord &seen, const Bytes &sealed_input,
                              const Bytes &sealed_tokens) = 0;
  // Stores a token set and clears the refresh mark if `seen_version` is still current. False:
  // another task was faster; read again.
  virtual bool set_tokens(std::string_view id, std::int64_t seen_version, const Bytes &sealed,
                          std::int64_t expires_at) = 0;
  virtual void mark_refresh_started(std::string_view id,
                                    std::int64_t now) = 0;  // 0 clears the mark

  // ---- triggers
  virtual std::int64_t add(const TriggerRecord &) = 0;  // the new row
  virtual std::optional<TriggerRecord> trigger(std::string_view id) = 0;
  struct TriggerCount {
    TriggerState state;
    std::int64_t triggers;
  };
  virtual std::vector<TriggerCount> count_triggers() = 0;
  // The data for a poll: all except `last_error`, `refused`, `requests` and `created_at`, which are
  // left empty.
  // Reuses `into`'s buffers. False: there is no such row.
  virtual bool load_trigger(std::int64_t row, TriggerRecord &into) = 0;
  virtual std::vector<TriggerRecord> triggers(std::string_view connection_id) = 0;
  std::vector<TriggerRecord> triggers() { return triggers({}); }
  // Also removes its pending, held and dead events; delivered and discarded ones stay as history
  // until they are pruned. False: not found.
  virtual bool remove_trigger(std::string_view id) = 0;
  // Pausing keeps the cursor. Resuming (`active`) clears past failures, and continues an incomplete
  // baseline. `initialising` discards the cursor and starts a new baseline.
  virtual void set_trigger_state(std::int64_t row, TriggerState) = 0;
  // Clears past failures, unless input and hash are unchanged. `discard` discards the cursor and
  // starts a new baseline (after resuming, if it is paused); `keep` is only for an input for which
  // the cursor is valid. In both cases the result of a poll in progress is not stored.
  enum class OldCursor : std::uint8_t { keep, discard };
  virtual void set_trigger_input(std::string_view id, std::string_view input,
                                 std::string_view config_hash, OldCursor cursor) = 0;
  void set_trigger_input(std::string_view id, std::string_view input,
                         std::string_view config_hash) {
    set_trigger_input(id, input, config_hash, OldCursor::discard);
  }
  // Effective after the next poll; cursor and state stay.
  virtual void set_trigger_interval(std::string_view id, std::int64_t interval_ms) = 0;
  // All triggers to poll, in row order: initialising, active and failing ones. Streams.
  virtual void for_each_schedule(const std::function<void(const TriggerSchedule &)> &visit) = 0;
  virtual std::int64_t
  schedule_version() = 0;  // changes when a trigger is added, removed, edited, (un)paused

  // ---- polls
  // Stores events and cursor together if the trigger is unchanged since the poll began. An event
  // whose key is already known for this trigger is left out.
  virtual CommitResult commit(const PollCommit &) = 0;
  // Many polls in one transaction; a stale poll does not affect the others.
  virtual std::vector<CommitResult> commit(std::span<const PollCommit *const>) = 0;
  // With `active` and `failing`, a trigger with an incomplete baseline stays `initialising`; a
  // paused or stopped one is unchanged.
  virtual void record_failure(std::int64_t row, std::int64_t failures, std::int64_t failing_since,
                              std::int64_t retry_at, TriggerState, std::string_view error_json) = 0;
  virtual void clear_failure(std::int64_t row) = 0;
  // TriggerRecord::refused; empty: none. Nothing happens if the trigger is gone.
  virtual void set_refused(std::int64_t row, std::string_view refused_json) = 0;
  // TriggerRecord::requests; triggers that are gone are left out.
  virtual void set_requests(std::span<const TriggerRequests>) = 0;
  virtual std::optional<RequestCounts> requests(std::int64_t trigger_row) = 0;
  struct RefusedParts {
    std::int64_t row;
    std::string refused;
  };
  virtual std::vector<RefusedParts>
  refused_parts() = 0;  // of all triggers that have some  // failing -> active

  // ---- events
  virtual std::optional<EventRecord> event(std::string_view id) = 0;
  struct EventFilter {
    std::string trigger_id;
    std::string connection_id;
    std::string text;  // anywhere in subject, key or data; ASCII letters in either case
    std::optional<EventState> state;
    std::int64_t after_seq = 0;  // continues after this one, in the requested order
    std::int64_t limit = 100;
    bool newest_first = false;
  };
  virtual std::vector<EventRecord> events(const EventFilter &) = 0;
  virtual std::int64_t count_events(EventState) = 0;
  virtual std::int64_t count_held(std::int64_t trigger_row) = 0;
  // Releases or discards the held events of one trigger.
  virtual std::int64_t release(std::string_view trigger_id) = 0;
  virtual std::int64_t discard(std::string_view trigger_id) = 0;
  // Makes an event pending again under the same id, for the active sinks and those that never got
  // it; one that waits for a retry is due at once. False: unknown, or held (release it instead).
  virtual bool replay(std::string_view event_id) = 0;
  // Deletes events delivered, discarded events recorded, and idempotency records completed before
  // that time: at most `limit` events, to keep the transaction short. Call again while it returns
  // `limit`.
  virtual std::int64_t prune(std::int64_t delivered_before, std::int64_t limit) = 0;
  std::int64_t prune(std::int64_t delivered_before) { return prune(delivered_before, 5000); }

  // ---- delivery
  // Undelivered events that are due for this sink, oldest first, for each trigger a run that starts
  // with its oldest event: if one of a run fails, the later ones must wait. Empty for a disabled
  // sink.
  virtual std::vector<EventRecord> next_for_sink(std::string_view sink, std::int64_t now,
                                                 std::int64_t limit) = 0;
  // When the next event is due: 0 if one was never tried, else the earliest retry. Empty: all are
  // delivered, or the sink is disabled.
  virtual std::optional<std::int64_t> next_try(std::string_view sink) = 0;
  virtual std::int64_t count_undelivered(std::string_view sink) = 0;
  virtual void delivered(std::string_view sink, std::span<const std::int64_t> seqs,
                         std::int64_t now) = 0;
  // `pending` with the time of the next try, or `dead`: then the later ones of its trigger
  // continue.
  virtual void delivery_failed(const DeliveryRecord &) = 0;
  // For a wall clock that was set back: an event whose last try lies in the future waits again,
  // from now, for its original delay, and no event waits longer than `longest`.
  virtual void rebase_retries(std::string_view sink, std::int64_t now, std::int64_t longest) = 0;
  virtual std::vector<DeliveryRecord> deliveries(std::int64_t seq) = 0;
  // Sets the sinks for events that are recorded from now on: an event counts as delivered once each
  // of them has it. Events for other sinks wait until those are configured again or forgotten.
  // Events without a sink (only for standard output, or recorded without any) go to these.
  virtual void set_sinks(std::span<const std::string> sinks) = 0;
  virtual std::vector<SinkRecord> sinks() = 0;  // all known ones, by name
  // Drops the events waiting for this sink; events for no other sink are discarded. Returns the
  // number of events that it will not get; empty if it is unknown.
  virtual std::optional<std::int64_t> forget_sink(std::string_view sink) = 0;
  // Keeps the events for this sink until it is enabled again or forgotten.
  virtual void disable_sink(std::string_view sink, std::string_view reason) = 0;
  virtual void enable_sink(std::string_view sink) = 0;
  virtual std::optional<std::string> sink_disabled(std::string_view sink) = 0;  // the reason

  // ---- rate limits
  // 0: the use was stored and is allowed. Otherwise nothing was stored; there is budget after this
  // many milliseconds. `now` is in milliseconds since the epoch. StoreError `conflict`: there is no
  // such connection.
  virtual std::int64_t reserve_rate(const RateUse &use, std::int64_t now) = 0;
  // Removes the newest use: it had no effect.
  virtual void give_rate_back(std::string_view connection_id, std::string_view rule) = 0;

  // ---- idempotency
  // The stored record if the key is known, in any state; empty if the key was claimed now.
  virtual std::optional<IdempotencyRecord> claim(const IdempotencyRecord &) = 0;
  virtual void finish(std::string_view key, IdempotencyState, std::string_view result) = 0;

  // ---- tokens of programs
  virtual void add_token(const TokenRecord &) = 0;  // StoreError `conflict`: the name exists
  virtual std::vector<TokenRecord> tokens() = 0;    // by name
  virtual std::optional<TokenRecord> token(const Bytes &hash) = 0;
  virtual bool remove_token(std::string_view name) = 0;  // false: not found
  virtual void set_token_used(std::string_view name, std::int64_t at) = 0;

  // ---- sessions of browsers
  // Removes the sessions that were used longest ago if there are more than `most`, and returns
  // them.
  virtual std::vector<SessionRecord> add_session(const SessionRecord &, std::int64_t most) = 0;
  virtual std::optional<SessionRecord> session(const Bytes &cookie_hash) = 0;
  virtual void set_session_used(const Bytes &cookie_hash, std::int64_t at) = 0;
  virtual bool remove_session(const Bytes &cookie_hash) = 0;  // false: not found
  // Removes those opened or last used before these times, and returns them.
  virtual std::vector<SessionRecord> remove_old_sessions(std::int64_t opened_before,
                                                         std::int64_t used_before) = 0;
  // Removes all except one (empty: none is spared), and returns them.
  virtual std::vector<SessionRecord> remove_other_sessions(const Bytes &cookie_hash) = 0;

  // ---- the password of the UI, as its hash; empty: none is set
  virtual std::string password_hash() = 0;
  virtual void set_password_hash(std::string_view hash) = 0;

  // ---- audit
  struct AuditBounds {
    std::int64_t oldest = 0;  // lines before this time are deleted, some with each call
    std::int64_t most = 100'000;
    std::int64_t most_refused = 10'000;  // of these: refusals must not displace what was done
  };
  virtual void add_audit(std::span<const AuditRecord> lines, const AuditBounds &bounds) = 0;
  struct AuditFilter {
    std::int64_t since = 0;
    std::int64_t limit = 100;  // the newest
  };
  virtual std::vector<AuditRecord> audit(const AuditFilter &) = 0;  // the oldest first

  // ---- the sealing key's check value (see auth/seal.hpp)
  virtual std::optional<Bytes> seal_check() = 0;
  virtual void set_seal_check(const Bytes &) = 0;
};

}  // namespace host
