// The store in an SQLite file, in WAL mode with synchronous=FULL: once a call has returned, its
// changes are on disk.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "store/store.hpp"

namespace host {

class SqliteStore final : public Store {
 public:
  // Creates the folder (0700) and the database in it, connector.db (0600), if missing. Migrates an
  // older schema in one transaction, after a backup in the same folder. A newer schema is refused.
  explicit SqliteStore(const std::filesystem::path &data_dir);
  ~SqliteStore() override;

  using Store::prune;
  using Store::set_trigger_input;
  using Store::triggers;

  std::filesystem::path folder() const override;
  void share_reads() override;
  void end_reads() override;
  void transaction(const std::function<void()> &work) override;
  std::int64_t data_version() override;
  void add(const ConnectionRecord &) override;
  std::optional<ConnectionRecord> connection(std::string_view id) override;
  std::vector<ConnectionRecord> connections() override;
  bool remove_connection(std::string_view id) override;
  void set_connection_label(std::string_view id, std::string_view label) override;
  void set_connection_state(std::string_view id, ConnectionState, std::string_view reason) override;
  void set_connection_input(std::string_view id, const Bytes &sealed_input,
                            std::string_view settings) override;
  void replace_sealed(std::string_view id, const Bytes &sealed_input,
                      const Bytes &sealed_tokens) override;
  bool replace_sealed(const ConnectionRecord &seen, const Bytes &sealed_input,
                      const Bytes &sealed_tokens) override;
  bool set_tokens(std::string_view id, std::int64_t seen_version, const Bytes &sealed,
                  std::int64_t expires_at) override;
  void mark_refresh_started(std::string_view id, std::int64_t now) override;
  std::int64_t add(const TriggerRecord &) override;
  std::optional<TriggerRecord> trigger(std::string_view id) override;
  std::vector<TriggerCount> count_triggers() override;
  bool load_trigger(std::int64_t row, TriggerRecord &into) override;
  std::vector<TriggerRecord> triggers(std::string_view connection_id) override;
  bool remove_trigger(std::string_view id) override;
  void set_trigger_state(std::int64_t row, TriggerState) override;
  void set_trigger_input(std::string_view id, std::string_view input, std::string_view config_hash,
                         OldCursor cursor) override;
  void set_trigger_interval(std::string_view id, std::int64_t interval_ms) override;
  void for_each_schedule(const std::function<void(const TriggerSchedule &)> &visit) override;
  std::int64_t schedule_version() override;
  CommitResult commit(const PollCommit &) override;
  std::vector<CommitResult> commit(std::span<const PollCommit *const>) override;
  void record_failure(std::int64_t row, std::int64_t failures, std::int64_t failing_since,
                      std::int64_t retry_at, TriggerState, std::string_view error_json) override;
  void clear_failure(std::int64_t row) override;
  void set_refused(std::int64_t row, std::string_view refused_json) override;
  void set_requests(std::span<const TriggerRequests>) override;
  std::optional<RequestCounts> requests(std::int64_t trigger_row) override;
  std::vector<RefusedParts> refused_parts() override;
  std::optional<EventRecord> event(std::string_view id) override;
  std::vector<EventRecord> events(const EventFilter &) override;
  std::int64_t count_events(EventState) override;
  std::int64_t count_held(std::int64_t trigger_row) override;
  std::int64_t release(std::string_view trigger_id) override;
  std::int64_t discard(std::string_view trigger_id) override;
  bool replay(std::string_view event_id) override;
  std::int64_t prune(std::int64_t delivered_before, std::int64_t limit) override;
  std::vector<EventRecord> next_for_sink(std::string_view sink, std::int64_t now,
                                         std::int64_t limit) override;
  std::optional<std::int64_t> next_try(std::string_view sink) override;
  std::int64_t count_undelivered(std::string_view sink) override;
  void delivered(std::string_view sink, std::span<const std::int64_t> seqs,
                 std::int64_t now) override;
  void delivery_failed(const DeliveryRecord &) override;
  void rebase_retries(std::string_view sink, std::int64_t now, std::int64_t longest) override;
  std::vector<DeliveryRecord> deliveries(std::int64_t seq) override;
  void set_sinks(std::span<const std::string> sinks) override;
  std::vector<SinkRecord> sinks() override;
  std::optional<std::int64_t> forget_sink(std::string_view sink) override;
  void disable_sink(std::string_view sink, std::string_view reason) override;
  void enable_sink(std::string_view sink) override;
  std::optional<std::string> sink_disabled(std::string_view sink) override;
  std::int64_t reserve_rate(const RateUse &use, std::int64_t now) override;
  void give_rate_back(std::string_view connection_id, std::string_view rule) override;
  std::optional<IdempotencyRecord> claim(const IdempotencyRecord &) override;
  void finish(std::string_view key, IdempotencyState, std::string_view result) override;
  void add_token(const TokenRecord &) override;
  std::vector<TokenRecord> tokens() override;
  std::optional<TokenRecord> token(const Bytes &hash) override;
  bool remove_token(std::string_view name) override;
  void set_token_used(std::string_view name, std::int64_t at) override;
  std::vector<SessionRecord> add_session(const SessionRecord &, std::int64_t most) override;
  std::optional<SessionRecord> session(const Bytes &cookie_hash) override;
  void set_session_used(const Bytes &cookie_hash, std::int64_t at) override;
  bool remove_session(const Bytes &cookie_hash) override;
  std::vector<SessionRecord> remove_old_sessions(std::int64_t opened_before,
                                                 std::int64_t used_before) override;
  std::vector<SessionRecord> remove_other_sessions(const Bytes &cookie_hash) override;
  std::string password_hash() override;
  void set_password_hash(std::string_view hash) override;
  void add_audit(std::span<const AuditRecord> lines, const AuditBounds &bounds) override;
  std::vector<AuditRecord> audit(const AuditFilter &) override;
  std::optional<Bytes> seal_check() override;
  void set_seal_check(const Bytes &) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// See the columns of `databases` in store/open.cpp.
std::unique_ptr<Store> open_sqlite(const StoreAddress &address);
StoreCondition examine_sqlite(const StoreAddress &address);

}  // namespace host
