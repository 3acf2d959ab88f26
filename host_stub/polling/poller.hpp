// Polls the triggers of one worker's accounts: takes due triggers from the schedule, drives the
// plugin's operation, and passes events with their cursor to the committer. An idle poll writes
// nothing, unless it made other requests than usual (request_uses.hpp).
//
// For the loop's own thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "plugins/drive.hpp"
#include "plugins/plugin.hpp"
#include "polling/counters.hpp"
#include "polling/refused_parts.hpp"
#include "polling/request_uses.hpp"
#include "polling/schedule.hpp"
#include "store/committer.hpp"
#include "store/store.hpp"
#include "worker/loop.hpp"

namespace host {

struct PollOptions {
  // Replaces every trigger's own interval, for demonstrations and tests; 0: off.
  std::chrono::milliseconds interval_override{0};
  std::uint32_t max_requests = 100;      // of one operation; a longer poll continues in another
  std::uint32_t max_events = 500;        // of one batch
  std::uint64_t flood = 100;             // if a poll finds more new events, they are put on hold
  std::chrono::seconds time_budget{60};  // of one poll with all its operations
  std::size_t in_flight = 256;           // concurrent polls of this worker
  bool once = false;                     // poll each trigger once, now, then stop
  bool report_idle = false;              // also report polls without events
  std::function<std::int64_t()> now_unix_ms = {};  // empty: the system clock; for tests
};

struct PollReport {
  const TriggerRecord &trigger;
  const OperationOutcome &outcome;  // of its last operation
  std::uint64_t events = 0;
  std::uint64_t held = 0;
  std::uint32_t requests = 0;
  RequestUse use{};  // of this poll and those before it
  std::chrono::milliseconds took{0};
  bool baseline = false;
  bool idle = false;                           // it found no event, and has nothing to report
  TriggerState state;                          // after the poll
  std::vector<RefusedPart> refused_begun{};    // parts that could be read before
  std::vector<RefusedPart> refused_lasting{};  // parts that could not be read before either
  std::vector<RefusedPart> refused_ended{};    // parts that can be read again
};

class Poller {
 public:
  struct Parts {
    Loop &loop;
    Store &store;  // this thread's own
    Committer &committer;
    // The loaded plugin by id. Throws PluginRefused.
    std::function<std::shared_ptr<const Plugin>(std::string_view)> plugin;
    // Performs a connection's steps; `commit` answers its EVENTS.
    using Commit = std::function<Task<bool>(const EventsStep &)>;
    // `others`: other triggers poll this account and may need the same answers.
    std::function<std::unique_ptr<StepHandler>(const TriggerRecord &, const Plugin &, bool others,
                                               Commit commit)>
        steps;
    std::function<void(const PollReport &)> report;        // after each poll; see report_idle
    std::function<void(const StoreError &)> store_failed;  // polling pauses until writes succeed
    std::function<void()> events_stored;                   // wakes the delivery
    PollCounters &counters;
  };

  Poller(Parts parts, PollOptions options);
  ~Poller();
  Poller(const Poller &) = delete;
  Poller &operator=(const Poller &) = delete;

  // Updates the schedule from the database: new triggers are polled at once, known ones keep their
  // time, and removed ones are dropped. `mine` selects this worker's accounts.
  void reload(const std::function<bool(std::uint64_t account)> &mine);

  // Polls until stopped; with `once`, until every trigger was polled.
  Task<void> run();

  // When these triggers are polled next: `at_ms` of a Due, in Unix milliseconds. Triggers that are
  // not scheduled are left out. Scans the whole schedule.
  std::vector<Schedule::Due> next_polls(std::vector<std::int64_t> rows) const;

  // Passes the request counts that are not stored yet to the committer. `run` does it every few
  // seconds; call it once more after the loop has ended.
  void store_requests();

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
  void count_requests(Poll &poll, bool ok);
  void fail(Poll &poll, const OperationOutcome &outcome);
  RefusedChange note_refused(const TriggerRecord &trigger, std::string_view output);
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
  std::vector<std::unique_ptr<Poll>> idle_;      // finished polls whose buffers are reused
  std::vector<std::unique_ptr<Poll>> starting_;  // empty except inside start_due
  bool room_ = false;                            // a fill_room is pending
  std::mt19937_64 random_;
  Clock::time_point resting_until_{};
  bool loaded_ = false;
  std::unordered_map<std::int64_t, std::string> refused_;  // by row: the stored form, if any
  RequestUses uses_;
  Clock::time_point uses_stored_at_{};
};

}  // namespace host
