#include "polling/schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <vector>

namespace host {
namespace {

TEST(Schedule, GivesWhatIsDueEarliestFirstAndNothingElse) {
  Schedule schedule;
  schedule.set(1, 300);
  schedule.set(2, 100);
  schedule.set(3, 200);
  EXPECT_FALSE(schedule.pop(99));
  EXPECT_EQ(schedule.pop(250)->row, 2);
  EXPECT_EQ(schedule.pop(250)->row, 3);
  EXPECT_FALSE(schedule.pop(250));
  EXPECT_EQ(schedule.pop(300)->row, 1);
  EXPECT_EQ(schedule.size(), 0u);
}

TEST(Schedule, TakesEqualTimesInRowOrder) {
  Schedule schedule;
  for (const std::int64_t row : {5, 1, 3, 2, 4}) schedule.set(row, 10);
  for (std::int64_t row = 1; row <= 5; ++row) EXPECT_EQ(schedule.pop(10)->row, row);
}

TEST(Schedule, MovingATriggerForgetsItsOldTime) {
  Schedule schedule;
  schedule.set(1, 100);
  schedule.set(1, 500);
  EXPECT_EQ(schedule.size(), 1u);
  EXPECT_FALSE(schedule.pop(499));
  EXPECT_EQ(schedule.pop(500)->at_ms, 500);
  EXPECT_FALSE(schedule.pop(10'000));
}

TEST(Schedule, RemovedIsNeverDue) {
  Schedule schedule;
  schedule.set(7, 1);
  schedule.remove(7);
  schedule.remove(7);
  schedule.remove(100'000);
  EXPECT_FALSE(schedule.contains(7));
  EXPECT_FALSE(schedule.pop(1'000));
  EXPECT_FALSE(schedule.next_at());
}

TEST(Schedule, RefusesRowsThatCannotBe) {
  Schedule schedule;
  EXPECT_THROW(schedule.set(-1, 0), std::out_of_range);
  EXPECT_THROW(schedule.set(std::int64_t{1} << 40, 0), std::out_of_range);
}

// Against the obvious implementation, with moves, removals and sweeps.
TEST(Schedule, AgreesWithAMapOverARandomHistory) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  Schedule schedule;
  std::map<std::int64_t, std::int64_t> model;
  std::int64_t now = 0;
  for (int step = 0; step < 50'000; ++step) {
    const auto row = static_cast<std::int64_t>(random() % 200);
    switch (random() % 4) {
      case 0:
      case 1: {
        const std::int64_t at = now + static_cast<std::int64_t>(random() % 1000);
        schedule.set(row, at);
        model[row] = at;
        break;
      }
      case 2:
        schedule.remove(row);
        model.erase(row);
        break;
      default: {
        now += static_cast<std::int64_t>(random() % 50);
        const auto due = schedule.pop(now);
        const auto first = std::ranges::min_element(model, [](const auto &a, const auto &b) {
          return std::pair(a.second, a.first) < std::pair(b.second, b.first);
        });
        if (first == model.end() || first->second > now) {
          ASSERT_FALSE(due);
        } else {
          ASSERT_TRUE(due);
          ASSERT_EQ(due->row, first->first);
          ASSERT_EQ(due->at_ms, first->second);
          model.erase(first);
        }
      }
    }
    ASSERT_EQ(schedule.size(), model.size());
  }
}

TEST(Schedule, CostsLessThan32BytesATrigger) {
  Schedule schedule;
  constexpr std::int64_t triggers = 100'000;
  for (std::int64_t row = 1; row <= triggers; ++row) schedule.set(row, row % 300'000);
  EXPECT_LT(schedule.bytes() / triggers, 32u);
}

// Starts are spread evenly, so that a service is not asked for all accounts at once.
TEST(Phase, SpreadsAccountsOverTheInterval) {
  constexpr std::int64_t interval = 300'000;
  constexpr int accounts = 100'000;
  std::vector<int> seconds(300);
  std::mt19937_64 random(1);
  for (int i = 0; i < accounts; ++i) {
    const std::int64_t phase = phase_ms(random(), interval);
    ASSERT_GE(phase, 0);
    ASSERT_LT(phase, interval);
    ++seconds[static_cast<std::size_t>(phase / 1000)];
  }
  EXPECT_LT(*std::ranges::max_element(seconds), 3 * accounts / 300);
}

TEST(NextStart, KeepsTheGridAndSkipsWhatWasMissed) {
  EXPECT_EQ(next_start_ms(50, 300, 0), 50);
  EXPECT_EQ(next_start_ms(50, 300, 50), 350);
  EXPECT_EQ(next_start_ms(50, 300, 60), 350);
  // A day of sleep is one poll, not 288.
  EXPECT_EQ(next_start_ms(50, 300, 86'400'000), 86'400'050);
  EXPECT_EQ(next_start_ms(50, 0, 123), 123);
}

TEST(Schedule, TellsTheTimesOfSomeRows) {
  Schedule schedule;
  for (std::int64_t row = 1; row <= 5; ++row) schedule.set(row, 100 * row);
  schedule.set(3, 50);  // moved: its old entry counts no more
  schedule.remove(4);
  const std::vector<std::int64_t> rows{2, 3, 4, 9};
  std::vector<std::pair<std::int64_t, std::int64_t>> found;
  for (const Schedule::Due &due : schedule.times_of(rows)) found.emplace_back(due.row, due.at_ms);
  std::ranges::sort(found);
  EXPECT_EQ(found, (std::vector<std::pair<std::int64_t, std::int64_t>>{{2, 200}, {3, 50}}));
}

}  // namespace
}  // namespace host
