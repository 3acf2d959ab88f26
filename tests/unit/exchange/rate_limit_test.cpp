// The account's budget: strict over every window, actions before polls, bounded memory.
#include "exchange/rate_limit.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace host {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using TimePoint = RateLimiter::TimePoint;
constexpr auto action = RequestKind::action;
constexpr auto poll = RequestKind::poll;

const TimePoint start = TimePoint() + hours(1000);

RateRule rule(std::uint32_t limit, milliseconds window, double share = 0.5) {
  return {"rule", window, limit, share, {}};
}

int admitted(RateLimiter &limiter, RequestKind kind, TimePoint now, int tries,
             std::string_view account = "a", std::string_view operation = "op") {
  int count = 0;
  for (int i = 0; i < tries; ++i)
    if (limiter.reserve(account, kind, operation, now) == now) ++count;
  return count;
}

TEST(RateLimiter, LetsASmallLimitGoAtOnceAndThenTellsWhen) {
  RateLimiter limiter({rule(10, seconds(1))});
  EXPECT_EQ(admitted(limiter, action, start, 10), 10);
  EXPECT_EQ(limiter.reserve("a", action, "op", start + milliseconds(300)), start + seconds(1));
  EXPECT_EQ(admitted(limiter, action, start + seconds(1), 20), 10);
}

TEST(RateLimiter, CountsEachAccountForItself) {
  RateLimiter limiter({rule(1, seconds(1))});
  EXPECT_EQ(admitted(limiter, action, start, 1, "a"), 1);
  EXPECT_EQ(admitted(limiter, action, start, 1, "b"), 1);
  EXPECT_EQ(admitted(limiter, action, start, 1, "a"), 0);
}

TEST(RateLimiter, PollsUseOnlyTheirShare) {
  RateLimiter limiter({rule(10, seconds(1), 0.3)});
  EXPECT_EQ(admitted(limiter, poll, start, 10), 3);
  EXPECT_EQ(admitted(limiter, action, start, 10), 7);
  RateLimiter tiny({rule(3, seconds(1), 0.01)});
  EXPECT_EQ(admitted(tiny, poll, start, 10), 1);  // never none at all
}

TEST(RateLimiter, PollsUseOnlyTheirShareOfALargeLimit) {
  RateLimiter limiter({rule(1000, seconds(60), 0.5)});
  EXPECT_EQ(admitted(limiter, poll, start, 1000), 125);
  EXPECT_EQ(admitted(limiter, action, start, 1000), 125);  // a quarter of the whole at once
}

TEST(RateLimiter, AWaitingActionComesBeforePolls) {
  RateLimiter limiter({rule(2, seconds(1), 1.0)});
  EXPECT_EQ(admitted(limiter, poll, start, 2), 2);
  const TimePoint due = limiter.reserve("a", action, "op", start);
  EXPECT_EQ(due, start + seconds(1));
  EXPECT_GT(limiter.reserve("a", poll, "op", start), due);
  EXPECT_GT(limiter.reserve("a", poll, "op", due), due);  // even if the poll asks first
  EXPECT_EQ(limiter.reserve("a", action, "op", due), due);
  EXPECT_EQ(limiter.reserve("a", poll, "op", due), due);  // the second place
}

TEST(RateLimiter, AnActionThatNeverComesBackDoesNotHoldPollsUp) {
  RateLimiter limiter({rule(1, seconds(1), 1.0)});
  EXPECT_EQ(admitted(limiter, poll, start, 1), 1);
  limiter.reserve("a", action, "op", start);
  const TimePoint due = limiter.reserve("a", poll, "op", start);
  EXPECT_EQ(limiter.reserve("a", poll, "op", due), due);
}

TEST(RateLimiter, AppliesARuleToItsOperationsOnly) {
  RateLimiter limiter({rule(10, seconds(1)),
                       {"campaigns", hours(1), 4, 1.0, {"campaign.create", "campaign.copy"}}});
  EXPECT_EQ(admitted(limiter, action, start, 5, "a", "campaign.create"), 4);
  EXPECT_EQ(admitted(limiter, action, start, 5, "a", "campaign.list"), 5);
  EXPECT_EQ(limiter.reserve("a", action, "campaign.copy", start), start + hours(1));
}

TEST(RateLimiter, CoolsDownOneAccount) {
  RateLimiter limiter({rule(10, seconds(1))});
  limiter.cool_down("a", start + seconds(5));
  limiter.cool_down("a", start + seconds(2));  // never shorter
  EXPECT_EQ(limiter.reserve("a", action, "op", start), start + seconds(5));
  EXPECT_GE(limiter.reserve("a", poll, "op", start), start + seconds(5));
  EXPECT_EQ(limiter.reserve("b", poll, "op", start), start);
  EXPECT_EQ(limiter.reserve("a", action, "op", start + seconds(5)), start + seconds(5));
}

TEST(RateLimiter, WithoutRulesEverythingMayGo) {
  RateLimiter limiter({});
  EXPECT_EQ(admitted(limiter, poll, start, 1000), 1000);
}

TEST(RateLimiter, RefusesRulesThatMakeNoSense) {
  EXPECT_THROW(RateLimiter({rule(0, seconds(1))}), std::invalid_argument);
  EXPECT_THROW(RateLimiter({rule(1, seconds(0))}), std::invalid_argument);
  EXPECT_THROW(RateLimiter({rule(1, seconds(1), 0.0)}), std::invalid_argument);
  EXPECT_THROW(RateLimiter({rule(1, seconds(1), 1.5)}), std::invalid_argument);
}

// The promise itself: whatever is asked whenever, no window ever holds more than the limit, and a
// caller that comes back when told to gets through in the end.
TEST(RateLimiter, IsStrictOverEveryWindow) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (const std::uint32_t limit : {1U, 2U, 5U, 10U, 64U, 65U, 100U, 1000U}) {
    const milliseconds window(1 + static_cast<int>(random() % 60'000));
    const double share = 0.05 + static_cast<double>(random() % 95) / 100;
    RateLimiter limiter({rule(limit, window, share)});
    std::deque<TimePoint> all;
    std::deque<TimePoint> polls;
    const auto polls_limit = std::max(1U, static_cast<std::uint32_t>(limit * share));
    TimePoint now = start;
    for (int i = 0; i < 20'000; ++i) {
      const RequestKind kind = random() % 2 != 0 ? poll : action;
      const TimePoint due = limiter.reserve("a", kind, "op", now);
      ASSERT_GE(due, now);
      if (due == now) {
        all.push_back(now);
        if (kind == poll) polls.push_back(now);
        while (all.front() + window <= now) all.pop_front();
        while (!polls.empty() && polls.front() + window <= now) polls.pop_front();
        ASSERT_LE(all.size(), limit);
        ASSERT_LE(polls.size(), polls_limit);
      }
      if (due > now && random() % 4 == 0)
        now = due;
      else
        now += window * (random() % 100) / (50 * limit);
    }
    EXPECT_GT(all.size(), 0U);
  }
}

TEST(RateLimiter, ALargeLimitFlowsSteadilyAfterItsBurst) {
  RateLimiter limiter({rule(1000, seconds(60))});
  TimePoint now = start;
  for (int i = 0; i < 10'000; ++i) {
    const TimePoint due = limiter.reserve("a", action, "op", now);
    if (due > now) {
      EXPECT_EQ(limiter.reserve("a", action, "op", due), due);
    }
    now = due;
  }
  // 250 at once, then 750 a minute
  EXPECT_NEAR(static_cast<double>((now - start) / seconds(1)), 9'750.0 * 60 / 750, 2);
}

TEST(RateLimiter, DropsAccountsAtRest) {
  RateLimiter limiter({rule(10, seconds(1)), rule(500'000, hours(24))});
  for (int i = 0; i < 10'000; ++i)
    limiter.reserve("account " + std::to_string(i), poll, "op", start + milliseconds(i));
  // Each is at rest after a second, which is a thousand accounts later.
  EXPECT_LT(limiter.accounts(), 2'100U);
  for (int i = 0; i < 3'000; ++i) limiter.reserve("last", poll, "op", start + hours(1));
  EXPECT_EQ(limiter.accounts(), 1U);
}

TEST(RateLimiter, ANewAccountInheritsNothingFromADroppedOne) {
  RateLimiter limiter({rule(10, seconds(1)), rule(1'000, hours(24))});
  EXPECT_EQ(admitted(limiter, action, start, 20, "old"), 10);
  limiter.cool_down("old", start + seconds(60));
  limiter.reserve("passer-by", poll, "op", start + hours(48));
  limiter.reserve("passer-by", poll, "op", start + hours(48));
  ASSERT_EQ(limiter.accounts(), 1U);
  EXPECT_EQ(admitted(limiter, action, start + hours(48), 20, "new"), 10);
}

TEST(RateLimiter, KeepsAnAccountThatIsNotAtRest) {
  RateLimiter limiter({{"campaigns", hours(1), 4, 1.0, {"campaign.create"}}});
  EXPECT_EQ(admitted(limiter, action, start, 4, "busy", "campaign.create"), 4);
  limiter.cool_down("cooling", start + hours(1));
  for (int i = 0; i < 1'000; ++i)
    limiter.reserve(std::to_string(i), poll, "op", start + seconds(i));
  EXPECT_EQ(admitted(limiter, action, start + seconds(1'000), 1, "busy", "campaign.create"), 0);
  EXPECT_GT(limiter.reserve("cooling", poll, "op", start + seconds(1'000)), start + seconds(1'000));
}

}  // namespace
}  // namespace host
