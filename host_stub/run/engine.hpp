// A running host: workers that poll, the committer that stores events, and the delivery to sinks.
//
// Workers share nothing: an account belongs to one worker, which has its own loop, connection pool,
// tokens and budgets. So an account has one token refresh at a time and one budget, without locks.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "auth/credentials.hpp"
#include "delivery/delivery.hpp"
#include "plugins/hang_watch.hpp"
#include "plugins/plugin_calls.hpp"
#include "plugins/replaced_files.hpp"
#include "polling/counters.hpp"
#include "polling/poller.hpp"
#include "run/exchanges.hpp"
#include "run/plugin_set.hpp"
#include "store/retention.hpp"

namespace host {

// Receives events of the running host. Called on the host's own threads, never concurrently for one
// method; must not throw or block.
class EngineObserver {
 public:
  virtual ~EngineObserver() = default;
  virtual void polled(const PollReport &) {}
  virtual void store_failed(const StoreError &) {}
  virtual void delivered(const DeliveryNotice &) {}
  virtual void scheduled(std::size_t) {}           // number of triggers, after a change
  virtual void plugin_hangs(const Hang &) {}       // repeatedly, and when the call returns
  virtual void plugin_replaced(const Plugin &) {}  // on disk; the loaded one stays in use
  // The first break of each operation, and again whenever their number has grown tenfold.
  virtual void schema_broken(const Plugin &, const SchemaBreaks &) {}
  // Whenever a plugin has broken a schema since the last call, at most once a second: the plugins
  // that are loaded, with all that they broke.
  virtual void schemas_broken(const std::vector<std::shared_ptr<const Plugin>> &) {}
  virtual void token_lost(const StoredCredentials::LostToken &) {}  // at the end
  virtual ExchangeObserver *exchange() { return nullptr; }
  virtual CredentialsObserver *credentials() { return nullptr; }
};

struct EngineOptions {
  StoreAddress store;
  std::shared_ptr<PluginSet> plugins;
  std::shared_ptr<const SealingKey> key;
  TransportOptions transport;
  PollOptions polls;
  std::vector<std::unique_ptr<Sink>> sinks;
  DeliveryOptions delivery;
  std::chrono::milliseconds keep_history = default_retention;  // 0: unlimited
  unsigned workers = 0;                                        // 0: one per processor, at most four
  std::chrono::seconds drain{30};  // `once`: how long delivery may take after the last poll
  // The clock for the duration of calls into plugins; for tests. [any thread]
  std::function<Clock::time_point()> now = Clock::now;
};

class Engine {
 public:
  // Throws StoreError and SinkError. The observer must outlive it.
  Engine(EngineOptions options, EngineObserver &observer);
  ~Engine();
  Engine(const Engine &) = delete;
  Engine &operator=(const Engine &) = delete;

  // Polls and delivers until `stop`, or with `once` until every trigger was polled and all due
  // events were tried. False: stopped before that, or a sink is disabled or lacks an event. Stops
  // waiting for a worker that does not return from a plugin: see `stuck`.
  bool run();

  // The calls into plugins that `run` stopped waiting for. If there are any, all recorded data is
  // on disk, but their threads cannot be ended, and this object cannot be destroyed: the caller
  // must end the process. [after `run`]
  const std::vector<Hang> &stuck() const noexcept { return stuck_; }

  // Ends `run`; running polls are abandoned, and find the events that they have not stored again.
  // [any thread]
  void stop();

  // Runs one operation on the connection's worker, with the tokens and the budget that its polls
  // use; blocks until it has ended. `start` is copied. Empty: the engine was stopped before that.
  // If the worker hangs in a plugin, the outcome says so. Throws StoreError and PluginRefused. [any
  // thread except the engine's]
  std::optional<OperationOutcome> operate(const ConnectionRecord &connection,
                                          const OperationStart &start,
                                          std::chrono::seconds longest);

  // When these triggers (by row) are polled next, in Unix milliseconds. Leaves out triggers that
  // are not scheduled, and those of a worker that does not answer in time. [any thread except the
  // engine's]
  std::map<std::int64_t, std::int64_t> next_polls(const std::vector<std::int64_t> &rows);

  const PollCounters &counters() const noexcept { return counters_; }
  std::vector<SinkStatus> sinks() const { return delivery_->status(); }
  std::size_t triggers() const noexcept { return triggers_; }
  std::size_t workers() const noexcept { return workers_.size(); }

  // For other threads of this process that call plugins: monitors their calls as well.
  PluginCalls &plugin_calls() noexcept { return plugin_calls_; }
  std::vector<Hang> hanging() const;  // for ten seconds or more [any thread]
  std::vector<std::shared_ptr<const Plugin>> plugins() const { return plugins_->loaded(); }
  std::vector<std::string> replaced_plugins() const;  // by id; see plugin_replaced [any thread]

 private:
  struct Worker;

  Task<void> tidy(Loop &loop);
  void wait_for_workers();
  void watch_plugins();
  void finish_deliveries();
  void wait_until_written();

  bool once_;
  std::chrono::milliseconds keep_history_;
  std::chrono::seconds drain_;
  std::function<Clock::time_point()> now_;
  EngineObserver &observer_;
  PollCounters counters_;
  std::atomic<std::size_t> triggers_{0};
  std::atomic<bool> stopping_{false};
  // Held while the delivery and the workers are made, and by stop(): a delivery whose reader is
  // gone stops the engine from its own thread, even before the engine is complete.
  std::mutex stop_mutex_;
  PluginCalls plugin_calls_;
  std::shared_ptr<PluginSet> plugins_;
  HangWatch hang_watch_;  // used by the thread in `run`, as are the next five
  ReplacedFiles replaced_files_;
  std::map<std::string, std::uint64_t> breaks_reported_;  // the next count, by plugin and operation
  std::uint64_t breaks_counted_ = 0;                      // of all of them
  Clock::time_point files_checked_at_{};
  std::vector<Hang> stuck_;
  mutable std::mutex mutex_;
  std::condition_variable worker_ended_;
  std::vector<Hang> hanging_;  // guarded by mutex_, as is the next
  std::vector<std::string> replaced_;
  // Destroyed explicitly: the delivery before the committer, and the committer, which calls back
  // into the loops, before the workers.
  std::unique_ptr<Committer> committer_;
  std::unique_ptr<Delivery> delivery_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace host
