#include "polling/poller.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <utility>

#include "base/clock.hpp"
#include "polling/backoff.hpp"
#include "worker/latch.hpp"

namespace host {

namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

constexpr std::chrono::seconds between_request_counts{5};  // when they are stored by themselves

bool pollable(TriggerState state) noexcept {
  return state == TriggerState::initialising || state == TriggerState::active ||
         state == TriggerState::failing;
}

// No event was found, and there is nothing to report.
bool idle(const PollReport &report) noexcept {
  return report.outcome.ok() && report.events == 0 && !report.baseline &&
         report.outcome.output.empty() && report.trigger.failures == 0 &&
         report.refused_ended.empty();
}

}  // namespace

struct Poller::Poll {
  std::int64_t due_ms = 0;
  TriggerRecord trigger;
  std::string id;
  std::int64_t dedupe_version = 1;
  std::uint64_t events = 0;
  std::uint64_t held = 0;
  std::uint32_t requests = 0;
  bool initialising = false;
  bool stale = false;
  std::optional<RequestUse> use;  // once its requests are counted

  void begin(const Schedule::Due &due) {
    due_ms = due.at_ms;
    trigger.row = due.row;
    id.clear();
    events = held = 0;
    requests = 0;
    stale = false;
    use.reset();
  }
};

Poller::Poller(Parts parts, PollOptions options)
    : parts_(std::move(parts)),
      options_(std::move(options)),
      epoch_(parts_.loop.now()),
      random_(std::random_device{}()),
      uses_([this](std::int64_t row) { return parts_.store.requests(row); }) {}

Poller::~Poller() = default;

std::int64_t Poller::now_ms() const {
  return duration_cast<milliseconds>(parts_.loop.now() - epoch_).count();
}

std::int64_t Poller::unix_now() const {
  return options_.now_unix_ms ? options_.now_unix_ms() : unix_ms_now();
}

milliseconds Poller::interval_of(const TriggerRecord &trigger) const {
  return options_.interval_override.count() > 0 ? options_.interval_override
                                                : milliseconds{trigger.interval_ms};
}

std::int64_t Poller::next_start(const TriggerRecord &trigger, std::int64_t after_ms) const {
  const std::int64_t interval = interval_of(trigger).count();
  return next_start_ms(phase_ms(account_of(trigger.connection_id), interval), interval, after_ms);
}

void Poller::reload(const std::function<bool(std::uint64_t account)> &mine) {
  const std::int64_t now = now_ms();
  const std::int64_t wall = unix_now();
  std::vector<bool> present;
  // Half of the account's hash, with the row: if two accounts collide, both count as shared, which
  // only costs memory.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> accounts;
  accounts.reserve(schedule_.rows());
  parts_.store.for_each_schedule([&](const TriggerSchedule &trigger) {
    if (!mine(trigger.account)) return;
    const auto index = static_cast<std::size_t>(trigger.row);
    if (index >= present.size()) present.resize(index + 1 + index / 8);
    present[index] = true;
    accounts.emplace_back(static_cast<std::uint32_t>(trigger.account),
                          static_cast<std::uint32_t>(index));
    if (schedule_.contains(trigger.row) || running_.contains(trigger.row)) return;
    const std::int64_t interval = options_.interval_override.count() > 0
                                      ? options_.interval_override.count()
                                      : trigger.interval_ms;
    // A new trigger is polled at once, so that its baseline does not take five minutes. After a
    // restart each trigger keeps its place in the interval, so that they are not all polled
    // together.
    const bool at_once = loaded_ || options_.once || trigger.initialising;
    const std::int64_t phase = at_once ? 0 : phase_ms(trigger.account, interval);
    // `once` means now, even after a failed poll. No wait is longer than longest_wait, even if the
    // wall clock was changed meanwhile.
    const std::int64_t wait =
        options_.once ? 0 : std::min<std::int64_t>(trigger.retry_at - wall, longest_wait.count());
    schedule_.set(trigger.row, now + std::max(phase, wait));
  });
  refused_.clear();
  for (Store::RefusedParts &parts : parts_.store.refused_parts())
    refused_.insert_or_assign(parts.row, std::move(parts.refused));
  for (std::size_t row = 0; loaded_ && row < schedule_.rows(); ++row) {
    if (row >= present.size() || !present[row]) schedule_.remove(static_cast<std::int64_t>(row));
  }
  uses_.keep_only([this](std::int64_t row) { return schedule_.contains(row); });
  loaded_ = true;

  std::ranges::sort(accounts);
  shares_account_.assign(present.size(), false);
  for (std::size_t i = 1; i < accounts.size(); ++i) {
    if (accounts[i - 1].first != accounts[i].first) continue;
    shares_account_[accounts[i - 1].second] = shares_account_[accounts[i].second] = true;
  }
}

bool Poller::shares_account(std::int64_t row) const {
  const auto index = static_cast<std::size_t>(row);
  return index < shares_account_.size() && shares_account_[index];
}

Task<void> Poller::run() {
  for (;;) {
    start_due();
    if (uses_.changed() && parts_.loop.now() - uses_stored_at_ >= between_request_counts)
      store_requests();
    if (options_.once && schedule_.size() == 0 && running_.empty()) co_return;
    // At most a second, so that reload() need not wake this task.
    Clock::time_point until = parts_.loop.now() + std::chrono::seconds{1};
    if (const auto next = schedule_.next_at(); next && running_.size() < options_.in_flight) {
      until = std::min(until, epoch_ + milliseconds{*next});
    }
    if (resting_until_ > parts_.loop.now()) until = std::max(until, resting_until_);
    if (options_.once) until = std::min(until, parts_.loop.now() + milliseconds{5});
    co_await parts_.loop.sleep_until(until);
  }
}

// Takes the due triggers for which there is room, and reads all their rows before it begins the
// first poll: consecutive reads take half the time of reads between polls.
void Poller::start_due() {
  if (resting_until_ > parts_.loop.now()) return;
  const std::int64_t now = now_ms();
  while (running_.size() < options_.in_flight) {
    const auto due = schedule_.pop(now);
    if (!due) break;
    if (const auto before = running_.find(due->row); before != running_.end()) {
      // The previous poll is still running: skip this one; the next one comes at its time.
      ++parts_.counters.skipped;
      schedule_.set(due->row, next_start(before->second->trigger, now));
      continue;
    }
    if (idle_.empty()) idle_.push_back(std::make_unique<Poll>());
    starting_.push_back(std::move(idle_.back()));
    idle_.pop_back();
    starting_.back()->begin(*due);
    running_.emplace(due->row, starting_.back().get());
  }
  for (std::unique_ptr<Poll> &poll : starting_) {
    if (load(*poll)) {
      parts_.loop.spawn(this->poll(std::move(poll)));
    } else {
      finish(std::move(poll));
    }
  }
  starting_.clear();
}

// False if there is nothing to poll, or the database cannot be read.
bool Poller::load(Poll &poll) {
  try {
    if (!parts_.store.load_trigger(poll.trigger.row, poll.trigger)) return false;
  } catch (const StoreError &error) {
    rest(poll.trigger.row, error);
    return false;
  }
  if (!pollable(poll.trigger.state)) return false;
  if (!options_.once) {
    schedule_.set(poll.trigger.row, next_start(poll.trigger, std::max(poll.due_ms, now_ms())));
  }
  return true;
}

Task<void> Poller::poll(std::unique_ptr<Poll> poll) {
  std::optional<StoreError> store_error;
  try {
    co_await poll_trigger(*poll);
  } catch (const StoreError &error) {
    store_error = error;
  }
  if (store_error) rest(poll->trigger.row, *store_error);
  finish(std::move(poll));
  // Once for all polls that end in this turn.
  if (!std::exchange(room_, true)) parts_.loop.spawn(fill_room());
}

void Poller::finish(std::unique_ptr<Poll> poll) {
  running_.erase(poll->trigger.row);
  idle_.push_back(std::move(poll));
}

Task<void> Poller::fill_room() {
  room_ = false;
  start_due();
  co_return;
}

// While events cannot be stored, polling would only use up the account's requests.
void Poller::rest(std::int64_t row, const StoreError &error) {
  resting_until_ = parts_.loop.now() + std::chrono::seconds{5};
  parts_.store_failed(error);
  if (!schedule_.contains(row) && !options_.once) schedule_.set(row, now_ms() + 5000);
}

Task<void> Poller::poll_trigger(Poll &poll) {
  const auto started = parts_.loop.now();
  TriggerRecord &trigger = poll.trigger;
  const bool initialising = trigger.state == TriggerState::initialising;
  poll.initialising = initialising;

  std::shared_ptr<const Plugin> plugin;
  OperationOutcome outcome;
  try {
    plugin = parts_.plugin(trigger.plugin);
  } catch (const PluginRefused &refused) {
    outcome.error.message = refused.what();
  }
  if (plugin) {
    const boost::json::object *definition = plugin->manifest().find_trigger(trigger.trigger);
    if (definition == nullptr) {
      outcome.error.message = "The connector no longer has the trigger " + trigger.trigger + ".";
      outcome.error.advice =
          "Remove this trigger, or install the previous version of the connector.";
    } else {
      if (const auto *dedupe = definition->if_contains("dedupe")) {
        poll.dedupe_version = dedupe->as_object().at("version").to_number<std::int64_t>();
      }
      OperationStart start;
      start.kind = OperationKind::poll;
      start.id = trigger.trigger;
      start.mode = !initialising                     ? PollMode::normal
                   : trigger.start == StartMode::now ? PollMode::baseline
                                                     : PollMode::backfill;
      start.backfill_count = trigger.start == StartMode::all ? UINT64_MAX : trigger.start_count;
      start.max_requests = options_.max_requests;
      start.max_events = options_.max_events;

      auto steps = parts_.steps(
          trigger, *plugin, shares_account(trigger.row), [this, &poll](const EventsStep &step) {
            PollCommit commit;
            commit.events.reserve(step.events.size());
            for (const EventView &event : step.events) {
              commit.events.push_back(
                  {std::string(event.key), std::string(event.subject), std::string(event.data)});
            }
            commit.cursor.assign(step.cursor.begin(), step.cursor.end());
            // Items that a user requested with `--start` are not a flood.
            poll.events += step.events.size();
            commit.hold = !poll.initialising && poll.events > options_.flood;
            if (commit.hold) poll.held += step.events.size();
            return this->commit(poll, std::move(commit));
          });

      for (;;) {
        start.input = trigger.input;
        start.cursor = trigger.cursor;
        outcome = co_await drive(plugin, start, *steps);
        poll.requests += outcome.requests;
        if (co_await steps->renewed(outcome)) continue;  // from the currently stored cursor
        if (outcome.kind != OperationOutcome::Kind::done) break;
        const bool baseline_done = initialising && !outcome.more;
        // The next poll continues: no trigger may delay the others.
        const bool ends = !outcome.more || parts_.loop.now() - started > options_.time_budget;
        if (ends) count_requests(poll, true);
        if (outcome.cursor || baseline_done) {
          PollCommit commit;
          commit.cursor = outcome.cursor ? std::move(*outcome.cursor) : trigger.cursor;
          commit.baseline_done = baseline_done;
          if (!co_await this->commit(poll, std::move(commit))) break;
        }
        if (ends) break;
      }
    }
  }

  parts_.counters.requests += poll.requests;
  parts_.counters.events += poll.events;
  parts_.counters.held += poll.held;
  TriggerState state = initialising && !outcome.more ? TriggerState::active : trigger.state;
  if (poll.stale || outcome.kind == OperationOutcome::Kind::abandoned) {
    ++parts_.counters.stale;
    co_return;
  }
  if (!poll.use) count_requests(poll, false);
  if (outcome.kind == OperationOutcome::Kind::failed) {
    ++parts_.counters.failed;
    fail(poll, outcome);
    state = trigger.state;
  } else {
    ++parts_.counters.succeeded;
    if (trigger.failures > 0) {
      parts_.committer.write([row = trigger.row](Store &store) { store.clear_failure(row); });
      if (state == TriggerState::failing) state = TriggerState::active;
    }
    // An unfinished baseline continues soon, not after five minutes.
    if (outcome.more && !options_.once) schedule_.set(trigger.row, now_ms() + 1000);
  }
  PollReport report{.trigger = trigger,
                    .outcome = outcome,
                    .events = poll.events,
                    .held = poll.held,
                    .requests = poll.requests,
                    .use = *poll.use,
                    .took = duration_cast<milliseconds>(parts_.loop.now() - started),
                    .baseline = initialising,
                    .state = state};
  if (outcome.ok()) {
    RefusedChange change = note_refused(trigger, outcome.output);
    report.refused_begun = std::move(change.begun);
    report.refused_lasting = std::move(change.lasting);
    report.refused_ended = std::move(change.ended);
  }
  report.idle = idle(report);
  if (!report.idle || options_.report_idle) parts_.report(report);
}

std::vector<Schedule::Due> Poller::next_polls(std::vector<std::int64_t> rows) const {
  std::ranges::sort(rows);
  std::vector<Schedule::Due> found = schedule_.times_of(rows);
  const std::int64_t to_unix = unix_now() - now_ms();
  for (Schedule::Due &due : found) due.at_ms += to_unix;
  return found;
}

Task<bool> Poller::commit(Poll &poll, PollCommit commit) {
  if (poll.id.empty()) {
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "poll_%016llx",
                  static_cast<unsigned long long>(random_()));
    poll.id = text.data();
  }
  commit.trigger_row = poll.trigger.row;
  commit.config_hash = poll.trigger.config_hash;
  commit.cursor_version = poll.trigger.cursor_version;
  commit.dedupe_version = poll.dedupe_version;
  commit.poll_id = poll.id;
  commit.now = unix_now();
  commit.requests = uses_.take_changed();
  const std::vector<TriggerRequests> counted = commit.requests;
  const bool events = !commit.events.empty();
  Bytes cursor = commit.cursor;

  // Shared with the committer's thread, which may answer after this task was destroyed.
  struct Stored {
    explicit Stored(Loop &loop) : stored(loop) {}
    Latch stored;
    CommitResult result = CommitResult::stale;
    std::optional<StoreError> error;
  };
  auto answer = std::make_shared<Stored>(parts_.loop);
  Loop &loop = parts_.loop;
  parts_.committer.commit(std::move(commit),
                          [answer, &loop](CommitResult result, const StoreError *error) {
                            std::optional<StoreError> copy;
                            if (error != nullptr) copy = *error;
                            loop.post([answer, result, copy = std::move(copy)] {
                              answer->result = result;
                              answer->error = copy;
                              answer->stored.set();
                            });
                          });
  co_await answer->stored.wait();
  if (answer->error) {
    uses_.put_back(counted);
    throw StoreError(*answer->error);
  }
  if (answer->result == CommitResult::stale) {
    poll.stale = true;
    co_return false;
  }
  poll.trigger.cursor = std::move(cursor);
  ++poll.trigger.cursor_version;
  if (events) parts_.events_stored();
  co_return true;
}

// Writes only what has changed: a list that stays refused costs the database nothing.
RefusedChange Poller::note_refused(const TriggerRecord &trigger, std::string_view output) {
  const auto known = refused_.find(trigger.row);
  if (known == refused_.end() && output.find("\"refused\"") == std::string_view::npos) return {};
  const std::string before = known == refused_.end() ? std::string() : known->second;
  RefusedChange change = compare_refused(before, output, unix_now());
  std::string stored = stored_form(change.now);
  if (stored == before) return change;
  if (stored.empty()) {
    refused_.erase(trigger.row);
  } else {
    refused_.insert_or_assign(trigger.row, stored);
  }
  parts_.committer.write([row = trigger.row, stored = std::move(stored)](Store &store) {
    store.set_refused(row, stored);
  });
  return change;
}

void Poller::count_requests(Poll &poll, bool ok) {
  const std::int64_t row = poll.trigger.row;
  if (poll.initialising)
    poll.use = uses_.add_baseline(row, poll.requests);
  else if (ok)
    poll.use = uses_.add(row, {.requests = poll.requests, .found = poll.events > 0});
  else
    poll.use = uses_.add_failed(row, poll.requests);
}

void Poller::store_requests() {
  if (!uses_.changed()) return;
  uses_stored_at_ = parts_.loop.now();
  parts_.committer.write(
      [counted = uses_.take_changed()](Store &store) { store.set_requests(counted); });
}

void Poller::fail(Poll &poll, const OperationOutcome &outcome) {
  TriggerRecord &trigger = poll.trigger;
  const std::int64_t now = unix_now();
  const std::int64_t failures = trigger.failures + 1;
  const std::int64_t since = trigger.failing_since == 0 ? now : trigger.failing_since;
  const double random = std::uniform_real_distribution<>{0.0, 1.0}(random_);
  const FailureVerdict verdict =
      judge_failure(outcome.error.error_class, failures, milliseconds{now - since},
                    interval_of(trigger), outcome.error.retry_after, random, trigger.state);
  trigger.state = verdict.state;
  parts_.committer.write([row = trigger.row, failures, since, retry_at = now + verdict.wait.count(),
                          state = verdict.state, error = outcome.error.to_json()](Store &store) {
    store.record_failure(row, failures, since, retry_at, state, error);
  });
  trigger.failures = failures;
  if (pollable(verdict.state)) {
    if (!options_.once) schedule_.set(trigger.row, now_ms() + verdict.wait.count());
  } else {
    schedule_.remove(trigger.row);
  }
}

}  // namespace host
