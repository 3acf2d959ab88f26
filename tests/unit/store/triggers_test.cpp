#include <gtest/gtest.h>

#include <map>
#include <set>

#include "fixture.hpp"
#include "store/store.hpp"

namespace host::test {
namespace {

class Triggers : public StoreTest {
 protected:
  std::vector<std::int64_t> scheduled() {
    std::vector<std::int64_t> rows;
    store.for_each_schedule([&](const TriggerSchedule &entry) { rows.push_back(entry.row); });
    return rows;
  }
  void finish_baseline() {
    PollCommit commit = a_poll(row, trigger().cursor_version);
    commit.baseline_done = true;
    ASSERT_EQ(store.commit(commit), CommitResult::stored);
  }
  bool reschedules(const std::function<void()> &change) {
    const std::int64_t before = store.schedule_version();
    change();
    return store.schedule_version() != before;
  }
  static void expect_what_a_poll_needs(const TriggerRecord &found, const TriggerRecord &record);
};

TEST_F(Triggers, KeepEveryField) {
  TriggerRecord record = a_trigger("trg_2");
  record.input = R"({"list":"1"})";
  record.state = TriggerState::failing;
  record.start = StartMode::last_n;
  record.start_count = 5;
  record.cursor = {0, 1, 2};
  record.cursor_version = 6;
  record.failures = 7;
  record.failing_since = 8;
  record.retry_at = 9;
  record.last_error = R"({"class":"x"})";
  const std::int64_t added = store.add(record);
  EXPECT_GT(added, row);

  const TriggerRecord found = store.trigger("trg_2").value_or(TriggerRecord());
  EXPECT_EQ(found.last_error, record.last_error);
  EXPECT_EQ(found.created_at, record.created_at);
  expect_what_a_poll_needs(found, record);
  EXPECT_EQ(found.row, added);

  TriggerRecord loaded;
  ASSERT_TRUE(store.load_trigger(added, loaded));
  expect_what_a_poll_needs(loaded, record);
  EXPECT_EQ(loaded.row, added);
  EXPECT_EQ(loaded.last_error, "");
}

void Triggers::expect_what_a_poll_needs(const TriggerRecord &found, const TriggerRecord &record) {
  EXPECT_EQ(found.id, record.id);
  EXPECT_EQ(found.connection_id, record.connection_id);
  EXPECT_EQ(found.plugin, "sendpulse");
  EXPECT_EQ(found.trigger, record.trigger);
  EXPECT_EQ(found.input, record.input);
  EXPECT_EQ(found.config_hash, record.config_hash);
  EXPECT_EQ(found.interval_ms, record.interval_ms);
  EXPECT_EQ(found.state, record.state);
  EXPECT_EQ(found.start, record.start);
  EXPECT_EQ(found.start_count, record.start_count);
  EXPECT_EQ(found.cursor, record.cursor);
  EXPECT_EQ(found.cursor_version, record.cursor_version);
  EXPECT_EQ(found.failures, record.failures);
  EXPECT_EQ(found.failing_since, record.failing_since);
  EXPECT_EQ(found.retry_at, record.retry_at);
}

TEST_F(Triggers, LoadingReusesTheBuffersAndLeavesNothingOfTheLastOne) {
  TriggerRecord big = a_trigger("trg_2");
  big.input = std::string(5000, 'x');
  big.cursor = Bytes(5000, 1);
  big.last_error = "x";
  const std::int64_t big_row = store.add(big);
  TriggerRecord into;
  ASSERT_TRUE(store.load_trigger(big_row, into));
  const auto *input = into.input.data();
  const auto *cursor = into.cursor.data();
  ASSERT_TRUE(store.load_trigger(row, into));
  EXPECT_EQ(into.input, "{}");
  EXPECT_TRUE(into.cursor.empty());
  EXPECT_EQ(into.last_error, "");
  ASSERT_TRUE(store.load_trigger(big_row, into));
  EXPECT_EQ(into.input.data(), input);
  EXPECT_EQ(into.cursor.data(), cursor);
  EXPECT_FALSE(store.load_trigger(99, into));
}

TEST_F(Triggers, AreListedWholeOrByConnection) {
  store.add(a_connection("con_2"));
  store.add(a_trigger("trg_2", "con_2"));
  EXPECT_EQ(store.triggers().size(), 2U);
  ASSERT_EQ(store.triggers("con_2").size(), 1U);
  EXPECT_EQ(store.triggers("con_2")[0].id, "trg_2");
  EXPECT_TRUE(store.triggers("con_none").empty());
}

TEST_F(Triggers, RequestCountsAreShownAndOnlyForTriggersThatExist) {
  EXPECT_FALSE(trigger().requests);
  const RequestCounts counts{
      .requests = 12, .polls = 9, .earlier_requests = 7, .earlier_polls = 5, .last = 3};
  store.set_requests(std::vector<TriggerRequests>{{row, {.last = 1}}, {99, counts}});
  EXPECT_EQ(trigger().requests, RequestCounts{.last = 1});
  store.set_requests(std::vector<TriggerRequests>{{row, counts}});
  EXPECT_EQ(store.requests(row), counts);
  EXPECT_EQ(store.triggers().at(0).requests, counts);
  EXPECT_FALSE(store.requests(99));
  TriggerRecord loaded = trigger();
  ASSERT_TRUE(store.load_trigger(row, loaded));
  EXPECT_FALSE(loaded.requests) << "polls do not need it";
}

TEST_F(Triggers, ANewBaselineForgetsTheRequestCountsAndAnEditThatKeepsTheCursorDoesNot) {
  const std::vector<TriggerRequests> counted{{row, {.requests = 4, .polls = 2, .last = 2}}};
  store.set_requests(counted);
  store.set_trigger_input("trg_1", R"({"a":1})", "hash", Store::OldCursor::keep);
  EXPECT_TRUE(trigger().requests);
  store.set_trigger_input("trg_1", R"({"a":2})", "hash2");
  EXPECT_FALSE(trigger().requests);
  store.set_requests(counted);
  store.set_trigger_state(row, TriggerState::initialising);
  EXPECT_FALSE(trigger().requests);
}

TEST_F(Triggers, ACommitStoresRequestCountsAlsoWhereItsOwnPollIsStale) {
  const std::int64_t second = store.add(a_trigger("trg_2"));
  PollCommit commit = a_poll(row, trigger().cursor_version, {"k1"});
  commit.requests = {{row, {.last = 4}}, {second, {.last = 5}}};
  EXPECT_EQ(store.commit(commit), CommitResult::stored);
  EXPECT_EQ(store.requests(row), RequestCounts{.last = 4});
  EXPECT_EQ(store.requests(second), RequestCounts{.last = 5});
  commit.requests = {{second, {.last = 6}}};
  EXPECT_EQ(store.commit(commit), CommitResult::stale);
  EXPECT_EQ(store.requests(second), RequestCounts{.last = 6});
}

TEST_F(Triggers, ARowIsNeverUsedAgain) {
  const std::int64_t second = store.add(a_trigger("trg_2"));
  store.remove_trigger("trg_2");
  EXPECT_GT(store.add(a_trigger("trg_3")), second);
}

TEST_F(Triggers, TheScheduleHoldsWhatPollsInRowOrder) {
  const std::int64_t paused = store.add(a_trigger("trg_2"));
  const std::int64_t stopped = store.add(a_trigger("trg_3"));
  const std::int64_t dead_login = store.add(a_trigger("trg_4"));
  TriggerRecord failing = a_trigger("trg_5");
  failing.state = TriggerState::failing;
  failing.retry_at = 12345;
  const std::int64_t failing_row = store.add(failing);
  store.set_trigger_state(paused, TriggerState::paused);
  store.set_trigger_state(stopped, TriggerState::stopped);
  store.set_trigger_state(dead_login, TriggerState::needs_sign_in);
  EXPECT_EQ(scheduled(), (std::vector{row, failing_row}));
  store.for_each_schedule([&](const TriggerSchedule &entry) {
    EXPECT_EQ(entry.interval_ms, 300000);
    EXPECT_EQ(entry.retry_at, entry.row == failing_row ? 12345 : 0);
    EXPECT_EQ(entry.account, account_of("con_1"));
    EXPECT_EQ(entry.initialising, entry.row == row);
  });
}

TEST_F(Triggers, TheScheduleMayBeReadWhileItIsVisited) {
  store.add(a_trigger("trg_2"));
  int pairs = 0;
  store.for_each_schedule([&](const TriggerSchedule &) {
    store.for_each_schedule([&](const TriggerSchedule &) { ++pairs; });
  });
  EXPECT_EQ(pairs, 4);
}

TEST_F(Triggers, AccountsSpreadOverWorkers) {
  std::array<int, 4> workers{};
  for (int i = 0; i < 4000; ++i) ++workers[account_of("con_" + std::to_string(i)) % 4];
  for (const int load : workers) EXPECT_NEAR(load, 1000, 200);
}

TEST_F(Triggers, PausingKeepsTheCursorAndResumingGoesOn) {
  finish_baseline();
  const TriggerRecord before = trigger();
  store.set_trigger_state(row, TriggerState::paused);
  EXPECT_EQ(trigger().state, TriggerState::paused);
  EXPECT_EQ(trigger().cursor, before.cursor);
  store.set_trigger_state(row, TriggerState::active);
  EXPECT_EQ(trigger().state, TriggerState::active);
  EXPECT_EQ(trigger().cursor, before.cursor);
  EXPECT_EQ(trigger().cursor_version, before.cursor_version);
}

TEST_F(Triggers, ResumingBeforeTheBaselineIsDoneGoesOnWithTheBaseline) {
  store.set_trigger_state(row, TriggerState::paused);
  store.set_trigger_state(row, TriggerState::active);
  EXPECT_EQ(trigger().state, TriggerState::initialising);
}

TEST_F(Triggers, ResumingForgetsPastFailures) {
  finish_baseline();
  store.record_failure(row, 576, 1, 2, TriggerState::stopped, R"({"class":"x"})");
  store.set_trigger_state(row, TriggerState::active);
  const TriggerRecord found = trigger();
  EXPECT_EQ(found.state, TriggerState::active);
  EXPECT_EQ(found.failures, 0);
  EXPECT_EQ(found.failing_since, 0);
  EXPECT_EQ(found.retry_at, 0);
  EXPECT_EQ(found.last_error, "");
}

TEST_F(Triggers, StartingOverForgetsTheCursor) {
  finish_baseline();
  const std::int64_t version = trigger().cursor_version;
  store.set_trigger_state(row, TriggerState::initialising);
  EXPECT_EQ(trigger().state, TriggerState::initialising);
  EXPECT_TRUE(trigger().cursor.empty());
  EXPECT_GT(trigger().cursor_version, version);
}

TEST_F(Triggers, NewInputStartsANewBaselineOfThatTriggerOnly) {
  finish_baseline();
  const std::int64_t other = store.add(a_trigger("trg_2"));
  store.commit(a_poll(other, 0));
  const std::int64_t version = trigger().cursor_version;

  store.set_trigger_input("trg_1", R"({"list":"2"})", "hash2");

  const TriggerRecord found = trigger();
  EXPECT_EQ(found.state, TriggerState::initialising);
  EXPECT_EQ(found.input, R"({"list":"2"})");
  EXPECT_EQ(found.config_hash, "hash2");
  EXPECT_TRUE(found.cursor.empty());
  EXPECT_GT(found.cursor_version, version);
  TriggerRecord untouched;
  store.load_trigger(other, untouched);
  EXPECT_FALSE(untouched.cursor.empty());
  EXPECT_EQ(untouched.cursor_version, 1);
}

TEST_F(Triggers, NewInputMayKeepTheCursorButNotAPollInProgress) {
  finish_baseline();
  store.record_failure(row, 3, 10, 20, TriggerState::failing, R"({"class":"vendor"})");
  const TriggerRecord before = trigger();

  store.set_trigger_input("trg_1", R"({"only":"2"})", "hash2", Store::OldCursor::keep);

  const TriggerRecord found = trigger();
  EXPECT_EQ(found.state, TriggerState::active);
  EXPECT_EQ(found.input, R"({"only":"2"})");
  EXPECT_EQ(found.cursor, before.cursor);
  EXPECT_GT(found.cursor_version, before.cursor_version);
  EXPECT_EQ(found.failures, 0);
  EXPECT_EQ(found.last_error, "");
  EXPECT_EQ(store.commit(a_poll(row, before.cursor_version)), CommitResult::stale);
}

TEST_F(Triggers, AKeptCursorOfAnIncompleteBaselineStaysABaseline) {
  store.set_trigger_input("trg_1", R"({"only":"2"})", "hash2", Store::OldCursor::keep);
  EXPECT_EQ(trigger().state, TriggerState::initialising);
}

TEST_F(Triggers, TheSameInputChangesNothing) {
  finish_baseline();
  const TriggerRecord before = trigger();
  EXPECT_FALSE(reschedules([&] { store.set_trigger_input("trg_1", "{}", "hash"); }));
  EXPECT_EQ(trigger().state, TriggerState::active);
  EXPECT_EQ(trigger().cursor, before.cursor);
  EXPECT_EQ(trigger().cursor_version, before.cursor_version);
}

TEST_F(Triggers, EditedWhilePausedStaysPausedAndThenStartsANewBaseline) {
  finish_baseline();
  store.set_trigger_state(row, TriggerState::paused);
  store.set_trigger_input("trg_1", "{\"a\":1}", "hash2");
  EXPECT_EQ(trigger().state, TriggerState::paused);
  store.set_trigger_state(row, TriggerState::active);
  EXPECT_EQ(trigger().state, TriggerState::initialising);
}

TEST_F(Triggers, FailureAndRecovery) {
  finish_baseline();
  const Bytes cursor = trigger().cursor;
  store.record_failure(row, 3, 10, 20, TriggerState::failing, R"({"class":"vendor"})");
  TriggerRecord found = trigger();
  EXPECT_EQ(found.state, TriggerState::failing);
  EXPECT_EQ(found.failures, 3);
  EXPECT_EQ(found.failing_since, 10);
  EXPECT_EQ(found.retry_at, 20);
  EXPECT_EQ(found.last_error, R"({"class":"vendor"})");
  EXPECT_EQ(found.cursor, cursor);
  store.clear_failure(row);
  found = trigger();
  EXPECT_EQ(found.state, TriggerState::active);
  EXPECT_EQ(found.failures, 0);
  EXPECT_EQ(found.retry_at, 0);
  EXPECT_EQ(found.last_error, "");
}

TEST_F(Triggers, AFailingBaselineStaysABaseline) {
  store.record_failure(row, 20, 10, 20, TriggerState::failing, "{}");
  EXPECT_EQ(trigger().state, TriggerState::initialising);
  EXPECT_EQ(trigger().failures, 20);
  store.clear_failure(row);
  EXPECT_EQ(trigger().state, TriggerState::initialising);
  store.record_failure(row, 576, 10, 20, TriggerState::stopped, "{}");
  EXPECT_EQ(trigger().state, TriggerState::stopped);
}

TEST_F(Triggers, AFailureOfAPollInFlightDoesNotUndoAPause) {
  store.set_trigger_state(row, TriggerState::paused);
  store.record_failure(row, 1, 10, 20, TriggerState::active, "{}");
  EXPECT_EQ(trigger().state, TriggerState::paused);
  EXPECT_EQ(trigger().failures, 0);
}

TEST_F(Triggers, OnlyWhatAPersonChangesMovesTheScheduleVersion) {
  EXPECT_TRUE(reschedules([&] { store.add(a_trigger("trg_2")); }));
  EXPECT_TRUE(reschedules([&] { store.remove_trigger("trg_2"); }));
  EXPECT_TRUE(reschedules([&] { store.set_trigger_state(row, TriggerState::paused); }));
  EXPECT_FALSE(reschedules([&] { store.set_trigger_state(row, TriggerState::paused); }));
  EXPECT_TRUE(reschedules([&] { store.set_trigger_state(row, TriggerState::active); }));
  EXPECT_TRUE(reschedules([&] { store.set_trigger_input("trg_1", "{\"b\":1}", "hash"); }));
  EXPECT_FALSE(reschedules([&] { poll({"a"}); }));
  EXPECT_FALSE(
      reschedules([&] { store.record_failure(row, 1, 1, 1, TriggerState::failing, "{}"); }));
  EXPECT_FALSE(reschedules([&] { store.clear_failure(row); }));
  EXPECT_FALSE(reschedules([&] { store.remove_trigger("trg_none"); }));
}

TEST_F(Triggers, RemovingOneKeepsDeliveredHistoryAndNothingElse) {
  use_sinks({"a"});
  poll({"1", "2", "3"});
  poll_held({"4"});
  deliver("a", {"1"});
  store.delivery_failed({by_key("2").seq, "a", DeliveryState::dead, 10, 0, "gone"});
  EXPECT_TRUE(store.remove_trigger("trg_1"));
  EXPECT_FALSE(store.remove_trigger("trg_1"));
  const auto events = store.events({});
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].key, "1");
  EXPECT_EQ(events[0].trigger_id, "trg_1");
  EXPECT_EQ(store.count_undelivered("a"), 0);
  EXPECT_EQ(store.prune(30000), 1);
  EXPECT_TRUE(store.events({}).empty());
}

TEST_F(Triggers, AnotherIntervalKeepsCursorAndState) {
  poll({"1"});
  const TriggerRecord before = trigger();
  const std::int64_t version = store.schedule_version();
  store.set_trigger_interval("trg_1", 60'000);
  EXPECT_EQ(trigger().interval_ms, 60'000);
  EXPECT_EQ(trigger().cursor, before.cursor);
  EXPECT_EQ(trigger().state, before.state);
  EXPECT_NE(store.schedule_version(), version);
  store.set_trigger_interval("trg_nothing", 1000);
}

TEST_F(Triggers, AreCountedByState) {
  store.set_trigger_state(store.add(a_trigger("trg_2")), TriggerState::paused);
  store.add(a_trigger("trg_3"));
  std::map<TriggerState, std::int64_t> counts;
  for (const auto &[state, count] : store.count_triggers()) counts[state] = count;
  EXPECT_EQ(counts, (std::map<TriggerState, std::int64_t>{{TriggerState::initialising, 2},
                                                          {TriggerState::paused, 1}}));
}

}  // namespace
}  // namespace host::test
