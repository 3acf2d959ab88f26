#include "control/program_tokens.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "../store/fixture.hpp"
#include "control/failure.hpp"
#include "control/random_token.hpp"

namespace host {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t now = 1'800'000'000'000;
constexpr std::int64_t hour = 3'600'000;

class ProgramTokens : public testing::Test {
 protected:
  std::string refused(const std::string &name) {
    try {
      create_program_token(store, name, TokenScope::read, now, 0);
    } catch (const Failure &failure) {
      return failure.error.message;
    }
    return "created";
  }
  host::test::Folder folder;
  SqliteStore store{folder.path()};
};

TEST_F(ProgramTokens, AreFoundWhileTheyAreNotRevoked) {
  const Secret token = create_program_token(store, "backup", TokenScope::run, now, now + hour);
  ASSERT_TRUE(is_program_token(token.reveal()));
  const auto found = find_program_token(store, token.reveal());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "backup");
  EXPECT_EQ(found->scope, TokenScope::run);
  std::string nearly(token.reveal());
  nearly.back() = nearly.back() == 'A' ? 'B' : 'A';
  EXPECT_FALSE(find_program_token(store, nearly));
  revoke_program_token(store, "backup");
  EXPECT_FALSE(find_program_token(store, token.reveal()));
}

TEST_F(ProgramTokens, AreNotInTheDatabase) {
  const Secret token = create_program_token(store, "backup", TokenScope::run, now, 0);
  const std::string_view random = token.reveal().substr(program_token_prefix.size());
  for (const TokenRecord &record : store.tokens()) {
    EXPECT_EQ(record.hash.size(), 32U);
    EXPECT_EQ(std::string(record.hash.begin(), record.hash.end()).find(random), std::string::npos);
  }
}

TEST_F(ProgramTokens, ExpireAtTheirTime) {
  create_program_token(store, "short", TokenScope::read, now, now + hour);
  create_program_token(store, "long", TokenScope::read, now, 0);
  const auto tokens = store.tokens();
  EXPECT_FALSE(has_expired(tokens[0], now + 1000 * hour)) << "it has no end";
  EXPECT_FALSE(has_expired(tokens[1], now + hour - 1));
  EXPECT_TRUE(has_expired(tokens[1], now + hour));
}

TEST_F(ProgramTokens, NoteTheirUseOnceAMinute) {
  const Secret token = create_program_token(store, "backup", TokenScope::read, now, 0);
  const auto used_at = [&](std::int64_t at) {
    note_token_use(store, *find_program_token(store, token.reveal()), at);
    return find_program_token(store, token.reveal())->last_used_at;
  };
  EXPECT_EQ(used_at(now), now);
  EXPECT_EQ(used_at(now + 59'999), now);
  EXPECT_EQ(used_at(now + 60'000), now + 60'000);
}

TEST_F(ProgramTokens, HaveNamesThatAProgramCanHave) {
  for (const char *name : {"", "a b", "a\n", "\x1b[2J", "é", "../x", "\"x\""})
    EXPECT_NE(refused(name).find("A token's name is"), std::string::npos) << name;
  EXPECT_NE(refused(std::string(65, 'a')), "created");
  EXPECT_EQ(refused(std::string(64, 'a')), "created");
  EXPECT_EQ(refused("Backup-1_of.x"), "created");
  EXPECT_NE(refused("Backup-1_of.x").find("exists"), std::string::npos);
}

TEST_F(ProgramTokens, RevokingNamesThoseThereAre) {
  create_program_token(store, "backup", TokenScope::read, now, 0);
  try {
    revoke_program_token(store, "bakup");
    FAIL();
  } catch (const Failure &failure) {
    EXPECT_EQ(failure.kind, Failure::Kind::unknown);
    EXPECT_NE(failure.error.advice.find("backup"), std::string::npos);
  }
}

TEST(IsProgramToken, IsTheFormOnly) {
  const std::string token = std::string(program_token_prefix) + random_token();
  EXPECT_TRUE(is_program_token(token));
  for (const std::string &other : {std::string(), token + 'x', token.substr(1), random_token(),
                                   token.substr(0, token.size() - 1) + '+'})
    EXPECT_FALSE(is_program_token(other)) << other;
}

TEST(RandomToken, Has256BitsAndNeverRepeats) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string token = random_token();
    EXPECT_EQ(token.size(), 43U);
    EXPECT_TRUE(seen.insert(token).second);
  }
}

}  // namespace
}  // namespace host
