#include "run/engine.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <future>
#include <optional>
#include <utility>

#include "auth/token_client.hpp"
#include "base/clock.hpp"
#include "run/connection_steps.hpp"

namespace host {

namespace {

constexpr std::chrono::seconds longest_renewal{8};  // before a worker ends
constexpr std::chrono::hours between_tidyings{1};

// How often the calls into plugins are checked; more often while the engine ends.
constexpr std::chrono::seconds usual_check{1};
constexpr std::chrono::milliseconds ending_check{100};
constexpr std::chrono::seconds between_file_checks{3};

// How long the engine waits for a call into a plugin at its end: after `stop`, and with `once`.
constexpr std::chrono::seconds max_wait_when_stopped{5};
constexpr std::chrono::seconds max_wait_of_once{30};

constexpr std::chrono::seconds longest_flush{10};

bool is_in(const std::vector<Hang> &hangs, std::thread::id thread) {
  return std::ranges::any_of(hangs,
                             [thread](const Hang &hang) { return hang.call.thread == thread; });
}

// The outcome of an operation behind a call that does not return. If it had begun, its request may
// have been sent.
OperationOutcome hanging_outcome(const std::vector<Hang> &hanging, OperationKind kind, bool begun) {
  OperationOutcome outcome;
  const bool unknown = begun && kind == OperationKind::action;
  outcome.error.error_class = unknown ? ErrorClass::unknown_outcome : ErrorClass::plugin_fault;
  outcome.error.fault = Fault::connector;
  outcome.error.message = "A connector does not respond, and this account is waiting for it";
  for (const Hang &hang : hanging) outcome.error.message += ": " + hang.sentence();
  outcome.error.message += unknown ? ". It is unknown whether the action took effect." : ".";
  outcome.error.advice = "Restart the host, and report this to the connector's author.";
  return outcome;
}

}  // namespace

struct Engine::Worker {
  Worker(Engine &owner, const EngineOptions &options, unsigned number, unsigned count)
      : engine(owner),
        plugins(options.plugins),
        key(options.key),
        mine([number, count](std::uint64_t account) { return account % count == number; }),
        transport(options.transport),
        loop(transport),
        store(open_store(options.store)),
        endpoint(transport),
        credentials(
            loop, *store, *key, endpoint,
            [this](std::string_view id) -> std::optional<cpi::manifest::Manifest> {
              const auto files = plugins->found().find(id);
              if (!files) return std::nullopt;
              return files->manifest;
            },
            {}, owner.observer_.credentials()),
        exchanges(loop, credentials, *store, answer_lifetime(options.polls),
                  owner.observer_.exchange()),
        poller(parts(), options.polls) {
    // All polls of a turn read the database under one lock.
    store->share_reads();
    loop.at_turn_end([this] { end_reads(); });
  }

  ~Worker() { loop.destroy_tasks(); }

  // Answers must be younger than the interval, which may be short in demonstrations.
  static std::chrono::milliseconds answer_lifetime(const PollOptions &polls) {
    constexpr std::chrono::milliseconds usual{20'000};
    if (polls.interval_override.count() <= 0) return usual;
    return std::min(usual, polls.interval_override / 4);
  }

  Poller::Parts parts() {
    return {
        .loop = loop,
        .store = *store,
        .committer = *engine.committer_,
        .plugin = [this](std::string_view id) { return plugins->get(id); },
        .steps =
            [this](const TriggerRecord &trigger, const Plugin &plugin, bool others,
                   Poller::Parts::Commit commit) {
              auto steps = std::make_unique<ConnectionSteps>(
                  loop, exchanges.of(plugin), trigger.connection_id, trigger.trigger,
                  RequestKind::poll, std::move(commit), Clock::time_point::max());
              if (!others) steps->keep_answers_to_itself();
              return steps;
            },
        .report = [this](const PollReport &report) { reported(report); },
        .store_failed = [this](const StoreError &error) { engine.observer_.store_failed(error); },
        .events_stored = [this] { engine.delivery_->notify(); },
        .counters = engine.counters_};
  }

  void reported(const PollReport &report) {
    if (report.state == TriggerState::needs_sign_in) {
      credentials.needs_sign_in(report.trigger.connection_id, report.outcome.error.message);
    }
    engine.observer_.polled(report);
  }

  void end_reads() {
    try {
      store->end_reads();
    } catch (const StoreError &error) {
      engine.observer_.store_failed(error);
    }
  }

  // Other processes add triggers, edit them, and sign in again.
  Task<void> watch() {
    std::int64_t data = -1;
    std::int64_t schedule = -1;
    for (;;) {
      try {
        const std::int64_t data_now = store->data_version();
        if (data_now != data) {
          const std::int64_t schedule_now = store->schedule_version();
          if (schedule_now != schedule) {
            poller.reload(mine);
            engine.triggers_ += poller.scheduled() - known;
            known = poller.scheduled();
            engine.observer_.scheduled(engine.triggers_);
            schedule = schedule_now;
          }
          data = data_now;
        }
      } catch (const StoreError &error) {
        engine.observer_.store_failed(error);
      }
      co_await loop.sleep_for(std::chrono::seconds{1});
    }
  }

  Task<void> poll(bool once) {
    co_await poller.run();
    if (once) loop.stop();
  }

  // An operation that a user waits for. The task owns the texts: the caller may be gone.
  struct Asked {
    std::string connection;
    std::string plugin;
    OperationKind kind;
    std::string id;
    std::string input;
    bool shares_answers;
    Clock::time_point deadline;
    std::promise<OperationOutcome> answer;
    std::atomic<bool> taken{false};  // it has begun, or will not begin
  };

  Task<void> operate(std::shared_ptr<Asked> asked) {
    if (asked->taken.exchange(true)) co_return;
    try {
      const auto plugin = plugins->get(asked->plugin);
      OperationStart start;
      start.kind = asked->kind;
      start.id = asked->id;
      start.input = asked->input;
      ConnectionSteps steps(loop, exchanges.of(*plugin), asked->connection, asked->id,
                            RequestKind::action, {}, asked->deadline);
      steps.acts_on(asked->input);
      if (!asked->shares_answers) steps.keep_answers_to_itself();
      asked->answer.set_value(co_await drive_signed_in(plugin, start, steps));
    } catch (...) {
      asked->answer.set_exception(std::current_exception());
    }
  }

  void run(bool once) {
    poller.reload(mine);
    known = poller.scheduled();
    engine.triggers_ += known;
    loop.spawn(poll(once));
    if (!once) loop.spawn(watch());
    thread = std::thread([this] {
      const PluginCalls::CallSlot slot(engine.plugin_calls_);
      try {
        loop.run();
        // It may have used a refresh token whose replacement is about to arrive.
        if (credentials.renewing())
          loop.run_until_complete(credentials.renewals_finished(longest_renewal));
      } catch (const LoopStopped &) {  // stopped again
      } catch (...) {
        broke = std::current_exception();
        engine.stop();
      }
      poller.store_requests();
      for (const StoredCredentials::LostToken &lost : credentials.give_up())
        engine.observer_.token_lost(lost);
      // Callers that wait for an operation learn that it will not end.
      loop.destroy_tasks();
      {
        const std::scoped_lock lock(engine.mutex_);
        ended = true;
      }
      engine.worker_ended_.notify_all();
    });
  }

  // Waits for work posted to the loop; false if the loop ends before.
  template <typename T>
  bool comes(const std::future<T> &answer, Clock::time_point deadline) const {
    constexpr std::chrono::milliseconds between_checks{100};
    while (answer.wait_for(between_checks) != std::future_status::ready)
      if (ended || hangs || Clock::now() > deadline)
        return answer.wait_for(between_checks) == std::future_status::ready;
    return true;
  }

  Engine &engine;
  std::shared_ptr<PluginSet> plugins;
  std::shared_ptr<const SealingKey> key;
  std::function<bool(std::uint64_t)> mine;
  Transport transport;
  Loop loop;
  std::unique_ptr<Store> store;
  TransportTokenEndpoint endpoint;
  StoredCredentials credentials;
  Exchanges exchanges;
  Poller poller;
  std::size_t known = 0;
  std::thread thread;
  std::exception_ptr broke;
  std::atomic<bool> ended{false};
  std::atomic<bool> hangs{false};
};

Engine::Engine(EngineOptions options, EngineObserver &observer)
    : once_(options.polls.once),
      keep_history_(options.keep_history),
      drain_(options.drain),
      now_(options.now),
      observer_(observer),
      plugins_(options.plugins) {
  committer_ = std::make_unique<Committer>(
      options.store, [this](const StoreError &error) { observer_.store_failed(error); });
  options.delivery.notice = [this](const DeliveryNotice &notice) {
    observer_.delivered(notice);
    if (notice.kind == DeliveryNotice::Kind::closed) stop();
  };
  const std::scoped_lock lock(stop_mutex_);
  delivery_ = std::make_unique<Delivery>(options.store, *committer_, std::move(options.sinks),
                                         std::move(options.delivery));
  const unsigned count = options.workers != 0
                             ? options.workers
                             : std::clamp(std::thread::hardware_concurrency(), 1u, 4u);
  for (unsigned number = 0; number < count; ++number) {
    workers_.push_back(std::make_unique<Worker>(*this, options, number, count));
  }
}

Engine::~Engine() {
  stop();  // waits for a stop() of another thread; later ones touch nothing
  for (const auto &worker : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
  }
  delivery_.reset();
  committer_.reset();
  workers_.clear();
}

// Deletes old history while the host runs, first at its start.
Task<void> Engine::tidy(Loop &loop) {
  for (;;) {
    forget_before(*committer_, unix_ms_now() - keep_history_.count());
    co_await loop.sleep_for(between_tidyings);
  }
}

bool Engine::run() {
  if (keep_history_.count() > 0) workers_.front()->loop.spawn(tidy(workers_.front()->loop));
  if (stopping_) {  // already stopped, by a delivery that ended before all workers had started
    for (const auto &worker : workers_) worker->loop.stop();
  }
  for (const auto &worker : workers_) worker->run(once_);
  wait_for_workers();
  if (!stuck_.empty()) {
    finish_deliveries();
    return false;
  }
  for (const auto &worker : workers_) worker->thread.join();
  for (const auto &worker : workers_) {
    if (worker->broke) std::rethrow_exception(worker->broke);
  }
  if (!once_ || stopping_) {
    wait_until_written();
    return !once_;
  }
  const bool complete = delivery_->drain(drain_) && delivery_->all_delivered();
  wait_until_written();
  return complete;
}

// What the polls have left to the store's thread: whoever reads the database after run() sees it.
void Engine::wait_until_written() {
  const auto written = std::make_shared<std::promise<void>>();
  auto flushed = written->get_future();
  committer_->write([](Store &) {}, [written](const StoreError *) { written->set_value(); });
  flushed.wait_for(longest_flush);
}

// Waits for the workers, and then for other threads that are inside a plugin.
void Engine::wait_for_workers() {
  bool ended = false;
  for (;;) {
    const bool ended_before = ended;
    if (ended_before) std::this_thread::sleep_for(ending_check);
    {
      std::unique_lock lock(mutex_);
      ended = worker_ended_.wait_for(
          lock, stopping_ ? std::chrono::milliseconds(ending_check) : usual_check, [this] {
            return std::ranges::all_of(workers_, [](const auto &one) { return one->ended.load(); });
          });
    }
    watch_plugins();
    // A call that is seen for the first time counts only once: new calls may keep coming.
    const std::chrono::milliseconds brief{ended_before ? 1 : 0};
    if (ended && hang_watch_.lasting(brief).empty()) return;
    if (!stopping_ && !once_) continue;
    const auto left = hang_watch_.lasting(stopping_ ? max_wait_when_stopped : max_wait_of_once);
    if (left.empty() || left.size() != hang_watch_.lasting(std::chrono::milliseconds{1}).size())
      continue;
    if (std::ranges::all_of(workers_, [&left](const auto &worker) {
          return worker->ended || is_in(left, worker->thread.get_id());
        })) {
      stuck_ = left;
      return;
    }
  }
}

void Engine::watch_plugins() {
  const auto now = now_();
  for (const Hang &hang : hang_watch_.check(plugin_calls_.snapshot(), now))
    observer_.plugin_hangs(hang);
  if (now - files_checked_at_ >= between_file_checks) {
    files_checked_at_ = now;
    for (const auto &plugin : replaced_files_.check(plugins_->loaded()))
      observer_.plugin_replaced(*plugin);
  }
  std::uint64_t breaks_now = 0;
  const auto loaded = plugins_->loaded();
  for (const auto &plugin : loaded) {
    for (const SchemaBreaks &breaks : plugin->schema_check().breaks()) {
      breaks_now += breaks.count;
      auto &next = breaks_reported_[std::string(plugin->id()) + ' ' + breaks.operation];
      if (breaks.count < std::max<std::uint64_t>(next, 1)) continue;
      next = breaks.count * 10;
      observer_.schema_broken(*plugin, breaks);
    }
  }
  if (std::exchange(breaks_counted_, breaks_now) != breaks_now) observer_.schemas_broken(loaded);
  auto hanging = hang_watch_.lasting(HangWatch::first_report);
  for (const auto &worker : workers_) worker->hangs = is_in(hanging, worker->thread.get_id());
  const std::scoped_lock lock(mutex_);
  hanging_ = std::move(hanging);
  replaced_ = replaced_files_.replaced();
}

// Delivers recorded events as far as required, and makes sure that all of them are on disk.
void Engine::finish_deliveries() {
  for (const auto &worker : workers_) worker->hangs = true;  // no longer waited for
  if (!stopping_) delivery_->drain(drain_);
  delivery_->stop();
  delivery_->drain(longest_flush);
  wait_until_written();
}

std::vector<Hang> Engine::hanging() const {
  const std::scoped_lock lock(mutex_);
  return hanging_;
}

std::vector<std::string> Engine::replaced_plugins() const {
  const std::scoped_lock lock(mutex_);
  return replaced_;
}

std::optional<OperationOutcome> Engine::operate(const ConnectionRecord &connection,
                                                const OperationStart &start,
                                                std::chrono::seconds longest) {
  Worker &worker = *workers_.at(account_of(connection.id) % workers_.size());
  auto asked = std::make_shared<Worker::Asked>();
  asked->connection = connection.id;
  asked->plugin = connection.plugin;
  asked->kind = start.kind;
  asked->id = start.id;
  asked->input = start.input;
  asked->shares_answers = start.shares_answers;
  asked->deadline = Clock::now() + longest;
  std::future<OperationOutcome> answer = asked->answer.get_future();
  worker.loop.post([&worker, asked] { worker.loop.spawn(worker.operate(asked)); });
  if (!worker.comes(answer, Clock::time_point::max())) {
    if (!worker.hangs) return std::nullopt;
    return hanging_outcome(hanging(), start.kind, asked->taken.exchange(true));
  }
  try {
    return answer.get();
  } catch (const std::future_error &) {  // the task was destroyed
    return std::nullopt;
  }
}

std::map<std::int64_t, std::int64_t> Engine::next_polls(const std::vector<std::int64_t> &rows) {
  constexpr std::chrono::milliseconds max_wait{500};
  std::vector<std::future<std::vector<Schedule::Due>>> answers;
  for (const auto &worker : workers_) {
    auto answer = std::make_shared<std::promise<std::vector<Schedule::Due>>>();
    answers.push_back(answer->get_future());
    worker->loop.post(
        [&poller = worker->poller, rows, answer] { answer->set_value(poller.next_polls(rows)); });
  }
  std::map<std::int64_t, std::int64_t> found;
  const auto deadline = Clock::now() + max_wait;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (!workers_[i]->comes(answers[i], deadline)) continue;
    for (const Schedule::Due &due : answers[i].get()) found[due.row] = due.at_ms;
  }
  return found;
}

void Engine::stop() {
  const std::scoped_lock lock(stop_mutex_);
  // Only once: a second stop would interrupt work that a worker finishes before it ends.
  if (stopping_.exchange(true)) return;
  for (const auto &worker : workers_) worker->loop.stop();
  delivery_->stop();
}

}  // namespace host
