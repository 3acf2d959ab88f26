#include "polling/request_use.hpp"

#include <gtest/gtest.h>

namespace host {
namespace {

TEST(RequestUse, HasNoAverageWithoutPolls) {
  const RequestUse use;
  EXPECT_EQ(use.polls(), 0U);
  EXPECT_EQ(use.average(), 0);
  EXPECT_TRUE(use.latest().empty());
}

TEST(RequestUse, IsTheAverageOfTheLastTwoPeriods) {
  RequestUse use;
  for (std::uint32_t i = 0; i < RequestUse::period_polls; ++i) use.add({.requests = 100});
  for (std::uint32_t i = 0; i < RequestUse::period_polls; ++i) use.add({.requests = 1});
  EXPECT_EQ(use.polls(), 288U);
  EXPECT_EQ(use.average(), 50.5);
  use.add({.requests = 1});
  EXPECT_EQ(use.polls(), 145U);
  EXPECT_EQ(use.average(), 1) << "the period before the last is forgotten";
}

TEST(RequestUse, KeepsTheLatestSuccessfulPolls) {
  RequestUse use;
  for (std::uint32_t i = 0; i < 4; ++i) use.add({.requests = i});
  use.add_failed(50);
  EXPECT_TRUE(use.latest().empty());
  EXPECT_EQ(use.average(), 56.0 / 5);
  use.add({.requests = 9, .found = true});
  use.add({.requests = 9});
  std::uint32_t sum = 0;
  for (const RequestUse::Poll &poll : use.latest()) sum += poll.requests;
  EXPECT_EQ(use.latest().size(), 5U);
  EXPECT_EQ(sum, 1U + 2 + 3 + 9 + 9);
}

}  // namespace
}  // namespace host
