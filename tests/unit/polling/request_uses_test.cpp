#include "polling/request_uses.hpp"

#include <gtest/gtest.h>

#include <map>

namespace host {
namespace {

class RequestUsesTest : public ::testing::Test {
 protected:
  // As a poller that stores at once.
  void store() {
    for (const TriggerRequests &each : uses.take_changed()) {
      database[each.trigger_row] = each.counts;
      ++writes;
    }
  }

  std::map<std::int64_t, RequestCounts> database;
  int writes = 0;
  RequestUses uses{[this](std::int64_t row) -> std::optional<RequestCounts> {
                     const auto found = database.find(row);
                     return found == database.end() ? std::nullopt : std::optional(found->second);
                   },
                   2};
};

TEST_F(RequestUsesTest, TheSameRequestsInEachPollAreStoredFewTimes) {
  for (int poll = 0; poll < 288; ++poll) {
    uses.add(1, {.requests = 1});
    store();
  }
  EXPECT_EQ(writes, 9) << "1, 2, 4 and so on, to 256";
  for (int poll = 0; poll < 1000; ++poll) {
    uses.add(1, {.requests = 1});
    EXPECT_FALSE(uses.changed());
  }
}

TEST_F(RequestUsesTest, WhatIsShownIsStoredWhenItChanges) {
  uses.add(1, {.requests = 1});
  store();
  uses.add(1, {.requests = 4});
  ASSERT_TRUE(uses.changed());
  store();
  EXPECT_EQ(database.at(1).last, 4);
  EXPECT_EQ(RequestUse(database.at(1)).average(), 2.5);
  uses.add_failed(1, 7);
  store();
  EXPECT_EQ(database.at(1).last, 7);
  EXPECT_EQ(RequestUse(database.at(1)).shown_average(), 4);
}

TEST_F(RequestUsesTest, GoesOnWithWhatWasStored) {
  database[1] = {
      .requests = 10, .polls = 10, .earlier_requests = 288, .earlier_polls = 144, .last = 1};
  const RequestUse use = uses.add(1, {.requests = 1});
  EXPECT_EQ(use.polls(), 155U);
  EXPECT_EQ(use.average(), 299.0 / 155);
}

TEST_F(RequestUsesTest, ABaselineBeginsAnewAndIsStoredThoughItLooksTheSame) {
  uses.add_baseline(1, 3);
  store();
  database.clear();  // an edit discards the cursor
  uses.add_baseline(1, 3);
  store();
  EXPECT_EQ(database.at(1), RequestCounts{.last = 3});
  uses.add(1, {.requests = 1});
  uses.add_baseline(1, 5);
  store();
  EXPECT_EQ(database.at(1), RequestCounts{.last = 5});
}

TEST_F(RequestUsesTest, WhatCouldNotBeStoredIsTakenAgain) {
  uses.add(1, {.requests = 1});
  const auto taken = uses.take_changed();
  EXPECT_FALSE(uses.changed());
  uses.put_back(taken);
  ASSERT_EQ(uses.take_changed().size(), 1U);
}

TEST_F(RequestUsesTest, TriggersBeyondTheLimitAreLeftOutUntilOthersAreGone) {
  uses.add(1, {.requests = 1});
  uses.add(2, {.requests = 1});
  EXPECT_EQ(uses.add(3, {.requests = 1}).polls(), 0U);
  EXPECT_EQ(uses.take_changed().size(), 2U);
  uses.keep_only([](std::int64_t row) { return row != 1; });
  EXPECT_EQ(uses.add(3, {.requests = 1}).polls(), 1U);
}

}  // namespace
}  // namespace host
