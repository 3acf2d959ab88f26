#include "server/password_attempts.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace host::server {
namespace {

using namespace std::chrono_literals;
using Kind = PasswordAttempts::Kind;

class Attempts : public testing::Test {
 protected:
  Kind attempt(const std::string &password) {
    result = attempts.attempt("the hash", password);
    return result.kind;
  }
  PasswordAttempts::Time now{};
  std::vector<std::string> checked;
  PasswordAttempts attempts{[this] { return now; },
                            [this](const std::string &hash, std::string_view password) {
                              EXPECT_EQ(hash, "the hash");
                              checked.emplace_back(password);
                              return password == "right";
                            }};
  PasswordAttempts::Result result{};
};

TEST_F(Attempts, AFewMistakesCostNothing) {
  EXPECT_EQ(attempt("wrong"), Kind::wrong);
  EXPECT_EQ(attempt("wrong"), Kind::wrong);
  EXPECT_EQ(result.wait, 0s);
  EXPECT_EQ(attempt("right"), Kind::right);
}

TEST_F(Attempts, WaitTwiceAsLongEachTimeUpToFiveMinutes) {
  const std::vector<std::chrono::seconds> waits{0s,  0s,  1s,   2s,   4s,   8s,  16s,
                                                32s, 64s, 128s, 256s, 300s, 300s};
  for (const auto wait : waits) {
    EXPECT_EQ(attempt("wrong"), Kind::wrong);
    EXPECT_EQ(result.wait, wait);
    now += wait;
  }
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_EQ(attempt("wrong"), Kind::wrong);
    now += 300s;
  }
  EXPECT_EQ(result.wait, PasswordAttempts::longest_wait);
}

TEST_F(Attempts, ThatComeTooEarlyAreNotLookedAt) {
  for (int i = 0; i < 4; ++i) {
    attempt("wrong");
    now += 1s;
  }
  const std::size_t before = checked.size();
  EXPECT_EQ(attempt("right"), Kind::too_early) << "the right one neither";
  EXPECT_EQ(result.wait, 1s);
  now += 999ms;
  EXPECT_EQ(attempt("wrong"), Kind::too_early);
  EXPECT_EQ(result.wait, 1ms) << "it did not make the wait longer";
  EXPECT_EQ(checked.size(), before);
  now += 1ms;
  EXPECT_EQ(attempt("right"), Kind::right);
}

TEST_F(Attempts, BeginAnewAfterTheRightOne) {
  for (int i = 0; i < 6; ++i) {
    attempt("wrong");
    now += 300s;
  }
  EXPECT_EQ(attempt("right"), Kind::right);
  EXPECT_EQ(attempt("wrong"), Kind::wrong);
  EXPECT_EQ(result.wait, 0s);
}

// The check is what takes the time: a password that is empty or long must not skip it.
TEST_F(Attempts, EveryWrongPasswordIsCheckedOnce) {
  for (const std::string &password : {std::string(), std::string("x"), std::string(100'000, 'x'),
                                      std::string("right\0", 6), std::string("righ")}) {
    checked.clear();
    EXPECT_EQ(attempt(password), Kind::wrong);
    EXPECT_EQ(checked, std::vector<std::string>{password});
    now += 300s;
  }
}

}  // namespace
}  // namespace host::server
