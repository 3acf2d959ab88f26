#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "fixture.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/store.hpp"

namespace host::test {
namespace {

class Deliveries : public StoreTest {
 protected:
  void fail(std::string_view sink, std::string_view key, std::int64_t next_try,
            std::int64_t attempts = 1) {
    store.delivery_failed({by_key(key).seq, std::string(sink), DeliveryState::pending, attempts,
                           next_try, "answered 503"});
  }
  void give_up(std::string_view sink, std::string_view key) {
    store.delivery_failed(
        {by_key(key).seq, std::string(sink), DeliveryState::dead, 10, 0, "answered 503"});
  }
};

TEST_F(Deliveries, GoOldestFirst) {
  const std::int64_t other = store.add(a_trigger("trg_2"));
  use_sinks({"a"});
  poll({"1", "2"});
  store.commit(a_poll(other, 0, {"3"}));
  poll({"4"});
  EXPECT_EQ(next("a"), (Keys{"1", "2", "3", "4"}));
  EXPECT_EQ(next("b"), Keys{});
}

TEST_F(Deliveries, EveryTriggerGetsItsTurnBeforeALongOneGoesOn) {
  const std::int64_t other = store.add(a_trigger("trg_2"));
  use_sinks({"a"});
  poll({"1", "2", "3"});
  store.commit(a_poll(other, 0, {"4"}));
  EXPECT_EQ(next("a", 10000, 2), (Keys{"1", "4"}));
  EXPECT_EQ(next("a", 10000, 3), (Keys{"1", "2", "4"}));
  EXPECT_EQ(next("a", 10000, 1), Keys{"1"});
}

TEST_F(Deliveries, ARetryThatIsNotDueHoldsBackItsTriggerOnly) {
  const std::int64_t other = store.add(a_trigger("trg_2"));
  use_sinks({"a"});
  poll({"1", "2"});
  store.commit(a_poll(other, 0, {"3"}));
  fail("a", "1", 15000);
  EXPECT_EQ(next("a", 14999), Keys{"3"});
  EXPECT_EQ(next("a", 15000), (Keys{"1", "2", "3"}));
  poll({"4"});
  EXPECT_EQ(next("a", 14999), Keys{"3"});
  const auto record = store.deliveries(by_key("1").seq);
  ASSERT_EQ(record.size(), 1U);
  EXPECT_EQ(record[0].sink, "a");
  EXPECT_EQ(record[0].state, DeliveryState::pending);
  EXPECT_EQ(record[0].attempts, 1);
  EXPECT_EQ(record[0].next_try, 15000);
  EXPECT_EQ(record[0].last_error, "answered 503");
}

TEST_F(Deliveries, HeldEventsHoldNothingBack) {
  use_sinks({"a"});
  poll_held({"1"});
  poll({"2"});
  EXPECT_EQ(next("a"), Keys{"2"});
}

TEST_F(Deliveries, TheNextTryIsTheEarliestHead) {
  const std::int64_t other = store.add(a_trigger("trg_2"));
  use_sinks({"a"});
  EXPECT_EQ(store.next_try("a"), std::nullopt);
  EXPECT_EQ(store.next_try("none"), std::nullopt);
  poll({"1", "2"});
  EXPECT_EQ(store.next_try("a"), 0);
  fail("a", "1", 15000);
  EXPECT_EQ(store.next_try("a"), 15000);
  store.commit(a_poll(other, 0, {"3"}));
  EXPECT_EQ(store.next_try("a"), 0);
  fail("a", "3", 12000);
  EXPECT_EQ(store.next_try("a"), 12000);
  deliver("a", {"3"});
  deliver("a", {"1"});
  EXPECT_EQ(store.next_try("a"), 0);  // "2"
  deliver("a", {"2"});
  EXPECT_EQ(store.next_try("a"), std::nullopt);
}

TEST_F(Deliveries, AnEventIsDeliveredWhenEverySinkHasIt) {
  use_sinks({"a", "b"});
  poll({"1"});
  deliver("a", {"1"});
  EXPECT_EQ(by_key("1").state, EventState::pending);
  EXPECT_EQ(next("a"), Keys{});
  EXPECT_EQ(next("b"), Keys{"1"});
  deliver("b", {"1"});
  EXPECT_EQ(by_key("1").state, EventState::delivered);
  EXPECT_EQ(by_key("1").delivered_at, 20000);
  const auto records = store.deliveries(by_key("1").seq);
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].state, DeliveryState::delivered);
  EXPECT_EQ(records[0].attempts, 1);
}

TEST_F(Deliveries, OneSinkDoesNotWaitForAnother) {
  use_sinks({"a", "b"});
  poll({"1", "2", "3"});
  fail("b", "1", 90000);
  deliver("a", {"1", "2", "3"});
  poll({"4"});
  EXPECT_EQ(next("a"), Keys{"4"});
  EXPECT_EQ(next("b"), Keys{});
}

TEST_F(Deliveries, MarkingTwiceIsHarmless) {
  use_sinks({"a"});
  poll({"1", "2"});
  deliver("a", {"1"});
  deliver("a", {"1"});
  fail("a", "1", 90000);
  give_up("a", "1");
  EXPECT_EQ(by_key("1").state, EventState::delivered);
  EXPECT_EQ(next("a"), Keys{"2"});
  store.delivered("none", std::vector{by_key("2").seq}, 1);
  EXPECT_EQ(next("a"), Keys{"2"});
}

TEST_F(Deliveries, GivingUpLetsTheLaterOnesGoOn) {
  use_sinks({"a"});
  poll({"1", "2"});
  fail("a", "1", 15000, 9);
  give_up("a", "1");
  EXPECT_EQ(by_key("1").state, EventState::dead);
  EXPECT_EQ(by_key("1").delivered_at, 0);
  EXPECT_EQ(store.deliveries(by_key("1").seq)[0].state, DeliveryState::dead);
  EXPECT_EQ(next("a"), Keys{"2"});
}

TEST_F(Deliveries, WhatOneSinkGaveUpIsDeadEvenWhenAnotherHasIt) {
  use_sinks({"a", "b"});
  poll({"1"});
  give_up("a", "1");
  EXPECT_EQ(by_key("1").state, EventState::pending);
  deliver("b", {"1"});
  EXPECT_EQ(by_key("1").state, EventState::dead);
}

TEST_F(Deliveries, WithoutSinksEventsWait) {
  poll({"1", "2"});
  EXPECT_EQ(by_key("1").state, EventState::pending);
  use_sinks({"a"});
  EXPECT_EQ(next("a"), (Keys{"1", "2"}));
  use_sinks({});
  EXPECT_EQ(by_key("1").state, EventState::pending);
  EXPECT_EQ(next("a"), Keys{});
}

TEST_F(Deliveries, ASinkThatIsNotNamedKeepsItsBacklogAndGetsNothingNew) {
  use_sinks({"a", "b"});
  poll({"1", "2"});
  deliver("a", {"1"});
  use_sinks({"a", "c"});
  EXPECT_EQ(next("a"), Keys{"2"});
  EXPECT_EQ(next("b"), Keys{});
  EXPECT_EQ(next("c"), Keys{});
  EXPECT_EQ(store.next_try("b"), std::nullopt);
  EXPECT_EQ(store.count_undelivered("b"), 2);
  poll({"3"});
  EXPECT_EQ(next("c"), Keys{"3"});
  deliver("a", {"2", "3"});
  deliver("c", {"3"});
  EXPECT_EQ(by_key("1").state, EventState::pending);
  EXPECT_EQ(by_key("2").state, EventState::pending);
  EXPECT_EQ(by_key("3").state, EventState::delivered);
  EXPECT_EQ(store.prune(1'000'000), 1);
  use_sinks({"b"});
  EXPECT_EQ(next("b"), (Keys{"1", "2"}));
  deliver("b", {"1", "2"});
  EXPECT_EQ(by_key("1").state, EventState::delivered);
  EXPECT_EQ(by_key("2").state, EventState::delivered);
}

TEST_F(Deliveries, AnotherSinkTakesNobodysBacklog) {
  use_sinks({"webhook:a"});
  poll({"1", "2"});
  fail("webhook:a", "1", 15000);
  use_sinks({"stdout"});
  EXPECT_EQ(next("stdout"), Keys{});
  poll({"3"});
  EXPECT_EQ(next("stdout"), Keys{"3"});
  deliver("stdout", {"3"});
  use_sinks({"webhook:a"});
  EXPECT_EQ(next("webhook:a", 14999), Keys{});
  EXPECT_EQ(next("webhook:a", 15000), (Keys{"1", "2"}));
}

TEST_F(Deliveries, WhatStandardOutputDidNotTakeIsForWhoeverComesNext) {
  use_sinks({"stdout"});
  poll({"1", "2", "3"});
  deliver("stdout", {"1"});
  use_sinks({"stdout", "file:a"});
  EXPECT_EQ(next("stdout"), (Keys{"2", "3"}));
  EXPECT_EQ(next("file:a"), Keys{});
  poll({"4"});
  deliver("file:a", {"4"});
  use_sinks({"webhook:b"});
  EXPECT_EQ(next("webhook:b"), (Keys{"2", "3"}));
  EXPECT_EQ(by_key("4").state, EventState::delivered);  // a place has it
  EXPECT_EQ(store.count_undelivered("stdout"), 0);
}

TEST_F(Deliveries, EventsOnHoldAreForTheSinksTheyWereRecordedFor) {
  use_sinks({"webhook:a"});
  poll_held({"1"});
  EXPECT_EQ(store.sinks().at(0).held, 1);
  use_sinks({"stdout"});
  poll_held({"2"});
  poll({"3"});
  store.release("trg_1");
  EXPECT_EQ(next("stdout"), (Keys{"2", "3"}));
  EXPECT_EQ(store.count_undelivered("webhook:a"), 1);
  use_sinks({"webhook:a"});
  EXPECT_EQ(next("webhook:a"), (Keys{"1", "2", "3"}));  // the last two were only for stdout
}

TEST_F(Deliveries, AReplayIsForTheActiveSinksAndThoseThatNeverGotIt) {
  use_sinks({"a", "b"});
  poll({"1"});
  give_up("a", "1");
  deliver("b", {"1"});
  use_sinks({"c"});
  ASSERT_TRUE(store.replay(by_key("1").id));
  EXPECT_EQ(next("c"), Keys{"1"});
  EXPECT_EQ(store.count_undelivered("a"), 1);
  EXPECT_EQ(store.count_undelivered("b"), 0);
}

TEST_F(Deliveries, AForgottenSinkIsWaitedForNoMore) {
  use_sinks({"a", "b"});
  poll({"1", "2"});
  use_sinks({"a"});
  poll({"3"});
  poll_held({"4"});
  deliver("b", {"2"});
  deliver("a", {"1"});
  give_up("a", "3");
  store.disable_sink("b", "answered 410 Gone");
  EXPECT_EQ(store.forget_sink("none"), std::nullopt);
  EXPECT_EQ(store.forget_sink("b"), 1);
  EXPECT_EQ(by_key("1").state, EventState::delivered);
  EXPECT_EQ(store.sink_disabled("b"), std::nullopt);
  EXPECT_EQ(store.forget_sink("a"), 3);                 // 2, 3 and 4
  EXPECT_EQ(by_key("2").state, EventState::delivered);  // b has it
  EXPECT_EQ(by_key("3").state, EventState::discarded);  // nobody has it
  EXPECT_EQ(by_key("4").state, EventState::discarded);  // neither will anybody get what was on hold
  use_sinks({"stdout"});
  EXPECT_EQ(store.release("trg_1"), 0);
  EXPECT_EQ(next("stdout"), Keys{});
}

TEST_F(Deliveries, SinksAreListedWithWhatWaitsForThem) {
  use_sinks({"a", "b"});
  poll({"1", "2"});
  poll_held({"3"});
  give_up("a", "1");
  give_up("b", "1");
  store.disable_sink("b", "answered 410 Gone");
  use_sinks({"a"});
  const auto sinks = store.sinks();
  ASSERT_EQ(sinks.size(), 2U);
  EXPECT_EQ(sinks[0].name, "a");
  EXPECT_TRUE(sinks[0].active);
  EXPECT_EQ(sinks[0].disabled_reason, "");
  EXPECT_EQ(sinks[0].pending, 1);
  EXPECT_EQ(sinks[0].held, 1);
  EXPECT_EQ(sinks[0].dead, 1);
  EXPECT_TRUE(sinks[0].owed());
  EXPECT_EQ(sinks[1].name, "b");
  EXPECT_FALSE(sinks[1].active);
  EXPECT_EQ(sinks[1].disabled_reason, "answered 410 Gone");
  EXPECT_EQ(sinks[1].pending, 1);
}

TEST_F(Deliveries, RetriesFollowAClockThatWasSetBack) {
  use_sinks({"a"});
  poll({"1"});
  const std::int64_t day = 86'400'000;
  // Refused while the clock was ten days ahead; to be tried again after five seconds.
  store.delivery_failed(
      {by_key("1").seq, "a", DeliveryState::pending, 1, 10 * day + 5000, "answered 503", 10 * day});
  store.rebase_retries("a", 20000, 2 * day);
  EXPECT_EQ(store.next_try("a"), 25000);
  store.rebase_retries("a", 21000, 2 * day);
  EXPECT_EQ(store.next_try("a"), 25000);
  // Written by a version that did not store when.
  store.delivery_failed(
      {by_key("1").seq, "a", DeliveryState::pending, 1, 10 * day, "answered 503", 0});
  store.rebase_retries("a", 20000, 2 * day);
  EXPECT_EQ(store.next_try("a"), 20000 + 2 * day);
}

TEST_F(Deliveries, TheSameSinksAgainWriteNothing) {
  use_sinks({"a", "b"});
  SqliteStore other{folder.path()};
  const std::int64_t before = other.data_version();
  use_sinks({"b", "a"});
  EXPECT_EQ(other.data_version(), before);
}

TEST_F(Deliveries, ADisabledSinkKeepsItsEvents) {
  use_sinks({"a", "b"});
  poll({"1"});
  store.disable_sink("a", "answered 410 Gone");
  EXPECT_EQ(store.sink_disabled("a"), "answered 410 Gone");
  EXPECT_EQ(store.sink_disabled("b"), std::nullopt);
  EXPECT_EQ(next("a"), Keys{});
  EXPECT_EQ(store.next_try("a"), std::nullopt);
  poll({"2"});
  deliver("b", {"1"});
  EXPECT_EQ(by_key("1").state, EventState::pending);
  use_sinks({"a"});  // saying so again does not enable it
  EXPECT_EQ(next("a"), Keys{});
  store.enable_sink("a");
  EXPECT_EQ(store.sink_disabled("a"), std::nullopt);
  EXPECT_EQ(next("a"), (Keys{"1", "2"}));
}

TEST_F(Deliveries, AreCounted) {
  use_sinks({"a"});
  poll({"1", "2"});
  poll_held({"3"});
  EXPECT_EQ(store.count_undelivered("a"), 2);
  deliver("a", {"1"});
  EXPECT_EQ(store.count_undelivered("a"), 1);
  EXPECT_EQ(store.count_undelivered("none"), 0);
}

// Random work on a few triggers and sinks, against the plainest possible model.
TEST_F(Deliveries, FollowTheModel) {
  const auto seed = static_cast<std::uint32_t>(std::random_device()());
  RecordProperty("seed", std::to_string(seed));
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };

  const std::vector<std::string> sinks = {"a", "b"};
  use_sinks(sinks);
  std::vector<std::int64_t> rows = {row};
  std::vector<std::string> trigger_ids = {"trg_1"};
  for (int i = 2; i <= 4; ++i) {
    trigger_ids.push_back("trg_" + std::to_string(i));
    rows.push_back(store.add(a_trigger(trigger_ids.back())));
  }
  struct Waiting {
    std::int64_t row;
    std::int64_t next_try;
  };
  std::map<std::string, std::map<std::int64_t, Waiting>> model;  // sink -> seq -> state
  std::map<std::int64_t, std::vector<std::int64_t>> held;        // row -> seqs
  std::int64_t now = 1;
  int key = 0;
  const auto last_seq = [&] {
    return store
        .events({.trigger_id = {},
                 .connection_id = {},
                 .text = {},
                 .state = {},
                 .limit = 1,
                 .newest_first = true})[0]
        .seq;
  };

  for (int step = 0; step < 600; ++step) {
    now += 1;
    const std::size_t which = below(rows.size());
    TriggerRecord record;
    store.load_trigger(rows[which], record);
    switch (below(6)) {
      case 0:
      case 1: {
        PollCommit commit =
            a_poll(rows[which], record.cursor_version, {"k" + std::to_string(++key)});
        commit.hold = below(5) == 0;
        ASSERT_EQ(store.commit(commit), CommitResult::stored);
        if (commit.hold) {
          held[rows[which]].push_back(last_seq());
        } else {
          for (const auto &sink : sinks) model[sink][last_seq()] = {rows[which], 0};
        }
        break;
      }
      case 2: {
        store.release(trigger_ids[which]);
        for (const std::int64_t seq : held[rows[which]])
          for (const auto &sink : sinks) model[sink][seq] = {rows[which], 0};
        held[rows[which]].clear();
        break;
      }
      default: {
        const std::string &sink = sinks[below(sinks.size())];
        const auto events = store.next_for_sink(sink, now, 10000);
        std::vector<std::int64_t> expected;
        std::set<std::int64_t> blocked;
        for (const auto &[seq, waiting] : model[sink]) {
          if (waiting.next_try > now) blocked.insert(waiting.row);
          if (!blocked.contains(waiting.row)) expected.push_back(seq);
        }
        std::vector<std::int64_t> got;
        for (const EventRecord &event : events) got.push_back(event.seq);
        ASSERT_EQ(got, expected) << "step " << step;
        if (events.empty()) break;
        // Only the oldest of its trigger may be tried.
        const EventRecord &head = *std::find_if(events.begin(), events.end(), [&](const auto &e) {
          return e.trigger_row == events[events.size() / 2].trigger_row;
        });
        const std::size_t outcome = below(4);
        if (outcome == 0) {
          const std::int64_t next_try = now + static_cast<std::int64_t>(below(20));
          store.delivery_failed({head.seq, sink, DeliveryState::pending, 1, next_try, "x"});
          model[sink][head.seq].next_try = next_try;
        } else if (outcome == 1) {
          store.delivery_failed({head.seq, sink, DeliveryState::dead, 10, 0, "x"});
          model[sink].erase(head.seq);
        } else {
          store.delivered(sink, std::vector{head.seq}, now);
          model[sink].erase(head.seq);
        }
      }
    }
    for (const auto &sink : sinks)
      ASSERT_EQ(store.count_undelivered(sink), static_cast<std::int64_t>(model[sink].size()));
  }
}

}  // namespace
}  // namespace host::test
