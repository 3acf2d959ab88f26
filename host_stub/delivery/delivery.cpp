#include "delivery/delivery.hpp"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <future>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <stop_token>
#include <thread>
#include <utility>

#include "base/clock.hpp"
#include "delivery/cloud_event.hpp"
#include "store/store.hpp"

namespace host {

namespace {

using namespace std::chrono;

// Other processes (`events replay`, ...) cannot call notify(), so the database is checked for
// changes.
constexpr milliseconds recheck_after = seconds(1);
constexpr milliseconds shortest_pause = seconds(1);
constexpr milliseconds longest_pause = minutes(5);

// A reader that closes its pipe must cause a write error, not end the process.
void block_sigpipe() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

class Delivery::Runner {
 public:
  Runner(std::unique_ptr<Store> store, Committer &committer, std::unique_ptr<Sink> sink,
         const DeliveryOptions &options)
      : store_(std::move(store)),
        committer_(committer),
        sink_(std::move(sink)),
        options_(options),
        random_(std::random_device()()),
        thread_([this](const std::stop_token &stop) { run(stop); }) {}

  void notify() {
    {
      const std::scoped_lock lock(mutex_);
      ++asked_;
    }
    wake_.notify_all();
  }

  void stop() { thread_.request_stop(); }

  bool wait_idle(Clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    const std::uint64_t wanted = ++asked_;
    wake_.notify_all();
    return idle_.wait_until(lock, deadline, [&] { return ended_ || done_ >= wanted; });
  }

  SinkStatus status() const {
    return {sink_->name(), delivered_, failed_, dead_, depth_, closed_, disabled_};
  }

 private:
  void run(const std::stop_token &stop) {
    block_sigpipe();
    while (!stop.stop_requested() && !closed_) {
      try {
        if (was_set_back()) rebase_retries(stop);
        if (!turn(stop)) wait(stop);
      } catch (const StoreError &error) {
        store_failed(error);
        pause(stop);
      }
    }
    const std::scoped_lock lock(mutex_);
    ended_ = true;
    idle_.notify_all();
  }

  // Delivers one batch. False: there is nothing to do now.
  bool turn(const std::stop_token &stop) {
    {
      const std::scoped_lock lock(mutex_);
      seen_ = asked_;
    }
    version_ = store_->data_version();
    const auto events = store_->next_for_sink(sink_->name(), unix_ms_now(),
                                              static_cast<std::int64_t>(sink_->batch()));
    measure(events.empty());
    if (events.empty()) return false;

    std::vector<Outgoing> outgoing;
    outgoing.reserve(events.size());
    for (const EventRecord &event : events) outgoing.push_back({event.id, cloud_event(event)});
    const SinkOutcome outcome = sink_->deliver(outgoing, stop);
    if (outcome.accepted > 0) accepted(std::span(events).first(outcome.accepted), stop);

    switch (outcome.verdict) {
      case SinkVerdict::accepted:
      case SinkVerdict::interrupted:
        return true;
      case SinkVerdict::refused:
        return refused(events[outcome.accepted], outcome, stop);
      case SinkVerdict::unavailable:
        ++failed_;
        failing(events[outcome.accepted].id, outcome.reason);
        pause(stop);
        return true;
      case SinkVerdict::gone:
        write([name = sink_->name(),
               reason = outcome.reason](Store &store) { store.disable_sink(name, reason); },
              stop);
        tell(DeliveryNotice::Kind::disabled, events[outcome.accepted].id,
             outcome.reason + ": no more events are sent to it until it is enabled again");
        return true;
      case SinkVerdict::closed:
        closed_ = true;
        tell(DeliveryNotice::Kind::closed, {}, outcome.reason);
        return true;
    }
    return true;
  }

  void accepted(std::span<const EventRecord> events, const std::stop_token &stop) {
    std::vector<std::int64_t> seqs;
    for (const EventRecord &event : events) seqs.push_back(event.seq);
    write(
        [name = sink_->name(), seqs](Store &store) { store.delivered(name, seqs, unix_ms_now()); },
        stop);
    delivered_ += events.size();
    if (std::exchange(is_failing_, false))
      tell(DeliveryNotice::Kind::recovered, events.front().id,
           "the destination accepts events again");
  }

  bool refused(const EventRecord &event, const SinkOutcome &outcome, const std::stop_token &stop) {
    ++failed_;
    DeliveryRecord record{event.seq, sink_->name(), DeliveryState::pending, 0, 0, outcome.reason};
    for (const DeliveryRecord &known : store_->deliveries(event.seq)) {
      if (known.sink == record.sink) record.attempts = known.attempts;
    }
    ++record.attempts;
    const auto delay = options_.schedule.after(record.attempts, outcome.retry_after,
                                               static_cast<std::uint32_t>(random_()));
    record.state = delay ? DeliveryState::pending : DeliveryState::dead;
    record.tried_at = unix_ms_now();
    record.next_try = delay ? record.tried_at + delay->count() : 0;
    write([record](Store &store) { store.delivery_failed(record); }, stop);
    failing(event.id, outcome.reason);
    if (!delay) {
      ++dead_;
      tell(DeliveryNotice::Kind::gave_up, event.id,
           outcome.reason + ", at attempt " + std::to_string(record.attempts) + ", the last one");
    }
    return true;
  }

  // Writes through the committer and waits for it. Acceptance by a sink must be stored before the
  // next events are sent; otherwise a full disk would repeat the same events endlessly.
  void write(const std::function<void(Store &)> &work, const std::stop_token &stop) {
    for (;;) {
      // Shared: the committer may still be inside set_value when this thread continues.
      const auto written = std::make_shared<std::promise<std::optional<StoreError>>>();
      auto answer = written->get_future();
      committer_.write(work, [written](const StoreError *error) {
        written->set_value(error == nullptr ? std::nullopt : std::optional(*error));
      });
      const auto error = answer.get();
      if (!error) {
        store_is_failing_ = false;
        pause_ = {};
        return;
      }
      store_failed(*error);
      if (stop.stop_requested()) return;  // it will be sent again, under the same id
      pause(stop);
    }
  }

  // True if the wall clock, in which retries are stored, was set back since the last check. The
  // first check returns true: it may have been set back while no host ran.
  bool was_set_back() {
    constexpr milliseconds tolerated = seconds(1);
    const auto ahead =
        milliseconds(unix_ms_now()) - duration_cast<milliseconds>(Clock::now().time_since_epoch());
    const bool set_back = !clock_ahead_ || ahead < *clock_ahead_ - tolerated;
    if (set_back || ahead > *clock_ahead_ + tolerated) clock_ahead_ = ahead;
    return set_back;
  }

  void rebase_retries(const std::stop_token &stop) {
    const std::int64_t longest = options_.schedule.longest().count();
    write([name = sink_->name(),
           longest](Store &store) { store.rebase_retries(name, unix_ms_now(), longest); },
          stop);
  }

  void wait(const std::stop_token &stop) {
    disabled_ = store_->sink_disabled(sink_->name()).has_value();
    const auto due = store_->next_try(sink_->name());
    const auto until_due =
        milliseconds(due ? std::max<std::int64_t>(*due - unix_ms_now(), 0) : INT64_MAX / 2);
    const auto deadline = Clock::now() + std::min(until_due, milliseconds(hours(1)));
    std::unique_lock lock(mutex_);
    done_ = seen_;
    idle_.notify_all();
    while (!stop.stop_requested() && asked_ == seen_ && Clock::now() < deadline) {
      wake_.wait_until(lock, stop, std::min(deadline, Clock::now() + recheck_after),
                       [this] { return asked_ != seen_; });
      if (store_->data_version() != version_) return;
      if (was_set_back()) {
        lock.unlock();
        rebase_retries(stop);
        return;
      }
    }
  }

  // The sink or the database is unavailable; each consecutive time waits twice as long.
  void pause(const std::stop_token &stop) {
    pause_ = std::clamp(pause_ * 2, shortest_pause, longest_pause);
    std::unique_lock lock(mutex_);
    done_ = seen_;
    idle_.notify_all();
    wake_.wait_for(lock, stop, pause_, [] { return false; });
  }

  void measure(bool nothing_due) {
    if (!nothing_due && Clock::now() < measure_at_) return;
    depth_ = store_->count_undelivered(sink_->name());
    measure_at_ = Clock::now() + recheck_after;
  }

  void failing(const std::string &event_id, const std::string &reason) {
    if (!std::exchange(is_failing_, true)) tell(DeliveryNotice::Kind::failing, event_id, reason);
  }

  void store_failed(const StoreError &error) {
    if (!std::exchange(store_is_failing_, true))
      tell(DeliveryNotice::Kind::store_failed, {}, error.what());
  }

  void tell(DeliveryNotice::Kind kind, const std::string &event_id, const std::string &text) {
    if (options_.notice) options_.notice({kind, sink_->name(), event_id, text});
  }

  // Used by the thread only.
  std::unique_ptr<Store> store_;
  Committer &committer_;
  std::unique_ptr<Sink> sink_;
  DeliveryOptions options_;
  std::mt19937 random_;
  std::int64_t version_ = 0;
  milliseconds pause_{};
  std::optional<milliseconds> clock_ahead_;  // relative to the monotonic clock
  Clock::time_point measure_at_;
  bool is_failing_ = false;
  bool store_is_failing_ = false;

  // Shared between threads.
  std::atomic<std::uint64_t> delivered_ = 0;
  std::atomic<std::uint64_t> failed_ = 0;
  std::atomic<std::uint64_t> dead_ = 0;
  std::atomic<std::int64_t> depth_ = 0;
  std::atomic<bool> closed_ = false;
  std::atomic<bool> disabled_ = false;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::condition_variable idle_;
  std::uint64_t asked_ = 0;  // counts notifications
  std::uint64_t seen_ = 0;   // those before the last check
  std::uint64_t done_ = 0;   // those before the queue was last empty
  bool ended_ = false;

  std::jthread thread_;  // last: it uses all of the above
};

Delivery::Delivery(const StoreAddress &address, Committer &committer,
                   std::vector<std::unique_ptr<Sink>> sinks, DeliveryOptions options) {
  std::vector<std::string> names;
  for (const auto &sink : sinks) names.push_back(sink->name());
  std::set<std::string> distinct(names.begin(), names.end());
  if (distinct.size() != names.size()) throw SinkError("The same destination was given twice.");
  open_store(address)->set_sinks(names);
  for (auto &sink : sinks) {
    runners_.push_back(
        std::make_unique<Runner>(open_store(address), committer, std::move(sink), options));
  }
}

Delivery::~Delivery() {
  stop();
}

void Delivery::notify() {
  for (const auto &runner : runners_) runner->notify();
}

void Delivery::stop() {
  for (const auto &runner : runners_) runner->stop();
}

bool Delivery::drain(milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  return std::all_of(runners_.begin(), runners_.end(),
                     [&](const auto &runner) { return runner->wait_idle(deadline); });
}

bool Delivery::all_delivered() const {
  return std::ranges::all_of(status(), [](const SinkStatus &sink) {
    return sink.depth == 0 && sink.dead == 0 && !sink.disabled;
  });
}

std::vector<SinkStatus> Delivery::status() const {
  std::vector<SinkStatus> all;
  for (const auto &runner : runners_) all.push_back(runner->status());
  return all;
}

}  // namespace host
