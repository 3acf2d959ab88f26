#include "fixture.hpp"

namespace host::test {
namespace {

class AccessTokens : public testing::Test {
 protected:
  static TokenRecord a_token(std::string name, Bytes hash) {
    TokenRecord token;
    token.name = std::move(name);
    token.hash = std::move(hash);
    token.scope = TokenScope::run;
    token.created_at = 1000;
    token.expires_at = 9000;
    return token;
  }
  std::vector<std::string> names() {
    std::vector<std::string> out;
    for (const TokenRecord &token : store.tokens()) out.push_back(token.name);
    return out;
  }
  Folder folder;
  SqliteStore store{folder.path()};
};

TEST_F(AccessTokens, AreFoundByTheirHash) {
  store.add_token(a_token("backup", {1, 2}));
  const auto found = store.token({1, 2});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "backup");
  EXPECT_EQ(found->hash, (Bytes{1, 2}));
  EXPECT_EQ(found->scope, TokenScope::run);
  EXPECT_EQ(found->created_at, 1000);
  EXPECT_EQ(found->expires_at, 9000);
  EXPECT_EQ(found->last_used_at, 0);
  EXPECT_FALSE(store.token({1}));
}

TEST_F(AccessTokens, HaveNamesAndHashesOfTheirOwn) {
  store.add_token(a_token("backup", {1, 2}));
  for (const auto &[name, hash] : {std::pair{"backup", Bytes{3}}, {"other", Bytes{1, 2}}}) {
    try {
      store.add_token(a_token(name, hash));
      ADD_FAILURE() << name;
    } catch (const StoreError &error) {
      EXPECT_EQ(error.kind, StoreError::Kind::conflict);
    }
  }
  store.add_token(a_token("a", {4}));
  EXPECT_EQ(names(), (std::vector<std::string>{"a", "backup"}));
}

TEST_F(AccessTokens, AreGoneForAllOnceRemoved) {
  SqliteStore other{folder.path()};
  store.add_token(a_token("backup", {1, 2}));
  EXPECT_TRUE(other.token({1, 2}));
  EXPECT_TRUE(other.remove_token("backup"));
  EXPECT_FALSE(store.token({1, 2}));
  EXPECT_FALSE(store.remove_token("backup"));
}

TEST_F(AccessTokens, KeepTheTimeOfTheLastUse) {
  store.add_token(a_token("backup", {1, 2}));
  store.set_token_used("backup", 5000);
  store.set_token_used("backup", 4000);  // of a slower thread
  EXPECT_EQ(store.token({1, 2})->last_used_at, 5000);
  store.set_token_used("nobody", 5000);
}

}  // namespace
}  // namespace host::test
