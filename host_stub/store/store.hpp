// The host's database: connections, triggers with their cursors, the outbox, idempotency records.
// SQLite in WAL mode with synchronous=FULL: what a call has returned is on disk.
//
// A Store is one database connection: use it from one thread at a time, and open one per thread.
// Every failure is a StoreError that names the file and says what to do; nothing is half written.
// A call that names something which is gone does nothing: whoever raced with its removal loses.
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
#include <vector>

#include "store/records.hpp"

namespace host {

class StoreError : public std::runtime_error {
 public:
  enum class Kind {
    full,          // no room on the disk; later writes succeed once there is
    busy,          // another program held the lock for 5 s
    newer_schema,  // written by a later version of this program
    corrupt,       // damaged, or not our database
    missing,       // deleted or replaced while in use, or its folder cannot be made
    conflict,      // an entry of that id exists, or the connection it belongs to does not
    io,            // read-only, no permission, a failing disk
  };
  StoreError(Kind what_failed, const std::string &message)
      : std::runtime_error(message), kind(what_failed) {}
  Kind kind;
};

// Spreads connections over workers: the same for ever for the same id.
std::uint64_t account_of(std::string_view connection_id);

struct TriggerSchedule {  // what the schedule needs of every trigger, and nothing more
  std::int64_t row;
  std::int64_t interval_ms;
  std::int64_t retry_at;
  std::uint64_t account;  // account_of its connection: picks the worker
  bool initialising;      // it has no baseline yet
};

// The sink that is a stream of one run and no place: what its reader did not take is for the sinks
// of the next run.
inline constexpr std::string_view standard_output_sink = "stdout";

struct SinkRecord {
  std::string name;
  bool active = false;          // named in the present run, or else in the last one
  std::string disabled_reason;  // empty: it is not disabled
  std::int64_t pending = 0;     // events that wait for it
  std::int64_t held = 0;        // events on hold that are for it
  std::int64_t dead = 0;        // events given up, for it among others

  bool owed() const { return pending + held + dead > 0; }
};

struct RateUse {  // one use of an operation that may be done `limit` times in each window
  std::string_view connection_id;
  std::string_view rule;
  std::int64_t limit;
  std::int64_t window_ms;
};

class Store {
 public:
  // Makes the folder (0700) and the database in it, connector.db (0600), where they are missing,
  // and migrates an older schema in one transaction after a backup beside it. A newer schema is
  // refused.
  static Store open(const std::filesystem::path &data_dir);
  Store(Store &&) noexcept;
  Store &operator=(Store &&) noexcept;
  ~Store();

  // Where it lies: what belongs to it is kept beside it.
  std::filesystem::path folder() const;

  // From now on reads in a row share one view of the database, until `end_reads` or the next
  // transaction: to lock the file for each costs more than to read. Call `end_reads` before going
  // to sleep, and before wanting to see what others wrote; an open view keeps the log from being
  // shortened.
  void share_reads();
  void end_reads();

  // Runs `work` in one BEGIN IMMEDIATE transaction; calls below may be used inside, and nest. An
  // exception that leaves `work` undoes what it did, also inside an outer transaction.
  void transaction(const std::function<void()> &work);

  // Changes with every commit by another connection of this database, in this process or another.
  std::int64_t data_version();

  // ---- connections
  void add(const ConnectionRecord &);
  std::optional<ConnectionRecord> connection(std::string_view id);
  std::vector<ConnectionRecord> connections();
  // With its triggers (see remove_trigger) and its idempotency records. False: there was none.
  bool remove_connection(std::string_view id);
  void set_connection_label(std::string_view id, std::string_view label);
  void set_connection_state(std::string_view id, ConnectionState, std::string_view reason);
  void set_connection_input(std::string_view id, const Bytes &sealed_input,
                            std::string_view settings);
  // The same secrets, sealed with another key.
  void replace_sealed(std::string_view id, const Bytes &sealed_input, const Bytes &sealed_tokens);
  // The same secrets with more sealed in, if the row is still as it was seen. False: it is not.
  bool replace_sealed(const ConnectionRecord &seen, const Bytes &sealed_input,
                      const Bytes &sealed_tokens);
  // Stores a token set and clears the refresh mark if `seen_version` is still current; false: a
  // sibling was faster, re-read.
  bool set_tokens(std::string_view id, std::int64_t seen_version, const Bytes &sealed,
                  std::int64_t expires_at);
  void mark_refresh_started(std::string_view id, std::int64_t now);  // 0 clears the mark

  // ---- triggers
  std::int64_t add(const TriggerRecord &);  // the new row
  std::optional<TriggerRecord> trigger(std::string_view id);
  struct TriggerCount {
    TriggerState state;
    std::int64_t triggers;
  };
  std::vector<TriggerCount> count_triggers();
  // What a poll needs: all but `last_error` and `created_at`, which are left empty. Reuses `into`'s
  // buffers. False when there is no such row.
  bool load_trigger(std::int64_t row, TriggerRecord &into);
  std::vector<TriggerRecord> triggers(std::string_view connection_id = {});
  // Its pending, held and dead events go with it; delivered and discarded ones stay as history
  // until they are pruned. False: there was none.
  bool remove_trigger(std::string_view id);
  // Pausing keeps the cursor. Resuming (`active`) forgets past failures, and goes on with the
  // baseline where that never completed. `initialising` forgets the cursor: a new baseline.
  void set_trigger_state(std::int64_t row, TriggerState);
  // Forgets the cursor and starts a new baseline (once resumed, if it is paused), unless input and
  // hash are what they were.
  void set_trigger_input(std::string_view id, std::string_view input, std::string_view config_hash);
  // From the poll after the next on; cursor and state stay.
  void set_trigger_interval(std::string_view id, std::int64_t interval_ms);
  // Everything due for polling, in row order: initialising, active and failing ones. Streams.
  void for_each_schedule(const std::function<void(const TriggerSchedule &)> &visit);
  std::int64_t schedule_version();  // changes when a trigger is added, removed, edited, (un)paused

  // ---- polls
  // Stores events and cursor together if the trigger is still as the poll found it. An event whose
  // key is known for this trigger is left out.
  CommitResult commit(const PollCommit &);
  // Many polls in one transaction; one stale poll does not disturb the others.
  std::vector<CommitResult> commit(std::span<const PollCommit *const>);
  // `active` and `failing` leave a trigger whose baseline never completed `initialising`; a paused
  // or stopped one stays as it is.
  void record_failure(std::int64_t row, std::int64_t failures, std::int64_t failing_since,
                      std::int64_t retry_at, TriggerState, std::string_view error_json);
  void clear_failure(std::int64_t row);  // failing -> active

  // ---- events
  std::optional<EventRecord> event(std::string_view id);
  struct EventFilter {
    std::string trigger_id;
    std::string connection_id;
    std::string text;  // anywhere in subject, key or data; ASCII letters in either case
    std::optional<EventState> state;
    std::int64_t after_seq = 0;  // goes on behind this one, in the order asked for
    std::int64_t limit = 100;
    bool newest_first = false;
  };
  std::vector<EventRecord> events(const EventFilter &);
  std::int64_t count_events(EventState);
  std::int64_t count_held(std::int64_t trigger_row);
  // Held events of one trigger: into the queue, or never.
  std::int64_t release(std::string_view trigger_id);
  std::int64_t discard(std::string_view trigger_id);
  // Pending again under the same id, for the active sinks and those that never got it; one that
  // waits for a retry is due at once. False: unknown, or held (release it instead).
  bool replay(std::string_view event_id);
  // Forgets events delivered, and discarded ones recorded, before then, and idempotency records
  // that ended before then: at most `limit` events, so that nobody waits long. Call again while it
  // gives `limit`.
  std::int64_t prune(std::int64_t delivered_before, std::int64_t limit = 5000);

  // ---- delivery
  // Undelivered events whose turn it is for this sink, oldest first, in runs from the oldest of
  // each trigger: where one of a run fails, its later ones must wait. Nothing for a disabled sink.
  std::vector<EventRecord> next_for_sink(std::string_view sink, std::int64_t now,
                                         std::int64_t limit);
  // When something is due: 0 for what was never tried, else the earliest retry. Nothing: all is
  // delivered, or the sink is disabled.
  std::optional<std::int64_t> next_try(std::string_view sink);
  std::int64_t count_undelivered(std::string_view sink);
  void delivered(std::string_view sink, std::span<const std::int64_t> seqs, std::int64_t now);
  // `pending` with the time of the next try, or `dead`: the later ones of its trigger go on.
  void delivery_failed(const DeliveryRecord &);
  // After the wall clock was set back: what was tried at a time that has not come yet waits from
  // now on for as long as it was to wait then, and nothing waits longer than `longest`.
  void rebase_retries(std::string_view sink, std::int64_t now, std::int64_t longest);
  std::vector<DeliveryRecord> deliveries(std::int64_t seq);
  // Which sinks the events recorded from now on are for: an event counts as delivered when each of
  // them has it. What waits for another sink goes on waiting until that one is among them again, or
  // is forgotten. What waits for none (standard output alone was to get it, or nobody) goes to
  // these.
  void set_sinks(std::span<const std::string> sinks);
  std::vector<SinkRecord> sinks();  // all that are known, by name
  // What waits for this sink is dropped: events that are for no other one are discarded. How many
  // events it will not get; nothing when it is unknown.
  std::optional<std::int64_t> forget_sink(std::string_view sink);
  // Keeps what is for this sink until it is enabled again, or forgotten.
  void disable_sink(std::string_view sink, std::string_view reason);
  void enable_sink(std::string_view sink);
  std::optional<std::string> sink_disabled(std::string_view sink);  // the reason

  // ---- rate limits
  // 0: written down, go. Otherwise nothing is, and there is room after so many milliseconds.
  // `now` is in milliseconds since the epoch. StoreError `conflict`: there is no such connection.
  std::int64_t reserve_rate(const RateUse &use, std::int64_t now);
  // The newest use is forgotten: it came to nothing.
  void give_rate_back(std::string_view connection_id, std::string_view rule);

  // ---- idempotency
  // The stored record when the key is known (whatever its state); nothing when it was claimed now.
  std::optional<IdempotencyRecord> claim(const IdempotencyRecord &);
  void finish(std::string_view key, IdempotencyState, std::string_view result);

  // ---- the sealing key's check value (see auth/seal.hpp)
  std::optional<Bytes> seal_check();
  void set_seal_check(const Bytes &);

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace host
