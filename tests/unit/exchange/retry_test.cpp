// The outcome table, whole; the waits; Retry-After.
#include "exchange/retry.hpp"

#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

namespace host {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
constexpr auto deliver = Verdict::deliver;
constexpr auto retry = Verdict::retry;
constexpr auto unknown = Verdict::unknown;

HttpOutcome status(int code) {
  HttpOutcome outcome;
  outcome.responded = true;
  outcome.response.status = code;
  return outcome;
}

HttpOutcome failure(NoResponse kind, bool maybe_sent) {
  HttpOutcome outcome;
  outcome.failure.kind = kind;
  outcome.failure.maybe_sent = maybe_sent;
  return outcome;
}

TEST(Retry, FollowsTheOutcomeTable) {
  struct Row {
    HttpOutcome outcome;
    Verdict repeatable;
    Verdict not_repeatable;
  };
  const std::vector<Row> rows{
      {status(200), deliver, deliver},
      {status(204), deliver, deliver},
      {status(302), deliver, deliver},
      {status(400), deliver, deliver},
      {status(401), deliver, deliver},  // the exchange has renewed the token before it asks
      {status(404), deliver, deliver},
      {status(408), deliver, deliver},
      {status(422), deliver, deliver},
      {status(501), deliver, deliver},
      {status(429), retry, retry},
      {status(503), retry, unknown},  // without Retry-After; see below
      {status(500), retry, unknown},
      {status(502), retry, unknown},
      {status(504), retry, unknown},
      {failure(NoResponse::dns, false), retry, retry},
      {failure(NoResponse::connect, false), retry, retry},
      {failure(NoResponse::tls, false), retry, retry},
      {failure(NoResponse::timeout, false), retry, retry},
      {failure(NoResponse::reset, false), retry, retry},
      {failure(NoResponse::other, false), retry, retry},
      {failure(NoResponse::timeout, true), retry, unknown},
      {failure(NoResponse::reset, true), retry, unknown},
      {failure(NoResponse::tls, true), retry, unknown},
      {failure(NoResponse::other, true), retry, unknown},
      {failure(NoResponse::too_large, true), deliver, unknown},
      {failure(NoResponse::denied, false), deliver, deliver},
      {failure(NoResponse::rate_limited, false), deliver, deliver},
      {failure(NoResponse::no_credentials, false), deliver, deliver},
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    SCOPED_TRACE(testing::Message() << "row " << i);
    for (const RequestKind kind : {RequestKind::action, RequestKind::poll}) {
      Attempted attempted{attempt_result(rows[i].outcome), true, kind, 0, std::nullopt};
      EXPECT_EQ(decide({}, attempted, 0.5).verdict, rows[i].repeatable);
      attempted.repeatable = false;
      EXPECT_EQ(decide({}, attempted, 0.5).verdict, rows[i].not_repeatable);
    }
  }
}

TEST(Retry, GivesUpAfterThreeRetries) {
  Attempted attempted{AttemptResult::not_sent, false, RequestKind::action, 2, std::nullopt};
  EXPECT_EQ(decide({}, attempted, 0).verdict, retry);
  attempted.retries_done = 3;
  EXPECT_EQ(decide({}, attempted, 0).verdict, deliver);
  attempted.result = AttemptResult::rate_limited;
  attempted.retry_after = seconds(1);
  EXPECT_EQ(decide({}, attempted, 0).verdict, deliver);
  // Unknown stays unknown, however often it was tried before.
  attempted.result = AttemptResult::lost;
  EXPECT_EQ(decide({}, attempted, 0).verdict, unknown);
}

TEST(Retry, BacksOffWithFullJitter) {
  Attempted attempted{AttemptResult::lost, true, RequestKind::poll, 0, std::nullopt};
  EXPECT_EQ(decide({}, attempted, 0).wait, milliseconds(0));
  EXPECT_EQ(decide({}, attempted, 0.5).wait, milliseconds(250));
  attempted.retries_done = 2;
  EXPECT_EQ(decide({}, attempted, 0.5).wait, milliseconds(1000));
  const RetryPolicy patient{1'000, milliseconds(500), seconds(60)};
  attempted.retries_done = 900;
  EXPECT_EQ(decide(patient, attempted, 0.5).wait, seconds(30));
}

TEST(Retry, DoesNotComeBackAtOnceAfterBeingTooFast) {
  const Attempted attempted{AttemptResult::rate_limited, true, RequestKind::poll, 1, std::nullopt};
  EXPECT_EQ(decide({}, attempted, 0).wait, milliseconds(1000));
  EXPECT_EQ(decide({}, attempted, 0.5).wait, milliseconds(1500));
}

TEST(Retry, AnActionWaitsAsAskedUpToTheLongestWait) {
  Attempted attempted{AttemptResult::rate_limited, false, RequestKind::action, 0, seconds(2)};
  EXPECT_EQ(decide({}, attempted, 0.9).wait, seconds(2));
  attempted.retry_after = seconds(99'999);
  EXPECT_EQ(decide({}, attempted, 0.9).wait, seconds(60));
  attempted.retry_after = milliseconds::max();
  EXPECT_EQ(decide({}, attempted, 0.9).wait, seconds(60));
  attempted.result = AttemptResult::overloaded;
  attempted.retry_after = seconds(0);
  EXPECT_EQ(decide({}, attempted, 0.9).wait, seconds(0));
  // Only 429 and 503 say so with a meaning.
  attempted.result = AttemptResult::not_sent;
  attempted.retry_after = seconds(30);
  EXPECT_LE(decide({}, attempted, 0.9).wait, milliseconds(500));
}

TEST(Retry, A503ThatSaysWhenToComeBackIsARefusal) {
  const Attempted attempted{AttemptResult::overloaded, false, RequestKind::action, 0, seconds(2)};
  EXPECT_EQ(decide({}, attempted, 0).verdict, retry);
}

TEST(Retry, APollAskedToWaitGoesBackToItsSchedule) {
  Attempted attempted{AttemptResult::rate_limited, true, RequestKind::poll, 0, seconds(2)};
  EXPECT_EQ(decide({}, attempted, 0).verdict, deliver);
  attempted.result = AttemptResult::overloaded;
  EXPECT_EQ(decide({}, attempted, 0).verdict, deliver);
  attempted.retry_after.reset();
  EXPECT_EQ(decide({}, attempted, 0).verdict, retry);
}

TEST(RetryAfter, ReadsSecondsAndDates) {
  constexpr std::int64_t now = 784'111'777'000;  // Sun, 06 Nov 1994 08:49:37 GMT
  EXPECT_EQ(parse_retry_after("2", now), seconds(2));
  EXPECT_EQ(parse_retry_after("000000000000000000007", now), seconds(7));
  EXPECT_EQ(parse_retry_after("99999", now), seconds(99'999));
  EXPECT_EQ(parse_retry_after(std::string(400, '9'), now), milliseconds::max());
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:40 GMT", now), seconds(3));
  EXPECT_EQ(parse_retry_after("Sunday, 06-Nov-94 08:49:40 GMT", now), seconds(3));
  EXPECT_EQ(parse_retry_after("Sun Nov  6 08:49:40 1994", now), seconds(3));
}

TEST(RetryAfter, TakesNoWaitForNoHeader) {
  constexpr std::int64_t now = 784'111'777'000;
  for (const char *text :
       {"0", "000", "Sun, 06 Nov 1994 08:00:00 GMT", "Sun, 06 Nov 1994 08:49:37 GMT"}) {
    EXPECT_FALSE(parse_retry_after(text, now)) << text;
  }
}

TEST(RetryAfter, IgnoresAnythingElse) {
  for (const char *text : {"", "soon", "-2", "2.5", "1e3", " 2", "2 s", "Sun, 99 Foo"}) {
    EXPECT_FALSE(parse_retry_after(text, 0)) << text;
  }
  EXPECT_FALSE(parse_retry_after("Sun, 06 Nov 1994 08:49:40 GMT" + std::string(500, ' '), 0));
}

}  // namespace
}  // namespace host
