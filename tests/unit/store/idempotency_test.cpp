#include <gtest/gtest.h>

#include "fixture.hpp"
#include "store/store.hpp"

namespace host::test {
namespace {

IdempotencyRecord a_claim() {
  return {"key", "con_1", "subscriber.add", "input", IdempotencyState::running, "", 7};
}

TEST_F(StoreTest, AKeyIsClaimedOnce) {
  EXPECT_FALSE(store.claim(a_claim()));
  IdempotencyRecord second = a_claim();
  second.input_hash = "another input";
  second.created_at = 8;
  const auto known = store.claim(second);
  ASSERT_TRUE(known);
  EXPECT_EQ(known->key, "key");
  EXPECT_EQ(known->connection_id, "con_1");
  EXPECT_EQ(known->action, "subscriber.add");
  EXPECT_EQ(known->input_hash, "input");
  EXPECT_EQ(known->state, IdempotencyState::running);
  EXPECT_EQ(known->created_at, 7);
}

TEST_F(StoreTest, AFinishedActionShowsItsResultAgain) {
  store.claim(a_claim());
  store.finish("key", IdempotencyState::unknown, R"({"outcome":"?"})");
  EXPECT_EQ(store.claim(a_claim())->state, IdempotencyState::unknown);
  store.finish("key", IdempotencyState::done, R"({"ok":true})");
  const auto known = store.claim(a_claim());
  EXPECT_EQ(known->state, IdempotencyState::done);
  EXPECT_EQ(known->result, R"({"ok":true})");
}

TEST_F(StoreTest, PruningForgetsEndedActionsAndKeepsOpenOnes) {
  for (const auto state : {IdempotencyState::running, IdempotencyState::done,
                           IdempotencyState::failed, IdempotencyState::unknown}) {
    IdempotencyRecord record = a_claim();
    record.key = to_string(state);
    store.claim(record);
    store.finish(record.key, state, "{}");
  }
  store.prune(7);
  EXPECT_TRUE(store.claim({"done", "con_1", "a", "i", IdempotencyState::running, "", 9}));
  store.prune(8);
  EXPECT_FALSE(store.claim({"done", "con_1", "a", "i", IdempotencyState::running, "", 9}));
  EXPECT_FALSE(store.claim({"failed", "con_1", "a", "i", IdempotencyState::running, "", 9}));
  EXPECT_TRUE(store.claim({"running", "con_1", "a", "i", IdempotencyState::running, "", 9}));
  EXPECT_TRUE(store.claim({"unknown", "con_1", "a", "i", IdempotencyState::running, "", 9}));
}

}  // namespace
}  // namespace host::test
