// A running host: workers that poll, the committer that stores, the delivery that hands out.
//
// Share nothing: an account belongs to one worker, which has a loop, a pool of connections, tokens
// and budgets of its own; so one refresh at a time, and one budget, come for free.
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

// What is worth telling while it runs. Called on the host's own threads, never at once for one
// method; it must not throw and must not wait.
class EngineObserver {
 public:
  virtual ~EngineObserver() = default;
  virtual void polled(const PollReport &) {}
  virtual void store_failed(const StoreError &) {}
  virtual void delivered(const DeliveryNotice &) {}
  virtual void scheduled(std::size_t) {}           // triggers there are, after a change
  virtual void plugin_hangs(const Hang &) {}       // again and again, and when it came back
  virtual void plugin_replaced(const Plugin &) {}  // on disk; the loaded one goes on
  virtual void token_lost(const StoredCredentials::LostToken &) {}  // at the end
  virtual ExchangeObserver *exchange() { return nullptr; }
  virtual CredentialsObserver *credentials() { return nullptr; }
};

struct EngineOptions {
  std::filesystem::path data_dir;
  std::shared_ptr<PluginSet> plugins;
  std::shared_ptr<const SealingKey> key;
  TransportOptions transport;
  PollOptions polls;
  std::vector<std::unique_ptr<Sink>> sinks;
  DeliveryOptions delivery;
  std::chrono::milliseconds keep_history = default_retention;  // 0: for ever
  unsigned workers = 0;            // 0: one for each processor, four at most
  std::chrono::seconds drain{30};  // `once`: how long delivery may take after the last poll
  // What calls into plugins are timed with. Tests bring another clock. [any thread]
  std::function<Clock::time_point()> now = Clock::now;
};

class Engine {
 public:
  // Throws StoreError and SinkError. The observer outlives it.
  Engine(EngineOptions options, EngineObserver &observer);
  ~Engine();
  Engine(const Engine &) = delete;
  Engine &operator=(const Engine &) = delete;

  // Polls and delivers until `stop`, or with `once` until every trigger was polled and all that is
  // due was tried. False: stopped before that, or one of the sinks is disabled or lacks an event. A
  // worker that does not come back from a plugin is left alone after a while: see `stuck`.
  bool run();

  // The calls into plugins that `run` did not wait for any longer. When there are any, all that was
  // recorded is on disk, but their threads cannot be ended, and neither can this object: it is for
  // the caller to end the process. [after `run`]
  const std::vector<Hang> &stuck() const noexcept { return stuck_; }

  // Ends `run`; polls under way are given up, and what they have not stored they find again.
  // [any thread]
  void stop();

  // Carries out one operation of a connection on its own worker, which has its tokens and shares
  // its budget with its polls; blocks until it has ended. `start` is copied. Nothing: the engine
  // was stopped before that. When the worker hangs in a plugin the outcome says so. Throws
  // StoreError and PluginRefused. [any thread but the engine's]
  std::optional<OperationOutcome> operate(const ConnectionRecord &connection,
                                          const OperationStart &start,
                                          std::chrono::seconds longest);

  // When these triggers (by row) are polled next, in Unix milliseconds; one that is not planned is
  // left out, and so are those of a worker that is too busy to say. [any thread but the engine's]
  std::map<std::int64_t, std::int64_t> next_polls(const std::vector<std::int64_t> &rows);

  const PollCounters &counters() const noexcept { return counters_; }
  std::vector<SinkStatus> sinks() const { return delivery_->status(); }
  std::size_t triggers() const noexcept { return triggers_; }
  std::size_t workers() const noexcept { return workers_.size(); }

  // For other threads of this process that call plugins: what they do is watched as well.
  PluginCalls &plugin_calls() noexcept { return plugin_calls_; }
  std::vector<Hang> hanging() const;                  // for ten seconds or more [any thread]
  std::vector<std::string> replaced_plugins() const;  // by id; see plugin_replaced [any thread]

 private:
  struct Worker;

  Task<void> tidy(Loop &loop);
  void attend();
  void watch_plugins();
  void settle();

  bool once_;
  std::chrono::milliseconds keep_history_;
  std::chrono::seconds drain_;
  std::function<Clock::time_point()> now_;
  EngineObserver &observer_;
  PollCounters counters_;
  std::atomic<std::size_t> triggers_{0};
  std::atomic<bool> stopping_{false};
  PluginCalls plugin_calls_;
  std::shared_ptr<PluginSet> plugins_;
  HangWatch hang_watch_;  // of the thread in `run`, and so are the next three
  ReplacedFiles replaced_files_;
  Clock::time_point files_looked_at_{};
  std::vector<Hang> stuck_;
  mutable std::mutex mutex_;
  std::condition_variable worker_ended_;
  std::vector<Hang> hanging_;  // guarded by mutex_, and so is the next
  std::vector<std::string> replaced_;
  // Destroyed by hand: the delivery before the committer, and that one, which calls back into the
  // loops, before the workers.
  std::unique_ptr<Committer> committer_;
  std::unique_ptr<Delivery> delivery_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace host
