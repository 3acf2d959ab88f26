// The whole of a running host but its commands: real workers, store and delivery, a plugin that
// does what its answers say, and a service on loopback.
#include "run/engine.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "../plugins/plugin_folder.hpp"
#include "../store/fixture.hpp"
#include "auth/connection_secrets.hpp"
#include "puppet_folder.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "test_server.hpp"

namespace host::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// What a sink does, and what it got; shared with the test.
struct Destination {
  std::mutex mutex;
  std::vector<std::string> ids;
  SinkVerdict verdict = SinkVerdict::accepted;

  std::size_t count() {
    const std::scoped_lock lock(mutex);
    return ids.size();
  }
};

class DestinationSink : public Sink {
 public:
  explicit DestinationSink(Destination &to) : to_(to) {}
  const std::string &name() const override { return name_; }
  std::size_t batch() const override { return 10; }
  SinkOutcome deliver(std::span<const Outgoing> events, const std::stop_token &) override {
    const std::scoped_lock lock(to_.mutex);
    SinkOutcome outcome;
    outcome.verdict = to_.verdict;
    if (to_.verdict != SinkVerdict::accepted) return outcome;
    for (const Outgoing &event : events) to_.ids.push_back(event.id);
    outcome.accepted = events.size();
    return outcome;
  }

 private:
  Destination &to_;
  std::string name_ = "destination";
};

struct Observed : EngineObserver {
  void polled(const PollReport &report) override {
    const std::scoped_lock lock(mutex);
    polls.push_back(report.trigger.id);
    if (throws) throw std::runtime_error("the observer is broken");
  }
  void plugin_hangs(const Hang &hang) override {
    const std::scoped_lock lock(mutex);
    hangs.push_back(hang.sentence());
  }
  std::size_t hang_count() {
    const std::scoped_lock lock(mutex);
    return hangs.size();
  }
  std::mutex mutex;
  std::vector<std::string> polls;
  std::vector<std::string> hangs;
  bool throws = false;
};

class EngineTest : public testing::Test {
 protected:
  ~EngineTest() override {
    let_go();
    engine.reset();
  }

  void connect(const std::string &id = "con_1", const std::string &plugin = "puppet") {
    ConnectionRecord connection = a_connection(id);
    connection.plugin = plugin;
    connection.method = "key";
    connection.sealed_input = seal_input(*key, id, {{"api_key", "key of " + id}},
                                         sealed_endpoints(connection, EndpointSettings()));
    store.add(connection);
  }
  std::int64_t watch(const std::string &id, const std::string &connection = "con_1") {
    TriggerRecord trigger = a_trigger(id, connection);
    trigger.trigger = "thing.created";
    return store.add(trigger);
  }
  TriggerState state(const std::string &id) { return store.trigger(id)->state; }

  void make(EngineOptions options = {}) {
    options.store = folder.path();
    options.plugins = plugins;
    options.key = key;
    options.transport.ca_file = TestServer::ca_file();
    options.transport.connect_to = {server.connect_to()};
    options.workers = 2;
    options.sinks.push_back(std::make_unique<DestinationSink>(destination));
    engine = std::make_unique<Engine>(std::move(options), observed);
  }
  static EngineOptions once() {
    EngineOptions options;
    options.polls.once = true;
    return options;
  }
  void run() {
    running = std::async(std::launch::async, [this] { return engine->run(); });
  }
  bool stopped() {
    engine->stop();
    return running.get();
  }

  // The service says this to the next request of that kind: "poll", "action".
  void say(const std::string &kind, const std::string &commands) {
    const std::scoped_lock lock(mutex);
    script[kind].push_back(commands);
  }
  void hold() { held = true; }
  void let_go() { held = false; }
  std::size_t asked(const std::string &kind) const {
    std::size_t count = 0;
    for (const SeenRequest &request : server.requests())
      if (request.target.starts_with('/' + kind + '/')) ++count;
    return count;
  }

  // Waits for what other threads do; a test that waits in vain fails.
  static bool comes(const std::function<bool()> &what) {
    const auto late = Clock::now() + seconds{30};
    while (!what()) {
      if (Clock::now() > late) return false;
      std::this_thread::sleep_for(milliseconds{2});
    }
    return true;
  }

  void serve(const SeenRequest &request, Conversation &conversation) {
    while (held && !conversation.stopping()) std::this_thread::sleep_for(milliseconds{1});
    std::string commands = "done";
    {
      const std::scoped_lock lock(mutex);
      std::deque<std::string> &lines =
          script[request.target.substr(1, request.target.find('/', 1) - 1)];
      if (!lines.empty()) {
        commands = lines.front();
        lines.pop_front();
      }
    }
    conversation.answer(200, commands);
  }

  Folder folder;
  SqliteStore store{folder.path()};
  std::shared_ptr<const SealingKey> key =
      std::make_shared<const SealingKey>(std::array<std::uint8_t, SealingKey::size>{1, 2, 3}, 1);
  PuppetFolder puppet;
  std::shared_ptr<PluginSet> plugins = std::make_shared<PluginSet>(puppet.found());
  Destination destination;
  Observed observed;
  std::mutex mutex;
  std::map<std::string, std::deque<std::string>> script;
  std::atomic<bool> held{false};
  TestServer server{[this](const SeenRequest &request, Conversation &conversation) {
    serve(request, conversation);
  }};
  std::unique_ptr<Engine> engine;
  std::future<bool> running;
};

OperationStart an_action() {
  OperationStart start;
  start.kind = OperationKind::action;
  start.id = "box.add";
  start.input = R"({"name":"Big"})";
  return start;
}

// ---- once

TEST_F(EngineTest, OncePollsTheTriggersOfAllWorkersDeliversAndEnds) {
  for (const char *number : {"1", "2", "3", "4"}) {
    connect("con_" + std::string(number));
    watch("trg_" + std::string(number), "con_" + std::string(number));
    say("poll", "events c1 a\ndone");
  }
  make(once());
  EXPECT_TRUE(engine->run());
  EXPECT_EQ(asked("poll"), 4u);
  EXPECT_EQ(destination.count(), 4u);
  EXPECT_EQ(engine->counters().succeeded, 4u);
  EXPECT_EQ(engine->triggers(), 4u);
  EXPECT_EQ(state("trg_4"), TriggerState::active);
}

TEST_F(EngineTest, OnceIsTrueThoughAPollFailed) {
  connect();
  watch("trg_1");
  say("poll", "fail unavailable 0 Away.");
  make(once());
  EXPECT_TRUE(engine->run());
  EXPECT_EQ(engine->counters().failed, 1u);
}

TEST_F(EngineTest, OnceIsFalseWhereADestinationLacksAnEvent) {
  connect();
  watch("trg_1");
  say("poll", "events c1 a\ndone");
  destination.verdict = SinkVerdict::refused;
  make(once());
  EXPECT_FALSE(engine->run());
  EXPECT_EQ(store.count_events(EventState::pending), 1);
}

TEST_F(EngineTest, OnceIsFalseWhenItIsStoppedInMidPoll) {
  connect();
  watch("trg_1");
  hold();
  make(once());
  run();
  ASSERT_TRUE(comes([this] { return asked("poll") == 1; }));
  EXPECT_FALSE(stopped());
  EXPECT_EQ(state("trg_1"), TriggerState::initialising);
}

// ---- until it is stopped

TEST_F(EngineTest, RunsUntilItIsStopped) {
  connect();
  watch("trg_1");
  make();
  run();
  ASSERT_TRUE(comes([this] { return state("trg_1") == TriggerState::active; }));
  EXPECT_EQ(running.wait_for(seconds{0}), std::future_status::timeout);
  EXPECT_TRUE(stopped());
}

TEST_F(EngineTest, StoppedBeforeItRunsItEndsAtOnce) {
  connect();
  make();
  engine->stop();
  EXPECT_TRUE(engine->run());
}

TEST_F(EngineTest, StoppedTwiceItStillEndsOnce) {
  make();
  run();
  engine->stop();
  engine->stop();
  EXPECT_TRUE(running.get());
}

TEST_F(EngineTest, WhatAPollStoppedHalfwayHadNotStoredIsFoundByTheNextRun) {
  connect();
  watch("trg_1");
  make(once());
  ASSERT_TRUE(engine->run());
  engine.reset();
  say("poll", "events c1 a\ndone");
  hold();
  make(once());
  run();
  ASSERT_TRUE(comes([this] { return asked("poll") == 2; }));
  EXPECT_FALSE(stopped());
  EXPECT_TRUE(store.events({}).empty());
  let_go();
  // The answer that was held went to nobody.
  ASSERT_TRUE(comes([this] {
    const std::scoped_lock lock(mutex);
    return script["poll"].empty();
  }));
  say("poll", "events c1 a\ndone");
  make(once());
  EXPECT_TRUE(engine->run());
  EXPECT_EQ(destination.count(), 1u);
}

TEST_F(EngineTest, ATriggerAddedWhileItRunsIsPolled) {
  connect();
  make();
  run();
  watch("trg_1");
  EXPECT_TRUE(comes([this] { return state("trg_1") == TriggerState::active; }));
  EXPECT_TRUE(comes([this] { return engine->triggers() == 1; }));
  EXPECT_TRUE(stopped());
}

TEST_F(EngineTest, AReaderThatGoesAwayEndsIt) {
  connect();
  watch("trg_1");
  say("poll", "events c1 a\ndone");
  destination.verdict = SinkVerdict::closed;
  make();
  EXPECT_TRUE(engine->run()) << "by itself";
  EXPECT_EQ(store.count_events(EventState::pending), 1);
}

TEST_F(EngineTest, AnExceptionThatLeavesAWorkerEndsAllAndIsRethrown) {
  connect();
  watch("trg_1");
  observed.throws = true;
  make();
  EXPECT_THROW(engine->run(), std::runtime_error);
}

TEST_F(EngineTest, AConnectionThatNeedsASignInIsMarkedAsThat) {
  connect();
  watch("trg_1");
  say("poll", "fail needs_reauth 0 Sign in again, please.");
  make(once());
  engine->run();
  EXPECT_EQ(store.connection("con_1")->state, ConnectionState::needs_sign_in);
  EXPECT_EQ(store.connection("con_1")->state_reason, "Sign in again, please.");
  EXPECT_EQ(state("trg_1"), TriggerState::needs_sign_in);
}

TEST_F(EngineTest, NextPollsNamesThoseThatAreScheduled) {
  connect();
  const std::int64_t row = watch("trg_1");
  make();
  run();
  ASSERT_TRUE(comes([this] { return state("trg_1") == TriggerState::active; }));
  const auto before = unix_ms_now();
  const auto next = engine->next_polls({row, row + 7});
  ASSERT_EQ(next.size(), 1u);
  EXPECT_GT(next.at(row), before);
  EXPECT_LE(next.at(row), unix_ms_now() + 300'000);
  EXPECT_TRUE(stopped());
}

TEST_F(EngineTest, OldHistoryIsForgottenWhenItStarts) {
  connect();
  const std::int64_t row = watch("trg_1");
  store.set_sinks(std::vector<std::string>{"destination"});
  ASSERT_EQ(store.commit(a_poll(row, 0, {"old"})), CommitResult::stored);
  const std::int64_t seq = store.events({}).at(0).seq;
  store.delivered("destination", std::span(&seq, 1), 1000);
  EngineOptions options;
  options.keep_history = std::chrono::hours{1};
  make(std::move(options));
  run();
  EXPECT_TRUE(comes([this] { return store.events({}).empty(); }));
  EXPECT_TRUE(stopped());
}

TEST_F(EngineTest, HistoryThatIsKeptForEverStays) {
  connect();
  const std::int64_t row = watch("trg_1");
  store.set_sinks(std::vector<std::string>{"destination"});
  ASSERT_EQ(store.commit(a_poll(row, 0, {"old"})), CommitResult::stored);
  const std::int64_t seq = store.events({}).at(0).seq;
  store.delivered("destination", std::span(&seq, 1), 1000);
  EngineOptions options = once();
  options.keep_history = milliseconds{0};
  make(std::move(options));
  EXPECT_TRUE(engine->run());
  EXPECT_EQ(store.events({}).size(), 1u);
}

// ---- single operations

TEST_F(EngineTest, AnOperationGoesOutWithTheConnectionsCredentialsAndInput) {
  connect("con_1");
  connect("con_2");
  say("action", R"(output {"id":7})");
  make();
  run();
  const auto outcome = engine->operate(*store.connection("con_2"), an_action(), seconds{20});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->output, R"({"id":7})");
  ASSERT_EQ(asked("action"), 1u);
  const SeenRequest request = server.requests().at(0);
  EXPECT_EQ(request.header("authorization"), "Bearer key of con_2");
  EXPECT_EQ(request.body, R"({"name":"Big"})");
  EXPECT_TRUE(stopped());
}

TEST_F(EngineTest, AnOperationThatFailsIsAnOutcome) {
  connect();
  say("action", "fail not_found 0 There is no such box.");
  make();
  run();
  const auto outcome = engine->operate(*store.connection("con_1"), an_action(), seconds{20});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->error.error_class, ErrorClass::not_found);
  EXPECT_TRUE(stopped());
}

TEST_F(EngineTest, AnOperationOfAPluginThatIsNotThereIsRefused) {
  connect("con_1", "former");
  make();
  run();
  EXPECT_THROW(engine->operate(*store.connection("con_1"), an_action(), seconds{20}),
               PluginRefused);
  EXPECT_TRUE(stopped());
}

TEST_F(EngineTest, AnOperationInMidAirWhenItIsStoppedComesToNothing) {
  connect();
  hold();
  make();
  run();
  auto operating = std::async(std::launch::async, [this] {
    return engine->operate(*store.connection("con_1"), an_action(), seconds{20});
  });
  ASSERT_TRUE(comes([this] { return asked("action") == 1; }));
  EXPECT_TRUE(stopped());
  EXPECT_FALSE(operating.get());
}

TEST_F(EngineTest, AnOperationAfterTheEndComesToNothing) {
  connect();
  make();
  run();
  ASSERT_TRUE(stopped());
  EXPECT_FALSE(engine->operate(*store.connection("con_1"), an_action(), seconds{20}));
}

// ---- a plugin that does not come back, in virtual time

struct HangingEngineTest : EngineTest {
  HangingEngineTest() {
    tiny.install("hangs");
    plugins = std::make_shared<PluginSet>(std::make_shared<const Discovery>(tiny.discover()));
    plugin = plugins->get("tiny");
    connect("con_1", "tiny");
    TriggerRecord trigger = a_trigger("trg_1");
    trigger.trigger = "thing.created";
    trigger.input = R"({"box_id":13})";  // hangs in `next`
    store.add(trigger);
  }
  ~HangingEngineTest() override { release(); }

  void release() {
    const cpi_str id{"tiny.release/1", 14};
    auto *released =
        static_cast<std::atomic_int *>(const_cast<void *>(plugin->table().extension(&id)));
    *released = 1;
  }
  bool inside() {
    const auto calls = engine->plugin_calls().snapshot();
    return std::ranges::any_of(calls,
                               [](const PluginCall &call) { return call.function == "next"; });
  }
  void pass(seconds span) { now += std::chrono::duration_cast<Clock::duration>(span).count(); }

  PluginFolder tiny;
  std::shared_ptr<const Plugin> plugin;
  std::atomic<Clock::rep> now = Clock::now().time_since_epoch().count();
};

TEST_F(HangingEngineTest, AWorkerThatHangsInAPluginIsToldOfAndLeftBehindWhenItIsStopped) {
  EngineOptions options;
  options.now = [this] { return Clock::time_point(Clock::duration(now)); };
  make(std::move(options));
  run();
  ASSERT_TRUE(comes([this] { return inside(); }));
  // The watch has seen the call when it tells of it ten seconds later.
  ASSERT_TRUE(comes([this] {
    pass(seconds{11});
    std::this_thread::sleep_for(milliseconds{50});
    return observed.hang_count() > 0;
  }));
  ASSERT_EQ(engine->hanging().size(), 1u);
  EXPECT_EQ(engine->hanging()[0].call.operation, "poll thing.created");

  // Whoever asks that worker for something learns why nothing comes.
  const auto outcome = engine->operate(*store.connection("con_1"), an_action(), seconds{20});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->error.error_class, ErrorClass::plugin_fault) << "it has not begun";
  EXPECT_NE(outcome->error.message.find("the plugin tiny has not returned"), std::string::npos);

  EXPECT_FALSE(stopped());
  EXPECT_EQ(engine->stuck().size(), 1u);
  release();  // or its thread could not be joined
}

}  // namespace
}  // namespace host::test
