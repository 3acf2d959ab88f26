#include <gtest/gtest.h>

#include "fixture.hpp"
#include "store/store.hpp"

namespace host::test {
namespace {

class Events : public StoreTest {
 protected:
  Keys list(const Store::EventFilter &filter) {
    Keys keys;
    for (const EventRecord &event : store.events(filter)) keys.push_back(event.key);
    return keys;
  }
};

TEST_F(Events, AreFoundById) {
  poll({"k1"});
  const std::string id = by_key("k1").id;
  ASSERT_TRUE(store.event(id));
  EXPECT_EQ(store.event(id)->key, "k1");
  EXPECT_FALSE(store.event("evt_none"));
}

TEST_F(Events, AreListedByTriggerStateAndPage) {
  const std::int64_t other = store.add(a_trigger("trg_2"));
  poll({"1", "2", "3"});
  store.commit(a_poll(other, 0, {"4"}));
  poll_held({"5"});
  EXPECT_EQ(list({}), (Keys{"1", "2", "3", "4", "5"}));
  EXPECT_EQ(list({.trigger_id = "trg_2", .connection_id = {}, .text = {}, .state = {}}), Keys{"4"});
  EXPECT_EQ(list({.trigger_id = {}, .connection_id = {}, .text = {}, .state = EventState::held}),
            Keys{"5"});
  EXPECT_EQ(
      list({.trigger_id = "trg_1", .connection_id = {}, .text = {}, .state = EventState::pending}),
      (Keys{"1", "2", "3"}));
  EXPECT_EQ(list({.trigger_id = {}, .connection_id = {}, .text = {}, .state = {}, .limit = 2}),
            (Keys{"1", "2"}));
  EXPECT_EQ(list({.trigger_id = {},
                  .connection_id = {},
                  .text = {},
                  .state = {},
                  .after_seq = by_key("2").seq,
                  .limit = 2}),
            (Keys{"3", "4"}));
  EXPECT_EQ(list({.trigger_id = {},
                  .connection_id = {},
                  .text = {},
                  .state = {},
                  .limit = 2,
                  .newest_first = true}),
            (Keys{"5", "4"}));
  EXPECT_EQ(list({.trigger_id = {},
                  .connection_id = {},
                  .text = {},
                  .state = {},
                  .after_seq = by_key("4").seq,
                  .limit = 2,
                  .newest_first = true}),
            (Keys{"3", "2"}));
}

TEST_F(Events, AreCountedByState) {
  poll({"1", "2"});
  poll_held({"3"});
  EXPECT_EQ(store.count_events(EventState::pending), 2);
  EXPECT_EQ(store.count_events(EventState::held), 1);
  EXPECT_EQ(store.count_events(EventState::delivered), 0);
}

TEST_F(Events, ReleasedOnesAreDeliveredOnceAndFirst) {
  use_sinks({"a"});
  poll_held({"1", "2"});
  poll({"3"});
  EXPECT_EQ(next("a"), Keys{"3"});
  EXPECT_EQ(store.release("trg_1"), 2);
  EXPECT_EQ(next("a"), (Keys{"1", "2", "3"}));
  EXPECT_EQ(store.count_held(row), 0);
  EXPECT_EQ(store.release("trg_1"), 0);
  deliver("a", {"1", "2", "3"});
  EXPECT_EQ(next("a"), Keys{});
}

TEST_F(Events, DiscardedOnesAreNeitherDeliveredNorFoundAgain) {
  use_sinks({"a"});
  poll_held({"1", "2"});
  EXPECT_EQ(store.discard("trg_1"), 2);
  EXPECT_EQ(store.discard("trg_1"), 0);
  EXPECT_EQ(store.release("trg_1"), 0);
  EXPECT_EQ(poll({"1", "2"}), CommitResult::stored);
  EXPECT_EQ(next("a"), Keys{});
  EXPECT_EQ(store.count_events(EventState::discarded), 2);
}

TEST_F(Events, AReplayedOneKeepsItsIdAndGoesToEverySinkAgain) {
  use_sinks({"a", "b"});
  poll({"1", "2"});
  const std::string id = by_key("1").id;
  deliver("a", {"1", "2"});
  deliver("b", {"1", "2"});
  EXPECT_EQ(by_key("1").state, EventState::delivered);
  EXPECT_TRUE(store.replay(id));
  EXPECT_EQ(by_key("1").id, id);
  EXPECT_EQ(by_key("1").state, EventState::pending);
  EXPECT_EQ(by_key("1").delivered_at, 0);
  EXPECT_EQ(next("a"), Keys{"1"});
  EXPECT_EQ(next("b"), Keys{"1"});
  deliver("a", {"1"});
  deliver("b", {"1"});
  EXPECT_EQ(by_key("1").state, EventState::delivered);
}

TEST_F(Events, AReplayGoesBeforeWhatIsPending) {
  use_sinks({"a"});
  poll({"1", "2"});
  deliver("a", {"1"});
  EXPECT_TRUE(store.replay(by_key("1").id));
  EXPECT_EQ(next("a"), (Keys{"1", "2"}));
}

TEST_F(Events, AReplayMakesARetryDueAtOnce) {
  use_sinks({"a"});
  poll({"1"});
  store.delivery_failed({by_key("1").seq, "a", DeliveryState::pending, 4, 99999, "503"});
  EXPECT_EQ(next("a"), Keys{});
  EXPECT_TRUE(store.replay(by_key("1").id));
  EXPECT_EQ(next("a"), Keys{"1"});
  EXPECT_EQ(store.deliveries(by_key("1").seq)[0].attempts, 0);
}

TEST_F(Events, DeadAndDiscardedOnesCanBeReplayedButHeldOnesCannot) {
  use_sinks({"a"});
  poll({"1"});
  store.delivery_failed({by_key("1").seq, "a", DeliveryState::dead, 10, 0, "503"});
  poll_held({"2"});
  EXPECT_FALSE(store.replay(by_key("2").id));
  store.discard("trg_1");
  EXPECT_TRUE(store.replay(by_key("1").id));
  EXPECT_TRUE(store.replay(by_key("2").id));
  EXPECT_FALSE(store.replay("evt_none"));
  EXPECT_EQ(next("a"), (Keys{"1", "2"}));
}

TEST_F(Events, PruningForgetsOldHistoryOnly) {
  use_sinks({"a"});
  poll({"1", "2", "3"});
  poll_held({"4"});
  store.discard("trg_1");
  poll_held({"5"});
  deliver("a", {"1"});
  store.delivered("a", std::vector{by_key("2").seq}, 50000);
  EXPECT_EQ(store.prune(5000), 0);
  EXPECT_EQ(store.prune(50000), 2);  // "1", delivered at 20000, and "4", recorded at 5000
  EXPECT_EQ(list({}), (Keys{"2", "3", "5"}));
  EXPECT_TRUE(store.deliveries(by_key("2").seq).size() == 1);
  EXPECT_EQ(next("a"), Keys{"3"});
}

TEST_F(Events, PruningGoesInBites) {
  use_sinks({"a"});
  poll({"1", "2", "3", "4", "5"});
  deliver("a", {"1", "2", "3", "4", "5"});
  EXPECT_EQ(store.prune(30000, 2), 2);
  EXPECT_EQ(store.prune(30000, 2), 2);
  EXPECT_EQ(store.prune(30000, 2), 1);
  EXPECT_EQ(store.prune(30000, 2), 0);
}

TEST_F(Events, AreFilteredByConnectionAndText) {
  store.add(a_connection("con_2"));
  const std::int64_t other = store.add(a_trigger("trg_2", "con_2"));
  poll({"apple", "100%"});
  PollCommit commit = a_poll(other, 0, {"pear"});
  commit.events.front().data = R"({"name":"Jane_Doe"})";
  store.commit(commit);
  const auto found = [this](const std::string &connection, const std::string &text) {
    Store::EventFilter filter;
    filter.connection_id = connection;
    filter.text = text;
    Keys keys;
    for (const EventRecord &event : store.events(filter)) keys.push_back(event.key);
    return keys;
  };
  EXPECT_EQ(found("con_1", ""), (Keys{"apple", "100%"}));
  EXPECT_EQ(found("con_2", ""), Keys{"pear"});
  EXPECT_EQ(found("con_3", ""), Keys{});
  EXPECT_EQ(found("", "APPLE"), Keys{"apple"});
  EXPECT_EQ(found("", "subject of pea"), Keys{"pear"});
  EXPECT_EQ(found("", "jane_"), Keys{"pear"});
  // What LIKE takes for any character stands for itself.
  EXPECT_EQ(found("", "%"), Keys{"100%"});
  EXPECT_EQ(found("", "p_p"), Keys{});
  EXPECT_EQ(found("", "\\"), Keys{});
  EXPECT_EQ(found("con_1", "pear"), Keys{});
}

}  // namespace
}  // namespace host::test
