#include <gtest/gtest.h>

#include "fixture.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/store.hpp"

namespace host::test {
namespace {

StoreError::Kind kind_of(const std::function<void()> &call) {
  try {
    call();
  } catch (const StoreError &error) {
    return error.kind;
  }
  ADD_FAILURE() << "nothing was thrown";
  return StoreError::Kind::io;
}

TEST(Connections, KeepsEveryField) {
  const Folder folder;
  ConnectionRecord record = a_connection();
  record.state = ConnectionState::refresh_delayed;
  record.state_reason = "the token endpoint answers 503";
  record.settings = R"({"token_url":"https://example.com"})";
  record.sealed_input = {0, 1, 0, 255};
  record.sealed_tokens = {9, 0};
  record.token_expires_at = 111;
  record.refresh_started_at = 222;
  record.token_version = 3;
  SqliteStore(folder.path()).add(record);

  const auto found = SqliteStore(folder.path()).connection("con_1");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, record.id);
  EXPECT_EQ(found->plugin, record.plugin);
  EXPECT_EQ(found->method, record.method);
  EXPECT_EQ(found->label, record.label);
  EXPECT_EQ(found->state, record.state);
  EXPECT_EQ(found->state_reason, record.state_reason);
  EXPECT_EQ(found->settings, record.settings);
  EXPECT_EQ(found->sealed_input, record.sealed_input);
  EXPECT_EQ(found->sealed_tokens, record.sealed_tokens);
  EXPECT_EQ(found->token_expires_at, record.token_expires_at);
  EXPECT_EQ(found->refresh_started_at, record.refresh_started_at);
  EXPECT_EQ(found->token_version, record.token_version);
  EXPECT_EQ(found->created_at, record.created_at);
}

TEST_F(StoreTest, ConnectionsAreListedInOrderOfCreation) {
  ConnectionRecord older = a_connection("con_older");
  older.created_at = 1;
  store.add(older);
  const auto all = store.connections();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].id, "con_older");
  EXPECT_EQ(all[1].id, "con_1");
  EXPECT_FALSE(store.connection("con_none"));
}

TEST_F(StoreTest, ASecondConnectionOfTheSameIdIsAConflict) {
  EXPECT_EQ(kind_of([&] { store.add(a_connection()); }), StoreError::Kind::conflict);
}

TEST_F(StoreTest, ATriggerWithoutItsConnectionIsAConflict) {
  EXPECT_EQ(kind_of([&] { store.add(a_trigger("trg_2", "con_none")); }),
            StoreError::Kind::conflict);
  EXPECT_FALSE(store.trigger("trg_2"));
}

TEST_F(StoreTest, ConnectionFieldsChangeOneByOne) {
  store.set_connection_label("con_1", "new label");
  store.set_connection_state("con_1", ConnectionState::needs_sign_in, "the password changed");
  store.set_connection_input("con_1", {7}, R"({"a":1})");
  store.mark_refresh_started("con_1", 77);
  const auto found = store.connection("con_1");
  EXPECT_EQ(found->label, "new label");
  EXPECT_EQ(found->state, ConnectionState::needs_sign_in);
  EXPECT_EQ(found->state_reason, "the password changed");
  EXPECT_EQ(found->sealed_input, Bytes{7});
  EXPECT_EQ(found->settings, R"({"a":1})");
  EXPECT_EQ(found->refresh_started_at, 77);
  store.set_connection_input("con_1", {8}, "");
  EXPECT_EQ(store.connection("con_1")->refresh_started_at, 0) << "it was of the input before";
  store.mark_refresh_started("con_1", 78);
  store.mark_refresh_started("con_1", 0);
  EXPECT_EQ(store.connection("con_1")->refresh_started_at, 0);
}

TEST_F(StoreTest, SealedAnewOnlyIfNothingElseChanged) {
  const ConnectionRecord seen = *store.connection("con_1");
  EXPECT_TRUE(store.replace_sealed(seen, {7}, {8}));
  EXPECT_EQ(store.connection("con_1")->sealed_input, Bytes{7});
  EXPECT_EQ(store.connection("con_1")->sealed_tokens, Bytes{8});
  EXPECT_FALSE(store.replace_sealed(seen, {9}, {9})) << "somebody was faster";
  const ConnectionRecord now = *store.connection("con_1");
  store.set_connection_input("con_1", now.sealed_input, R"({"token_url":"https://other"})");
  EXPECT_FALSE(store.replace_sealed(now, {9}, {9})) << "it is for other settings";
  EXPECT_EQ(store.connection("con_1")->sealed_input, Bytes{7});
}

TEST_F(StoreTest, OfTwoRefreshesOneWins) {
  store.mark_refresh_started("con_1", 77);
  EXPECT_TRUE(store.set_tokens("con_1", 0, {1}, 100));
  EXPECT_FALSE(store.set_tokens("con_1", 0, {2}, 200));
  const auto found = store.connection("con_1");
  EXPECT_EQ(found->sealed_tokens, Bytes{1});
  EXPECT_EQ(found->token_expires_at, 100);
  EXPECT_EQ(found->token_version, 1);
  EXPECT_EQ(found->refresh_started_at, 0);
  EXPECT_TRUE(store.set_tokens("con_1", 1, {3}, 300));
  EXPECT_FALSE(store.set_tokens("con_none", 0, {3}, 300));
}

TEST_F(StoreTest, RemovingAConnectionTakesItsTriggersAndWhatWasNotDelivered) {
  store.add(a_connection("con_2"));
  const std::int64_t other = store.add(a_trigger("trg_2", "con_2"));
  use_sinks({"a"});
  poll({"gone", "kept"});
  store.commit(a_poll(other, 0, {"other"}));
  deliver("a", {"gone"});  // the oldest: delivered, so it is what stays
  store.claim({"idem", "con_1", "x", "h", IdempotencyState::running, "", 1});
  const std::int64_t version = store.schedule_version();

  EXPECT_TRUE(store.remove_connection("con_1"));

  EXPECT_FALSE(store.connection("con_1"));
  EXPECT_FALSE(store.trigger("trg_1"));
  EXPECT_TRUE(store.trigger("trg_2"));
  EXPECT_NE(store.schedule_version(), version);
  const auto events = store.events({});
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].key, "gone");
  EXPECT_EQ(events[0].connection_id, "con_1");  // history still says whose it was
  EXPECT_EQ(events[1].key, "other");
  EXPECT_EQ(next("a"), Keys{"other"});
  EXPECT_FALSE(store.claim({"idem", "con_2", "x", "h", IdempotencyState::running, "", 1}));
  EXPECT_FALSE(store.remove_connection("con_1"));
}

}  // namespace
}  // namespace host::test
