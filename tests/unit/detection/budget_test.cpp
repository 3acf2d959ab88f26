#include "budget.hpp"

#include <gtest/gtest.h>

namespace cpi::detection {
namespace {

Begin begin_of(std::uint32_t requests, std::uint32_t events) {
  Begin begin;
  begin.max_requests = requests;
  begin.max_events = events;
  return begin;
}

TEST(Budget, AllowsOnePageHoweverManyRequestsTheGateTook) {
  Budget budget(begin_of(2, 0));
  for (int request = 0; request < 5; ++request) budget.count_request();
  EXPECT_TRUE(budget.allows_a_page());
  budget.count_request();
  budget.count_page();
  EXPECT_FALSE(budget.allows_a_page());
  EXPECT_EQ(budget.requests(), 6u);
}

TEST(Budget, AllowsPagesUntilTheRequestsAreUsedUp) {
  Budget budget(begin_of(3, 0));
  for (int page = 0; page < 3; ++page) {
    EXPECT_TRUE(budget.allows_a_page()) << page;
    budget.count_request();
    budget.count_page();
  }
  EXPECT_FALSE(budget.allows_a_page());
}

TEST(Budget, HasDefaultsWhereTheHostNamesNone) {
  const Budget budget(begin_of(0, 0));
  EXPECT_EQ(budget.events_at_once(), default_max_events);
  EXPECT_TRUE(budget.allows_a_page());
}

TEST(Budget, CollectsMoreEventsWhereTheyAreSorted) {
  const Budget budget(begin_of(0, 10));
  EXPECT_FALSE(budget.is_full(9, false));
  EXPECT_TRUE(budget.is_full(10, false));
  EXPECT_FALSE(budget.is_full(199, true));
  EXPECT_TRUE(budget.is_full(200, true));
}

}  // namespace
}  // namespace cpi::detection
