#include <algorithm>

#include "fixture.hpp"

namespace host::test {
namespace {

class StoredSessions : public testing::Test {
 protected:
  std::vector<Bytes> add(Bytes cookie, std::int64_t opened_at, std::int64_t most = 10) {
    return hashes(store.add_session({std::move(cookie), {9}, opened_at, opened_at}, most));
  }
  static std::vector<Bytes> hashes(const std::vector<SessionRecord> &sessions) {
    std::vector<Bytes> out;
    for (const SessionRecord &one : sessions) out.push_back(one.cookie_hash);
    std::ranges::sort(out);
    return out;
  }
  Folder folder;
  SqliteStore store{folder.path()};
};

using Hashes = std::vector<Bytes>;

TEST_F(StoredSessions, AreThereForOtherConnectionsOfTheDatabase) {
  EXPECT_EQ(add({1}, 1000), Hashes());
  SqliteStore other{folder.path()};
  const auto found = other.session({1});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->key_hash, Bytes{9});
  EXPECT_EQ(found->opened_at, 1000);
  other.set_session_used({1}, 3000);
  other.set_session_used({1}, 2000);
  EXPECT_EQ(store.session({1})->used_at, 3000);
  EXPECT_TRUE(other.remove_session({1}));
  EXPECT_FALSE(store.session({1}));
  EXPECT_FALSE(store.remove_session({1}));
}

TEST_F(StoredSessions, AreBoundedAndThoseUsedLongestAgoGo) {
  add({1}, 1000);
  add({2}, 2000);
  store.set_session_used({1}, 5000);
  EXPECT_EQ(add({3}, 3000, 2), (Hashes{{2}}));
  EXPECT_TRUE(store.session({1}));
}

TEST_F(StoredSessions, EndByTheirAgeAndWhenTheyAreNotUsed) {
  add({1}, 1000);
  add({2}, 2000);
  add({3}, 3000);
  store.set_session_used({1}, 9000);
  EXPECT_EQ(hashes(store.remove_old_sessions(1000, 2500)), (Hashes{{2}}));
  EXPECT_EQ(hashes(store.remove_old_sessions(1001, 0)), (Hashes{{1}}));
  EXPECT_EQ(hashes(store.remove_old_sessions(3000, 3000)), Hashes());
}

TEST_F(StoredSessions, AllOthersAreEnded) {
  for (std::uint8_t i = 1; i <= 3; ++i) add({i}, 1000);
  EXPECT_EQ(hashes(store.remove_other_sessions({2})), (Hashes{{1}, {3}}));
  EXPECT_EQ(hashes(store.remove_other_sessions({})), (Hashes{{2}}));
}

TEST_F(StoredSessions, ThePasswordIsKeptAsWhatItIsGiven) {
  EXPECT_EQ(store.password_hash(), "");
  store.set_password_hash("$argon2id$1");
  store.set_password_hash("$argon2id$2");
  EXPECT_EQ(store.password_hash(), "$argon2id$2");
  store.set_password_hash("");
  EXPECT_EQ(store.password_hash(), "");
}

}  // namespace
}  // namespace host::test
