// A poller in virtual time: a plugin that does what its answers say, a service that gives them, and
// a real store.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../store/fixture.hpp"
#include "http/transport.hpp"
#include "polling/poller.hpp"
#include "puppet_folder.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "worker/latch.hpp"

namespace host::test {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// Two clocks that only move when told.
struct VirtualTime {
  static constexpr Clock::time_point begin{hours{1000}};
  Clock::time_point steady = begin;
  std::int64_t unix_ms = 1'700'000'000'000;

  void pass(Clock::duration span) {
    steady += span;
    unix_ms += std::chrono::duration_cast<milliseconds>(span).count();
  }
  milliseconds since_begin() const {
    return std::chrono::duration_cast<milliseconds>(steady - begin);
  }
};

// The accounts of all triggers: answers requests from a script, and remembers them.
class Service {
 public:
  Service(Loop &loop, const VirtualTime &time) : loop_(loop), time_(time) {}

  struct Asked {
    std::string trigger;  // whose poll asked: "trg_1"
    std::string url;      // without its host
    milliseconds at;      // since the test began
  };
  struct Answer {
    int status;
    std::string commands;  // see puppet.c
  };

  std::vector<Asked> asked;
  std::string usual = "done";  // when the script has nothing for a trigger
  bool renews = false;         // whether new credentials can be had
  int renewals = 0;
  std::set<std::string> alone;  // triggers that nobody shares the account with

  void say(const std::string &trigger, std::string commands) {
    script_[trigger].push_back({200, std::move(commands)});
  }
  void refuse(const std::string &trigger, int status) { script_[trigger].push_back({status, {}}); }
  // Answers to this trigger wait until `let_go`.
  void hold(const std::string &trigger) { gates_[trigger] = std::make_shared<Latch>(loop_); }
  void let_go(const std::string &trigger) {
    gates_.at(trigger)->set();
    gates_.erase(trigger);
  }

  Task<HttpOutcome> answer(std::string trigger, std::string url) {
    asked.push_back({trigger, std::move(url), time_.since_begin()});
    if (const auto gate = gates_.find(trigger); gate != gates_.end()) {
      const auto latch = gate->second;
      co_await latch->wait();
    }
    Answer answer{200, usual};
    if (std::deque<Answer> &lines = script_[trigger]; !lines.empty()) {
      answer = std::move(lines.front());
      lines.pop_front();
    }
    HttpOutcome outcome;
    outcome.responded = true;
    outcome.response.status = answer.status;
    outcome.response.body = std::move(answer.commands);
    co_return outcome;
  }

  std::vector<milliseconds> times(std::string_view trigger) const {
    std::vector<milliseconds> out;
    for (const Asked &one : asked)
      if (one.trigger == trigger) out.push_back(one.at);
    return out;
  }

 private:
  Loop &loop_;
  const VirtualTime &time_;
  std::map<std::string, std::deque<Answer>> script_;
  std::map<std::string, std::shared_ptr<Latch>> gates_;
};

class ServiceSteps : public StepHandler {
 public:
  ServiceSteps(Loop &loop, Service &service, const VirtualTime &time, std::string trigger,
               Poller::Parts::Commit commit)
      : loop_(loop),
        service_(service),
        time_(time),
        trigger_(std::move(trigger)),
        commit_(std::move(commit)) {}

  Task<HttpOutcome> send(const SendStep &step) override {
    constexpr std::string_view host = "https://api.sendpulse.com/";
    co_return co_await service_.answer(trigger_, std::string(step.url.substr(host.size())));
  }
  Task<void> wait(milliseconds span) override { co_await loop_.sleep_for(span); }
  Task<bool> store(const EventsStep &step) override { co_return co_await commit_(step); }
  std::int64_t now_unix_ms() const override { return time_.unix_ms; }
  Task<bool> renewed(OperationOutcome &outcome) override {
    const bool refused = outcome.kind == OperationOutcome::Kind::failed &&
                         outcome.error.error_class == ErrorClass::auth_expired;
    if (!refused || !service_.renews || std::exchange(renewed_, true)) co_return false;
    ++service_.renewals;
    co_return true;
  }

 private:
  Loop &loop_;
  Service &service_;
  const VirtualTime &time_;
  std::string trigger_;
  Poller::Parts::Commit commit_;
  bool renewed_ = false;
};

class PollerTest : public testing::Test {
 protected:
  struct Reported {
    std::string trigger;
    bool ok;
    ErrorClass error;
    std::string advice;
    std::uint64_t events;
    std::uint64_t held;
    bool baseline;
    TriggerState state;
  };

  static constexpr milliseconds interval{300'000};

  PollerTest() { store.add(a_connection_of("con_1")); }

  static ConnectionRecord a_connection_of(std::string id) {
    ConnectionRecord connection = a_connection(std::move(id));
    connection.plugin = "puppet";
    return connection;
  }

  // A trigger that has no baseline yet.
  std::int64_t add(const std::string &id, StartMode start = StartMode::now, std::uint64_t count = 0,
                   const std::string &connection = "con_1") {
    TriggerRecord trigger = a_trigger(id, connection);
    trigger.trigger = "thing.created";
    trigger.start = start;
    trigger.start_count = count;
    return store.add(trigger);
  }
  // One whose baseline was made in an earlier run: the cursor is "c0".
  std::int64_t add_known(const std::string &id, const std::string &connection = "con_1") {
    const std::int64_t row = add(id, StartMode::now, 0, connection);
    PollCommit baseline;
    baseline.trigger_row = row;
    baseline.config_hash = "hash";
    baseline.cursor = {'c', '0'};
    baseline.baseline_done = true;
    EXPECT_EQ(store.commit(baseline), CommitResult::stored);
    return row;
  }

  // As after a start of the host: reads the database, and polls.
  void start(PollOptions options = {}) {
    loop.destroy_tasks();
    options.now_unix_ms = [this] { return time.unix_ms; };
    poller = std::make_unique<Poller>(parts(), options);
    poller->reload([this](std::uint64_t account) { return account != others_account; });
    loop.spawn(poller->run());
    run_until_quiet();
  }
  void reload() {
    poller->reload([this](std::uint64_t account) { return account != others_account; });
    // As the host does: `run` looks at the schedule within a second.
    pass(seconds{1});
  }

  // Time goes by, from one moment at which somebody wakes to the next.
  void pass(Clock::duration span) {
    const auto until = time.steady + span;
    run_until_quiet();
    for (;;) {
      const auto next = loop.next_wake();
      if (!next || *next > until) break;
      time.pass(std::max(*next - time.steady, Clock::duration{0}));
      run_until_quiet();
    }
    time.pass(until - time.steady);
    run_until_quiet();
  }

  // All that happens without time going by, on the store's thread too.
  void run_until_quiet() {
    for (int quiet = 0; quiet < 2;) {
      const auto before = activity();
      loop.run_until_complete(flushed());
      quiet = activity() == before ? quiet + 1 : 0;
    }
  }
  // The same of the loop alone.
  void turn() { loop.run_until_complete(yields()); }

  // As another program would.
  void in_database(const char *sql) {
    sqlite3 *database = nullptr;
    ASSERT_EQ(sqlite3_open(folder.database().c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
  }

  const std::string &url(std::size_t at) const { return service.asked.at(at).url; }
  TriggerRecord record(const std::string &id) {
    return store.trigger(id).value_or(TriggerRecord());
  }
  std::string cursor(const std::string &id) {
    TriggerRecord loaded;
    store.load_trigger(record(id).row, loaded);
    return {loaded.cursor.begin(), loaded.cursor.end()};
  }
  std::vector<std::string> keys(std::optional<EventState> state = {}) {
    Store::EventFilter filter;
    filter.state = state;
    filter.limit = 2000;
    std::vector<std::string> out;
    for (const EventRecord &event : store.events(filter)) out.push_back(event.key);
    return out;
  }
  milliseconds phase(const std::string &connection = "con_1") const {
    return milliseconds{phase_ms(account_of(connection), interval.count())};
  }

  Folder folder;
  SqliteStore store{folder.path()};  // the test's own
  SqliteStore polled{folder.path()};
  VirtualTime time;
  Transport transport{{}};
  Loop loop{transport, [this] { return time.steady; }};
  Service service{loop, time};
  PuppetFolder puppet;
  std::shared_ptr<const Plugin> plugin = Plugin::load(puppet.found()->find("puppet"));
  std::optional<PluginProblem> plugin_refused;
  std::uint64_t others_account = UINT64_MAX;
  PollCounters counters;
  std::vector<Reported> reported;
  std::vector<StoreError::Kind> store_errors;
  int events_stored = 0;
  Committer committer{folder.path(), [](const StoreError &) {}};
  std::unique_ptr<Poller> poller;

 private:
  Poller::Parts parts() {
    return {.loop = loop,
            .store = polled,
            .committer = committer,
            .plugin =
                [this](std::string_view) {
                  if (plugin_refused) throw PluginRefused(*plugin_refused);
                  return plugin;
                },
            .steps =
                [this](const TriggerRecord &trigger, const Plugin &, bool others,
                       Poller::Parts::Commit commit) {
                  if (!others) service.alone.insert(trigger.id);
                  return std::make_unique<ServiceSteps>(loop, service, time, trigger.id,
                                                        std::move(commit));
                },
            .report =
                [this](const PollReport &report) {
                  const OperationError &error = report.outcome.error;
                  reported.push_back({report.trigger.id, report.outcome.ok(), error.error_class,
                                      error.advice, report.events, report.held, report.baseline,
                                      report.state});
                },
            .store_failed = [this](const StoreError &error) { store_errors.push_back(error.kind); },
            .events_stored = [this] { ++events_stored; },
            .counters = counters};
  }

  std::vector<std::int64_t> activity() {
    const auto size = [](const auto &list) { return static_cast<std::int64_t>(list.size()); };
    return {size(service.asked), size(reported), size(store_errors), store.data_version()};
  }

  Task<void> yields() {
    for (int turns = 0; turns < 3; ++turns) co_await loop.yield();
  }
  Task<void> flushed() {
    co_await yields();
    const auto written = std::make_shared<Latch>(loop);
    committer.write(
        [](Store &) {},
        [this, written](const StoreError *) { loop.post([written] { written->set(); }); });
    co_await written->wait();
  }
};

}  // namespace host::test
