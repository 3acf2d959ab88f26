// The host's database: connections, triggers with their cursors, the outbox, idempotency records.
// SQLite in WAL mode with synchronous=FULL: what a call has returned is on disk.
//
// A Store is one database connection: use it from one thread at a time, and open one per thread.
// Every failure is a StoreError that says what to do; nothing is half written.
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
  enum class Kind { full, busy, newer_schema, corrupt, missing, io };
  StoreError(Kind kind, const std::string &message) : std::runtime_error(message), kind(kind) {}
  Kind kind;
};

struct TriggerSchedule {  // what the schedule needs of every trigger, and nothing more
  std::int64_t row;
  std::int64_t interval_ms;
  std::int64_t retry_at;
  std::uint64_t account;  // hash of the connection's id: picks the worker
};

class Store {
 public:
  // Makes the folder (0700) and the database (0600) where they are missing, and migrates an older
  // schema in one transaction after a backup beside it. A newer schema is refused.
  static Store open(const std::filesystem::path &data_dir);
  Store(Store &&) noexcept;
  Store &operator=(Store &&) noexcept;
  ~Store();

  // Runs `work` in one BEGIN IMMEDIATE transaction; calls below may be used inside, and nest.
  void transaction(const std::function<void()> &work);

  // Changes with every commit by another connection of this database, in this process or another.
  std::int64_t data_version();

  // ---- connections
  void add(const ConnectionRecord &);
  std::optional<ConnectionRecord> connection(std::string_view id);
  std::vector<ConnectionRecord> connections();
  bool remove_connection(std::string_view id);  // with its triggers and their undelivered events
  void set_connection_label(std::string_view id, std::string_view label);
  void set_connection_state(std::string_view id, ConnectionState, std::string_view reason);
  void set_connection_input(std::string_view id, const Bytes &sealed_input, std::string_view settings);
  // Stores a token set if `seen_version` is still current; false: a sibling was faster, re-read.
  bool set_tokens(std::string_view id, std::int64_t seen_version, const Bytes &sealed,
                  std::int64_t expires_at);
  void mark_refresh_started(std::string_view id, std::int64_t now);  // 0 clears the mark

  // ---- triggers
  std::int64_t add(const TriggerRecord &);  // the new row
  std::optional<TriggerRecord> trigger(std::string_view id);
  // Reuses `into`'s buffers: this runs once per poll. False when there is no such row.
  bool load_trigger(std::int64_t row, TriggerRecord &into);
  std::vector<TriggerRecord> triggers(std::string_view connection_id = {});
  bool remove_trigger(std::string_view id);
  // Pausing keeps the cursor; resuming after edits starts a new baseline.
  void set_trigger_state(std::int64_t row, TriggerState);
  void set_trigger_input(std::string_view id, std::string_view input, std::string_view config_hash);
  // Everything due for polling, in row order: initialising, active and failing ones.
  void for_each_schedule(const std::function<void(const TriggerSchedule &)> &visit);
  std::int64_t schedule_version();  // changes when a trigger is added, removed, edited, (un)paused

  // ---- polls
  CommitResult commit(const PollCommit &);
  // Many polls in one transaction; one stale poll does not disturb the others.
  std::vector<CommitResult> commit(std::span<const PollCommit *const>);
  void record_failure(std::int64_t row, std::int64_t failures, std::int64_t failing_since,
                      std::int64_t retry_at, TriggerState, std::string_view error_json);
  void clear_failure(std::int64_t row);

  // ---- events
  std::optional<EventRecord> event(std::string_view id);
  struct EventFilter {
    std::string trigger_id;
    std::optional<EventState> state;
    std::int64_t after_seq = 0;
    std::int64_t limit = 100;
    bool newest_first = false;
  };
  std::vector<EventRecord> events(const EventFilter &);
  std::int64_t count_events(EventState);
  std::int64_t count_held(std::int64_t trigger_row);
  // Held events of one trigger: into the queue, or never.
  std::int64_t release(std::string_view trigger_id);
  std::int64_t discard(std::string_view trigger_id);
  bool replay(std::string_view event_id);  // pending again, under the same id
  std::int64_t prune(std::int64_t delivered_before);

  // ---- delivery
  // The oldest undelivered event of every trigger whose turn it is for this sink, oldest first.
  std::vector<EventRecord> next_for_sink(std::string_view sink, std::int64_t now, std::int64_t limit);
  std::optional<std::int64_t> next_try(std::string_view sink);  // when the earliest retry is due
  void delivered(std::string_view sink, std::span<const std::int64_t> seqs, std::int64_t now);
  void delivery_failed(const DeliveryRecord &);
  std::vector<DeliveryRecord> deliveries(std::int64_t seq);
  // Which sinks an event must reach before it counts as delivered.
  void set_sinks(std::span<const std::string> sinks);
  void disable_sink(std::string_view sink, std::string_view reason);
  std::optional<std::string> sink_disabled(std::string_view sink);

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
