#include "delivery/delivery.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fstream>
#include <future>
#include <mutex>
#include <set>
#include <thread>

#include "delivery/file_sink.hpp"
#include "delivery/stdout_sink.hpp"
#include "delivery/webhook_sink.hpp"
#include "file_limit.hpp"
#include "fixture.hpp"
#include "receiver.hpp"
#include "store/committer.hpp"

namespace host::test {
namespace {

using namespace std::chrono_literals;

// What a sink was given, and the answers it is to give; it accepts when they have run out.
struct Script {
  std::mutex mutex;
  std::vector<Outgoing> given;
  std::vector<SinkOutcome> answers;

  std::vector<std::string> ids() {
    const std::scoped_lock lock(mutex);
    std::vector<std::string> all;
    for (const Outgoing &event : given) all.push_back(event.id);
    return all;
  }
};

class ScriptedSink : public Sink {
 public:
  ScriptedSink(std::string name, std::shared_ptr<Script> script, std::size_t batch = 1)
      : name_(std::move(name)), script_(std::move(script)), batch_(batch) {}
  const std::string &name() const override { return name_; }
  std::size_t batch() const override { return batch_; }
  SinkOutcome deliver(std::span<const Outgoing> events, const std::stop_token &) override {
    const std::scoped_lock lock(script_->mutex);
    SinkOutcome outcome{events.size(), SinkVerdict::accepted, {}, {}};
    if (!script_->answers.empty()) {
      outcome = script_->answers.front();
      script_->answers.erase(script_->answers.begin());
    }
    const std::size_t seen =
        outcome.verdict == SinkVerdict::accepted ? events.size() : outcome.accepted + 1;
    script_->given.insert(script_->given.end(), events.begin(),
                          events.begin() + static_cast<std::ptrdiff_t>(seen));
    return outcome;
  }

 private:
  std::string name_;
  std::shared_ptr<Script> script_;
  std::size_t batch_;
};

class Delivering : public StoreTest {
 protected:
  // Ids of the events, in the order in which they were recorded.
  std::vector<std::string> ids() {
    std::vector<std::string> all;
    for (const EventRecord &event : store.events(
             {.trigger_id = {}, .connection_id = {}, .text = {}, .state = {}, .limit = 100000}))
      all.push_back(event.id);
    return all;
  }
  template <typename... Sinks>
  std::unique_ptr<Delivery> start(std::unique_ptr<Sinks>... sinks) {
    std::vector<std::unique_ptr<Sink>> all;
    (all.push_back(std::move(sinks)), ...);
    DeliveryOptions options;
    options.schedule = schedule;
    options.notice = [this](const DeliveryNotice &notice) {
      const std::scoped_lock lock(mutex_);
      notices_.push_back(notice);
    };
    return std::make_unique<Delivery>(folder.path(), committer, std::move(all), std::move(options));
  }
  std::vector<DeliveryNotice> notices() {
    const std::scoped_lock lock(mutex_);
    return notices_;
  }
  std::vector<DeliveryNotice::Kind> kinds() {
    std::vector<DeliveryNotice::Kind> all;
    for (const DeliveryNotice &notice : notices()) all.push_back(notice.kind);
    return all;
  }
  template <typename Condition>
  static void wait_for(const Condition &condition) {
    const auto limit = std::chrono::steady_clock::now() + 60s;
    while (!condition() && std::chrono::steady_clock::now() < limit)
      std::this_thread::sleep_for(5ms);
    ASSERT_TRUE(condition()) << "waited a minute";
  }

  Committer committer{folder.path(), [](const StoreError &) {}};
  RetrySchedule schedule{{20ms, 20ms}, 0};

 private:
  std::mutex mutex_;
  std::vector<DeliveryNotice> notices_;
};

std::unique_ptr<ScriptedSink> sink(const std::string &name, const std::shared_ptr<Script> &script,
                                   std::size_t batch = 1) {
  return std::make_unique<ScriptedSink>(name, script, batch);
}

TEST_F(Delivering, DeliversWhatIsPendingAndWhatComesInOrder) {
  const auto script = std::make_shared<Script>();
  poll({"1", "2", "3"});
  const auto delivery = start(sink("a", script));
  ASSERT_TRUE(delivery->drain(60s));
  EXPECT_EQ(script->ids(), ids());
  poll({"4", "5"});
  delivery->notify();
  ASSERT_TRUE(delivery->drain(60s));
  EXPECT_EQ(script->ids(), ids());
  EXPECT_EQ(store.count_events(EventState::delivered), 5);
  const auto status = delivery->status();
  ASSERT_EQ(status.size(), 1U);
  EXPECT_EQ(status[0].sink, "a");
  EXPECT_EQ(status[0].delivered, 5U);
  EXPECT_EQ(status[0].failed, 0U);
  EXPECT_EQ(status[0].depth, 0);
  EXPECT_TRUE(notices().empty());
}

TEST_F(Delivering, WhatIsSentIsACloudEvent) {
  const auto script = std::make_shared<Script>();
  poll({"1"});
  const auto delivery = start(sink("a", script));
  ASSERT_TRUE(delivery->drain(60s));
  const auto value = boost::json::parse(script->given.at(0).body);
  EXPECT_EQ(value.at("id").as_string(), ids()[0]);
  EXPECT_EQ(value.at("type"), "com.sendpulse.campaign.created.v1");
  EXPECT_EQ(value.at("source"), "/connections/con_1/triggers/trg_1");
}

TEST_F(Delivering, SeesWhatAnotherProcessDidWithoutBeingTold) {
  const auto script = std::make_shared<Script>();
  const auto delivery = start(sink("a", script));
  ASSERT_TRUE(delivery->drain(60s));
  poll({"1"});  // by another connection, and nobody notifies
  wait_for([&] { return script->ids().size() == 1; });
}

TEST_F(Delivering, ARefusedEventIsTriedAgainAndHoldsBackItsTriggerOnly) {
  const auto script = std::make_shared<Script>();
  script->answers = {{0, SinkVerdict::refused, "answered 503", {}},
                     {1, SinkVerdict::accepted, {}, {}}};
  const std::int64_t other = store.add(a_trigger("trg_2"));
  poll({"1", "2"});
  store.commit(a_poll(other, 0, {"3"}));
  schedule.delays = {300ms, 300ms};
  const auto delivery = start(sink("a", script));
  wait_for([&] { return script->ids().size() == 4; });
  ASSERT_TRUE(delivery->drain(60s));
  const auto all = ids();
  EXPECT_EQ(script->ids(), (std::vector{all[0], all[2], all[0], all[1]}));
  EXPECT_EQ(store.deliveries(by_key("1").seq)[0].attempts, 2);
  EXPECT_EQ(store.count_events(EventState::delivered), 3);
  EXPECT_EQ(delivery->status()[0].failed, 1U);
  EXPECT_EQ(kinds(), (std::vector{DeliveryNotice::Kind::failing, DeliveryNotice::Kind::recovered}));
  EXPECT_EQ(notices()[0].text, "answered 503");
  EXPECT_EQ(notices()[0].event_id, all[0]);
}

TEST_F(Delivering, ABatchThatIsRefusedInTheMiddleGoesOnThere) {
  const auto script = std::make_shared<Script>();
  script->answers = {{2, SinkVerdict::refused, "answered 500", {}}};
  poll({"1", "2", "3", "4"});
  const auto delivery = start(sink("a", script, 10));
  wait_for([&] { return store.count_events(EventState::delivered) == 4; });
  const auto all = ids();
  EXPECT_EQ(script->ids(), (std::vector{all[0], all[1], all[2], all[2], all[3]}));
}

TEST_F(Delivering, GivesUpAtTheEndOfTheScheduleAndGoesOn) {
  const auto script = std::make_shared<Script>();
  script->answers = std::vector<SinkOutcome>(3, {0, SinkVerdict::refused, "answered 500", {}});
  poll({"1", "2"});
  const auto delivery = start(sink("a", script));
  wait_for([&] { return store.count_events(EventState::delivered) == 1; });
  const auto all = ids();
  EXPECT_EQ(script->ids(), (std::vector{all[0], all[0], all[0], all[1]}));
  EXPECT_EQ(by_key("1").state, EventState::dead);
  EXPECT_EQ(store.deliveries(by_key("1").seq)[0].attempts, 3);
  EXPECT_EQ(store.deliveries(by_key("1").seq)[0].last_error, "answered 500");
  ASSERT_TRUE(delivery->drain(60s));
  EXPECT_EQ(delivery->status()[0].dead, 1U);
  EXPECT_EQ(kinds(), (std::vector{DeliveryNotice::Kind::failing, DeliveryNotice::Kind::gave_up,
                                  DeliveryNotice::Kind::recovered}));
}

TEST_F(Delivering, ASinkThatIsUnavailableCostsNoTries) {
  const auto script = std::make_shared<Script>();
  script->answers = {{0, SinkVerdict::unavailable, "disk full", {}}};
  poll({"1"});
  const auto delivery = start(sink("a", script));
  wait_for([&] { return store.count_events(EventState::delivered) == 1; });
  EXPECT_EQ(store.deliveries(by_key("1").seq)[0].attempts, 1);
}

TEST_F(Delivering, ASinkThatIsGoneIsDisabledAndKeepsItsEvents) {
  const auto script = std::make_shared<Script>();
  script->answers = {{0, SinkVerdict::gone, "answered 410", {}}};
  const auto other = std::make_shared<Script>();
  poll({"1", "2"});
  {
    const auto delivery = start(sink("a", script), sink("b", other));
    ASSERT_TRUE(delivery->drain(60s));
    EXPECT_EQ(script->ids().size(), 1U);
    EXPECT_EQ(other->ids().size(), 2U);
    EXPECT_TRUE(delivery->status()[0].disabled);
    EXPECT_FALSE(delivery->status()[1].disabled);
    EXPECT_EQ(delivery->status()[0].depth, 2);
  }
  EXPECT_EQ(kinds(), std::vector{DeliveryNotice::Kind::disabled});
  EXPECT_EQ(store.count_events(EventState::pending), 2);
  store.enable_sink("a");
  const auto delivery = start(sink("a", script), sink("b", other));
  ASSERT_TRUE(delivery->drain(60s));
  EXPECT_EQ(store.count_events(EventState::delivered), 2);
}

TEST_F(Delivering, AReaderThatGoesAwayEndsItsSinkAndLosesNothing) {
  poll({"1", "2"});
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  ::close(pipe[0]);
  {
    const auto delivery = start(std::make_unique<StdoutSink>(pipe[1]));
    ASSERT_TRUE(delivery->drain(60s));
    EXPECT_TRUE(delivery->status()[0].closed);
    EXPECT_EQ(kinds(), std::vector{DeliveryNotice::Kind::closed});
  }
  ::close(pipe[1]);
  EXPECT_EQ(store.count_events(EventState::pending), 2);

  std::array<int, 2> fresh{};
  ASSERT_EQ(::pipe(fresh.data()), 0);
  const auto delivery = start(std::make_unique<StdoutSink>(fresh[1]));
  ASSERT_TRUE(delivery->drain(60s));
  ::close(fresh[0]);
  ::close(fresh[1]);
  EXPECT_EQ(store.count_events(EventState::delivered), 2);
}

TEST_F(Delivering, ASlowSinkHoldsUpNobodyElse) {
  std::promise<void> released;
  const auto wait = released.get_future().share();
  class Stuck : public ScriptedSink {
   public:
    Stuck(std::shared_ptr<Script> script, std::shared_future<void> until)
        : ScriptedSink("stuck", std::move(script)), until_(std::move(until)) {}
    SinkOutcome deliver(std::span<const Outgoing> events, const std::stop_token &stop) override {
      until_.wait();
      return ScriptedSink::deliver(events, stop);
    }

   private:
    std::shared_future<void> until_;
  };
  const auto slow = std::make_shared<Script>();
  const auto fast = std::make_shared<Script>();
  poll({"1", "2"});
  const auto delivery = start(std::make_unique<Stuck>(slow, wait), sink("fast", fast));
  wait_for([&] { return fast->ids().size() == 2; });
  EXPECT_TRUE(slow->ids().empty());
  EXPECT_FALSE(delivery->drain(10ms));
  released.set_value();
  ASSERT_TRUE(delivery->drain(60s));
  EXPECT_EQ(store.count_events(EventState::delivered), 2);
}

TEST_F(Delivering, SaysWhetherEverySinkHasEverything) {
  const auto script = std::make_shared<Script>();
  const auto other = std::make_shared<Script>();
  poll({"1"});
  {
    const auto delivery = start(sink("a", script), sink("b", other));
    ASSERT_TRUE(delivery->drain(60s));
    EXPECT_TRUE(delivery->all_delivered());
  }
  poll({"2"});
  script->answers = {{0, SinkVerdict::refused, "answered 503", {}}};
  schedule.delays = {1h};
  {
    const auto delivery = start(sink("a", script), sink("b", other));
    ASSERT_TRUE(delivery->drain(60s));
    EXPECT_FALSE(delivery->all_delivered());  // b has it
  }
  {
    const auto delivery = start(sink("a", script), sink("b", other));  // not due yet
    ASSERT_TRUE(delivery->drain(60s));
    EXPECT_FALSE(delivery->all_delivered());
  }
  {
    const auto delivery = start(sink("b", other));
    ASSERT_TRUE(delivery->drain(60s));
    EXPECT_TRUE(delivery->all_delivered());
  }
  store.replay(ids()[1]);
  script->answers = {{0, SinkVerdict::gone, "answered 410", {}}};
  const auto delivery = start(sink("a", script));
  ASSERT_TRUE(delivery->drain(60s));
  EXPECT_FALSE(delivery->all_delivered());
}

TEST_F(Delivering, ARetryOfAClockThatWasAheadIsNotWaitedForDays) {
  const auto script = std::make_shared<Script>();
  poll({"1"});
  use_sinks({"a"});
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  const std::int64_t ahead = now + std::int64_t{10} * 86'400'000;
  store.delivery_failed(
      {by_key("1").seq, "a", DeliveryState::pending, 1, ahead + 50, "answered 503", ahead});
  const auto delivery = start(sink("a", script));
  wait_for([&] { return store.count_events(EventState::delivered) == 1; });
}

TEST_F(Delivering, AFullDiskDoesNotRepeatWhatWasAccepted) {
  const auto script = std::make_shared<Script>();
  poll({"1", "2"});
  const auto delivery = start(sink("a", script));
  ASSERT_TRUE(delivery->drain(60s));
  poll({"3"});
  {
    // The log may not grow: events can be read and sent, but nothing can be marked.
    const FileLimit full(1);
    delivery->notify();
    wait_for([&] { return script->ids().size() == 3; });
    wait_for([&] { return kinds() == std::vector{DeliveryNotice::Kind::store_failed}; });
    std::this_thread::sleep_for(200ms);
    EXPECT_EQ(script->ids().size(), 3U);
  }
  wait_for([&] { return store.count_events(EventState::delivered) == 3; });
  EXPECT_EQ(script->ids().size(), 3U);
}

TEST_F(Delivering, StopsAndLeavesTheRestPending) {
  const auto script = std::make_shared<Script>();
  std::vector<std::string> keys;
  for (int i = 0; i < 2000; ++i) keys.push_back(std::to_string(i));
  poll(keys);
  {
    const auto delivery = start(sink("a", script));
    wait_for([&] { return !script->ids().empty(); });
    delivery->stop();
  }
  const auto given = script->ids().size();
  EXPECT_EQ(store.count_events(EventState::delivered), static_cast<std::int64_t>(given));
  const auto delivery = start(sink("a", script, 500));
  ASSERT_TRUE(delivery->drain(60s));
  EXPECT_EQ(script->ids(), ids());  // each once, in order, over both runs
}

TEST_F(Delivering, TwoSinksOfANameAreRefused) {
  const auto script = std::make_shared<Script>();
  EXPECT_THROW(start(sink("a", script), sink("a", script)), SinkError);
}

TEST_F(Delivering, FileAndWebhookTogether) {
  std::atomic<int> calls = 0;
  Receiver receiver([&](const Received &, HttpAnswer &response) {
    response.status = ++calls % 3 == 0 ? 503 : 204;
  });
  WebhookOptions options;
  options.secrets = {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"};
  const auto path = folder.path() / "events.ndjson";
  const auto delivery = start(std::make_unique<FileSink>(path),
                              std::make_unique<WebhookSink>(receiver.url(), options));
  for (int i = 0; i < 10; ++i) {
    poll({"a" + std::to_string(i), "b" + std::to_string(i)});
    delivery->notify();
  }
  wait_for([&] { return store.count_events(EventState::delivered) == 20; });
  std::vector<std::string> in_file;
  std::ifstream stream(path);
  for (std::string line; std::getline(stream, line);)
    in_file.emplace_back(boost::json::parse(line).at("id").as_string());
  EXPECT_EQ(in_file, ids());
  std::vector<std::string> first_seen;
  std::set<std::string> seen;
  for (const Received &got : receiver.all()) {
    if (seen.insert(got.id).second) first_seen.push_back(got.id);
  }
  EXPECT_EQ(first_seen, ids());
  EXPECT_GT(receiver.all().size(), 20U);
}

}  // namespace
}  // namespace host::test
