#include "polling/backoff.hpp"

#include <gtest/gtest.h>

namespace host {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr milliseconds five_minutes{300'000};

FailureVerdict verdict(ErrorClass error, std::int64_t failures, milliseconds failing_for = {},
                       milliseconds retry_after = {}, double random = 1.0,
                       TriggerState before = TriggerState::active) {
  return judge_failure(error, failures, failing_for, five_minutes, retry_after, random, before);
}

TEST(Backoff, DoublesFromTheIntervalToAnHour) {
  EXPECT_EQ(verdict(ErrorClass::unavailable, 1).wait, five_minutes);
  EXPECT_EQ(verdict(ErrorClass::unavailable, 2).wait, 2 * five_minutes);
  EXPECT_EQ(verdict(ErrorClass::unavailable, 3).wait, 4 * five_minutes);
  EXPECT_EQ(verdict(ErrorClass::unavailable, 5).wait, hours{1});
  EXPECT_EQ(verdict(ErrorClass::unavailable, 500).wait, hours{1});
}

TEST(Backoff, JitterTakesUpToHalfAway) {
  EXPECT_EQ(verdict(ErrorClass::timeout, 2, {}, {}, 0.0).wait, five_minutes);
  EXPECT_GE(verdict(ErrorClass::timeout, 1, {}, {}, 0.0).wait, five_minutes / 2);
}

TEST(Backoff, HonoursWhatTheServiceAskedForUpToTheCap) {
  EXPECT_EQ(verdict(ErrorClass::rate_limited, 1, {}, minutes{20}).wait, minutes{20});
  EXPECT_EQ(verdict(ErrorClass::quota, 1, {}, hours{48}).wait, hours{1});
  EXPECT_EQ(verdict(ErrorClass::rate_limited, 1, {}, seconds{2}).wait, five_minutes);
}

TEST(Backoff, OnlyAPersonRepairsBadCredentials) {
  for (const ErrorClass error :
       {ErrorClass::needs_reauth, ErrorClass::auth_expired, ErrorClass::app_misconfigured}) {
    EXPECT_EQ(verdict(error, 1).state, TriggerState::needs_sign_in);
  }
}

TEST(Backoff, ServerTroubleIsNeverBadCredentials) {
  for (const ErrorClass error : {ErrorClass::unavailable, ErrorClass::timeout,
                                 ErrorClass::rate_limited, ErrorClass::bad_response}) {
    for (const std::int64_t failures : {1, 10, 575}) {
      EXPECT_NE(verdict(error, failures, hours{24}).state, TriggerState::needs_sign_in);
    }
  }
}

TEST(Backoff, IsFailingAfterAnHourAndStoppedAfterTwoDays) {
  EXPECT_EQ(verdict(ErrorClass::unavailable, 3, minutes{59}).state, TriggerState::active);
  EXPECT_EQ(verdict(ErrorClass::unavailable, 4, minutes{60}).state, TriggerState::failing);
  EXPECT_EQ(verdict(ErrorClass::unavailable, 576, hours{48}).state, TriggerState::stopped);
}

TEST(Backoff, AnUnfinishedBaselineStaysOne) {
  EXPECT_EQ(
      verdict(ErrorClass::unavailable, 9, hours{5}, {}, 1.0, TriggerState::initialising).state,
      TriggerState::initialising);
}

}  // namespace
}  // namespace host
