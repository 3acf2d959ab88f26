#include <gtest/gtest.h>

#include "fixture.hpp"
#include "store/event_id.hpp"
#include "store/store.hpp"

namespace host::test {
namespace {

using Polls = StoreTest;

TEST_F(Polls, StoresEventsAndCursorTogether) {
  PollCommit commit = a_poll(row, 0, {"k1", "k2"});
  commit.dedupe_version = 3;
  commit.events[0].data = R"({"id":1})";
  EXPECT_EQ(store.commit(commit), CommitResult::stored);
  EXPECT_EQ(trigger().cursor, commit.cursor);
  EXPECT_EQ(trigger().cursor_version, 1);

  const auto events = store.events({});
  ASSERT_EQ(events.size(), 2U);
  const EventRecord &event = events[0];
  EXPECT_EQ(event.id, event_id("trg_1", "k1"));
  EXPECT_EQ(event.trigger_row, row);
  EXPECT_EQ(event.trigger_id, "trg_1");
  EXPECT_EQ(event.connection_id, "con_1");
  EXPECT_EQ(event.trigger, "campaign.created");
  EXPECT_EQ(event.plugin, "sendpulse");
  EXPECT_EQ(event.key, "k1");
  EXPECT_EQ(event.subject, "subject of k1");
  EXPECT_EQ(event.data, R"({"id":1})");
  EXPECT_EQ(event.dedupe_version, 3);
  EXPECT_EQ(event.time, 5000);
  EXPECT_EQ(event.poll_id, "poll_1");
  EXPECT_EQ(event.state, EventState::pending);
  EXPECT_EQ(event.delivered_at, 0);
  EXPECT_LT(event.seq, events[1].seq);
}

TEST_F(Polls, AKnownKeyIsNotRecordedAgain) {
  poll({"k1"});
  EXPECT_EQ(poll({"k1", "k2", "k2"}), CommitResult::stored);
  EXPECT_EQ(store.events({}).size(), 2U);
  EXPECT_EQ(trigger().cursor_version, 2);
}

TEST_F(Polls, TheSameKeyOfAnotherTriggerIsAnotherEvent) {
  const std::int64_t other = store.add(a_trigger("trg_2"));
  poll({"k1"});
  store.commit(a_poll(other, 0, {"k1"}));
  const auto events = store.events({});
  ASSERT_EQ(events.size(), 2U);
  EXPECT_NE(events[0].id, events[1].id);
}

TEST_F(Polls, AnyKeyIsAKey) {
  const std::vector<std::string> keys = {"", std::string("a\0b", 3), std::string(1024, 'k'),
                                         "\xC3\xBC", "9007199254740993"};
  EXPECT_EQ(poll(keys), CommitResult::stored);
  const auto events = store.events({});
  ASSERT_EQ(events.size(), keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) EXPECT_EQ(events[i].key, keys[i]);
}

TEST_F(Polls, APollFromAnOldCursorIsStale) {
  poll({"k1"});
  EXPECT_EQ(store.commit(a_poll(row, 0, {"k2"})), CommitResult::stale);
  EXPECT_EQ(store.events({}).size(), 1U);
  EXPECT_EQ(trigger().cursor_version, 1);
}

TEST_F(Polls, APollWithAnotherConfigurationIsStale) {
  PollCommit commit = a_poll(row, 0, {"k1"});
  commit.config_hash = "older";
  EXPECT_EQ(store.commit(commit), CommitResult::stale);
  EXPECT_TRUE(store.events({}).empty());
  EXPECT_TRUE(trigger().cursor.empty());
}

TEST_F(Polls, EditingAndEditingBackMakesAPollInFlightStale) {
  const PollCommit in_flight = a_poll(row, trigger().cursor_version, {"k1"});
  store.set_trigger_input("trg_1", R"({"x":1})", "hash2");
  store.set_trigger_input("trg_1", "{}", "hash");
  EXPECT_EQ(store.commit(in_flight), CommitResult::stale);
  EXPECT_TRUE(store.events({}).empty());
}

TEST_F(Polls, PausingStoppingAndRemovingMakeAPollInFlightStale) {
  store.set_trigger_state(row, TriggerState::paused);
  EXPECT_EQ(store.commit(a_poll(row, 0, {"k1"})), CommitResult::stale);
  store.set_trigger_state(row, TriggerState::stopped);
  EXPECT_EQ(store.commit(a_poll(row, 0, {"k1"})), CommitResult::stale);
  store.remove_trigger("trg_1");
  EXPECT_EQ(store.commit(a_poll(row, 0, {"k1"})), CommitResult::stale);
  EXPECT_TRUE(store.events({}).empty());
}

TEST_F(Polls, TheBaselineMakesATriggerActive) {
  PollCommit commit = a_poll(row, 0);
  commit.baseline_done = true;
  EXPECT_EQ(store.commit(a_poll(row, 0)), CommitResult::stored);  // a page of it
  EXPECT_EQ(trigger().state, TriggerState::initialising);
  commit.cursor_version = 1;
  EXPECT_EQ(store.commit(commit), CommitResult::stored);
  EXPECT_EQ(trigger().state, TriggerState::active);
}

TEST_F(Polls, OneStalePollDoesNotDisturbTheOthers) {
  const std::int64_t other = store.add(a_trigger("trg_2"));
  const PollCommit first = a_poll(row, 0, {"k1"});
  const PollCommit stale = a_poll(row, 7, {"k2"});
  const PollCommit second = a_poll(row, 1, {"k3"});
  const PollCommit another = a_poll(other, 0, {"k4"});
  const std::vector<const PollCommit *> group = {&first, &stale, &second, &another};
  const auto results = store.commit(group);
  EXPECT_EQ(results, (std::vector{CommitResult::stored, CommitResult::stale, CommitResult::stored,
                                  CommitResult::stored}));
  EXPECT_EQ(store.events({}).size(), 3U);
  EXPECT_TRUE(store.commit(std::span<const PollCommit *const>()).empty());
}

TEST_F(Polls, AFloodIsHeld) {
  use_sinks({"a"});
  poll_held({"k1", "k2"});
  EXPECT_EQ(store.count_held(row), 2);
  EXPECT_EQ(by_key("k1").state, EventState::held);
  EXPECT_EQ(next("a"), Keys{});
}

TEST_F(Polls, ATriggerRestoredUnderItsOldIdDoesNotRepeatItsHistory) {
  use_sinks({"a"});
  poll({"k1"});
  deliver("a", {"k1"});
  store.remove_trigger("trg_1");
  row = store.add(a_trigger("trg_1"));
  EXPECT_EQ(poll({"k1", "k2"}), CommitResult::stored);
  EXPECT_EQ(next("a"), Keys{"k2"});
}

}  // namespace
}  // namespace host::test
