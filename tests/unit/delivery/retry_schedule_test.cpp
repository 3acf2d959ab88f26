#include "delivery/retry_schedule.hpp"

#include <gtest/gtest.h>

namespace host {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

TEST(RetrySchedule, IsThatOfStandardWebhooks) {
  const RetrySchedule schedule;
  const std::vector<milliseconds> expected = {5s, 5min, 30min, 2h, 5h, 10h, 14h, 20h, 24h};
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_EQ(schedule.after(static_cast<std::int64_t>(i) + 1, 0ms, 0), expected[i]);
  EXPECT_EQ(schedule.after(10, 0ms, 0), std::nullopt);
  EXPECT_EQ(schedule.after(0, 0ms, 0), std::nullopt);
}

TEST(RetrySchedule, JitterOnlyAdds) {
  const RetrySchedule schedule;
  EXPECT_EQ(schedule.after(1, 0ms, UINT32_MAX), 5500ms);
  EXPECT_EQ(schedule.after(1, 0ms, UINT32_MAX / 2), 5249ms);
}

TEST(RetrySchedule, KeepsTheReceiversWishWhereItIsLonger) {
  const RetrySchedule schedule;
  EXPECT_EQ(schedule.after(1, 60s, 0), 60s);
  EXPECT_EQ(schedule.after(2, 60s, 0), 5min);
}

}  // namespace
}  // namespace host
