// Polls the triggers of one worker's accounts: takes what is due from the schedule, drives the
// plugin's operation, and hands events with their cursor to the committer. An idle poll writes
// nothing.
//
// For the loop's own thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "plugins/drive.hpp"
#include "plugins/plugin.hpp"
#include "polling/counters.hpp"
#include "polling/schedule.hpp"
#include "store/committer.hpp"
#include "store/store.hpp"
#include "worker/loop.hpp"

namespace host {

struct PollOptions {
  // Instead of every trigger's own interval, for demonstrations and tests; 0: its own.
  std::chrono::milliseconds interval_override{0};
  std::uint32_t max_requests = 100;  // of one operation; a poll that needs more goes on in another
  std::uint32_t max_events = 500;    // of one batch
  std::uint64_t flood = 100;         // more new events in one poll wait for a person
  std::chrono::seconds time_budget{60};            // of one poll, all its operations together
  std::size_t in_flight = 256;                     // polls of this worker at once
  bool once = false;                               // poll each trigger once, now, then stop
  bool report_idle = false;                        // also what found nothing
  std::function<std::int64_t()> now_unix_ms = {};  // empty: the system clock; tests bring another
};

struct PollReport {
  const TriggerRecord &trigger;
  const OperationOutcome &outcome;  // of its last operation
  std::uint64_t events = 0;
  std::uint64_t held = 0;
  std::uint32_t requests = 0;
  std::chrono::milliseconds took{0};
  bool baseline = false;
  bool idle = false;   // it found nothing, and there is nothing to say
  TriggerState state;  // after it
};

class Poller {
 public:
  struct Parts {
    Loop &loop;
    Store &store;  // this thread's own
    Committer &committer;
    // The loaded plugin by id. Throws PluginRefused.
    std::function<std::shared_ptr<const Plugin>(std::string_view)> plugin;
    // Where a connection's steps go; `commit` answers its EVENTS.
    using Commit = std::function<Task<bool>(const EventsStep &)>;
    // `others`: further triggers read this account, and may want the same answers.
    std::function<std::unique_ptr<StepHandler>(const TriggerRecord &, const Plugin &, bool others,
                                               Commit commit)>
        steps;
    std::function<void(const PollReport &)> report;        // after each poll; see report_idle
    std::function<void(const StoreError &)> store_failed;  // polling rests until it can write again
    std::function<void()> events_stored;                   // wakes the delivery
    PollCounters &counters;
  };

  Poller(Parts parts, PollOptions options);
  ~Poller();
  Poller(const Poller &) = delete;
  Poller &operator=(const Poller &) = delete;

  // Brings the schedule in line with the database: new triggers are polled at once, known ones keep
  // their turn, and what is gone is forgotten. `mine` picks this worker's accounts.
  void reload(const std::function<bool(std::uint64_t account)> &mine);

  // Polls for ever; with `once`, until every trigger was polled and finished.
  Task<void> run();

  // When these triggers are polled next, in Unix milliseconds; those that are not planned are left
  // out. `at_ms` of a Due is that time. Looks through the whole schedule.
  std::vector<Schedule::Due> next_polls(std::vector<std::int64_t> rows) const;

  std::size_t scheduled() const noexcept { return schedule_.size(); }
  std::size_t schedule_bytes() const noexcept { return schedule_.bytes(); }

 private:
  struct Poll;

  std::int64_t now_ms() const;
  std::int64_t unix_now() const;
  void start_due();
  bool load(Poll &poll);
  Task<void> poll(std::unique_ptr<Poll> poll);
  void finish(std::unique_ptr<Poll> poll);
  Task<void> fill_room();
  void rest(std::int64_t row, const StoreError &error);
  Task<void> poll_trigger(Poll &poll);
  Task<bool> commit(Poll &poll, PollCommit commit);
  void fail(Poll &poll, const OperationOutcome &outcome);
  std::chrono::milliseconds interval_of(const TriggerRecord &trigger) const;
  // On the grid of its account, in the schedule's milliseconds.
  std::int64_t next_start(const TriggerRecord &trigger, std::int64_t after_ms) const;
  bool shares_account(std::int64_t row) const;

  Parts parts_;
  PollOptions options_;
  Clock::time_point epoch_;
  Schedule schedule_;
  std::vector<bool> shares_account_;                        // by row
  std::unordered_map<std::int64_t, const Poll *> running_;  // by row
  std::vector<std::unique_ptr<Poll>> idle_;      // finished polls whose buffers are used again
  std::vector<std::unique_ptr<Poll>> starting_;  // empty but inside start_due
  bool room_ = false;                            // a fill_room is on its way
  std::mt19937_64 random_;
  Clock::time_point resting_until_{};
  bool loaded_ = false;
};

}  // namespace host
