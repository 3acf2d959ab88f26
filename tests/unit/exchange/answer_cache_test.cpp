// Shared answers: who performs, who waits, what is kept, and what is not shared.
#include "exchange/answer_cache.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "http/transport.hpp"
#include "worker/loop.hpp"

namespace host {
namespace {

using std::chrono::seconds;

HttpOutcome answer(int status, std::string body = "body") {
  HttpOutcome outcome;
  outcome.responded = true;
  outcome.response.status = status;
  outcome.response.body = std::move(body);
  return outcome;
}

struct AnswerCacheTest : testing::Test {
  Transport transport{{}};
  Loop loop{transport};
  AnswerCache cache{loop};
  AnswerCache::TimePoint now = Clock::now();

  void put(AnswerCache &into, const std::string &request, HttpOutcome outcome) {
    auto entrance = into.enter("a", request, RequestKind::poll, now);
    ASSERT_TRUE(entrance.lead);
    entrance.lead->publish(outcome, now);
  }
};

TEST_F(AnswerCacheTest, TheFirstPerformsTheOthersWaitThenAllRead) {
  auto first = cache.enter("a", "GET x", RequestKind::poll, now);
  ASSERT_TRUE(first.lead);
  auto second = cache.enter("a", "GET x", RequestKind::poll, now);
  ASSERT_TRUE(second.flight);
  EXPECT_FALSE(second.lead);
  first.lead->publish(answer(200), now);
  EXPECT_TRUE(second.flight->landed.is_set());
  EXPECT_EQ(second.flight->answer->response.body, "body");
  EXPECT_EQ(cache.enter("a", "GET x", RequestKind::poll, now).answer->response.body, "body");
}

TEST_F(AnswerCacheTest, NothingIsSharedBetweenAccountsOrRequests) {
  put(cache, "GET x", answer(200));
  EXPECT_TRUE(cache.enter("b", "GET x", RequestKind::poll, now).lead);
  EXPECT_TRUE(cache.enter("a", "GET y", RequestKind::poll, now).lead);
  EXPECT_TRUE(cache.enter("", "GET x", RequestKind::poll, now).lead);
}

TEST_F(AnswerCacheTest, AnAnswerIsOldAfterItsLifetime) {
  put(cache, "GET x", answer(200));
  EXPECT_TRUE(cache.enter("a", "GET x", RequestKind::poll, now + seconds(19)).answer);
  EXPECT_TRUE(cache.enter("a", "GET x", RequestKind::poll, now + seconds(20)).lead);
  EXPECT_EQ(cache.answers(), 0U);
  EXPECT_EQ(cache.bytes(), 0U);
}

TEST_F(AnswerCacheTest, OnlySuccessIsKept) {
  put(cache, "1", answer(401));
  put(cache, "2", answer(500));
  put(cache, "3", answer(302));
  put(cache, "4", HttpOutcome());
  put(cache, "5", answer(204));
  EXPECT_EQ(cache.answers(), 1U);
}

TEST_F(AnswerCacheTest, ALeadThatIsGivenUpTellsThoseWhoWait) {
  auto first =
      std::make_unique<AnswerCache::Entrance>(cache.enter("a", "GET x", RequestKind::poll, now));
  auto second = cache.enter("a", "GET x", RequestKind::poll, now);
  first.reset();
  EXPECT_TRUE(second.flight->landed.is_set());
  EXPECT_FALSE(second.flight->answer);
  EXPECT_TRUE(cache.enter("a", "GET x", RequestKind::poll, now).lead);
}

TEST_F(AnswerCacheTest, AnActionDoesNotWaitForAPoll) {
  auto by_poll = cache.enter("a", "GET x", RequestKind::poll, now);
  auto by_action = cache.enter("a", "GET x", RequestKind::action, now);
  EXPECT_TRUE(by_action.lead);
  EXPECT_TRUE(cache.enter("a", "GET x", RequestKind::poll, now).flight);
  EXPECT_TRUE(cache.enter("a", "GET x", RequestKind::action, now).flight);
  by_poll.lead->publish(answer(200, "older"), now);  // no longer the one that is waited for
  EXPECT_TRUE(cache.enter("a", "GET x", RequestKind::action, now).flight);
  by_action.lead->publish(answer(200, "newer"), now);
  EXPECT_EQ(cache.enter("a", "GET x", RequestKind::poll, now).answer->response.body, "newer");
}

TEST_F(AnswerCacheTest, ForgetsAnAccountButNotItsNamesake) {
  put(cache, "GET x", answer(200));
  auto namesake = cache.enter("ab", "GET x", RequestKind::poll, now);
  namesake.lead->publish(answer(200), now);
  auto under_way = cache.enter("a", "GET y", RequestKind::poll, now);
  auto waiting = cache.enter("a", "GET y", RequestKind::poll, now);
  cache.forget("a");
  EXPECT_EQ(cache.answers(), 1U);
  EXPECT_TRUE(cache.enter("ab", "GET x", RequestKind::poll, now).answer);
  EXPECT_TRUE(cache.enter("a", "GET x", RequestKind::poll, now).lead);
  // What was being read is for those who wait already, and for nobody else.
  under_way.lead->publish(answer(200), now);
  EXPECT_TRUE(waiting.flight->answer);
  EXPECT_FALSE(cache.enter("a", "GET y", RequestKind::poll, now).answer);
}

TEST_F(AnswerCacheTest, IsBoundedInNumber) {
  AnswerCacheOptions options;
  options.max_answers = 3;
  AnswerCache small(loop, options);
  for (int i = 0; i < 10; ++i) put(small, std::to_string(i), answer(200));
  EXPECT_EQ(small.answers(), 3U);
  EXPECT_TRUE(small.enter("a", "9", RequestKind::poll, now).answer);
  EXPECT_TRUE(small.enter("a", "6", RequestKind::poll, now).lead);
}

TEST_F(AnswerCacheTest, IsBoundedInBytes) {
  AnswerCacheOptions options;
  options.max_bytes = 80'000;
  AnswerCache small(loop, options);
  for (int i = 0; i < 100; ++i) {
    put(small, std::to_string(i), answer(200, std::string(5'000, 'x')));
    EXPECT_LE(small.bytes(), 80'000U);
  }
  EXPECT_GT(small.answers(), 8U);
  put(small, "large", answer(200, std::string(20'000, 'x')));
  EXPECT_TRUE(small.enter("a", "large", RequestKind::poll, now).lead);
}

TEST_F(AnswerCacheTest, ALeadMayOutliveItsCache) {
  auto mortal = std::make_unique<AnswerCache>(loop);
  auto lead = mortal->enter("a", "GET x", RequestKind::poll, now);
  auto waiting = mortal->enter("a", "GET x", RequestKind::poll, now);
  mortal.reset();
  lead.lead.reset();
  EXPECT_TRUE(waiting.flight->landed.is_set());
}

}  // namespace
}  // namespace host
