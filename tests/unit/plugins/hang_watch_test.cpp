#include "plugins/hang_watch.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace host {
namespace {

using namespace std::chrono_literals;

PluginCall call(std::uint64_t number, std::string plugin = "tiny") {
  return {.thread = {},
          .number = number,
          .plugin = std::move(plugin),
          .operation = "poll thing.created",
          .function = "next"};
}

// Looks every second, in virtual time, from `from` to `to`; gives the seconds at which it told
// something.
std::vector<int> reported_at(HangWatch &watch, const std::vector<PluginCall> &calls, int from,
                             int to) {
  std::vector<int> seconds;
  for (int second = from; second <= to; ++second)
    for (const Hang &hang : watch.check(calls, HangWatch::Clock::time_point(second * 1s))) {
      EXPECT_FALSE(hang.over);
      seconds.push_back(second);
    }
  return seconds;
}

TEST(HangWatch, ReportsAfterTenSecondsAndThenEverMoreSeldom) {
  HangWatch watch;
  EXPECT_EQ(reported_at(watch, {call(1)}, 0, 200), (std::vector{10, 20, 40, 80, 160}));
  const std::vector<int> later = reported_at(watch, {call(1)}, 201, 20'000);
  ASSERT_GE(later.size(), 3u);
  EXPECT_EQ(later.at(later.size() - 1) - later.at(later.size() - 2), 3600);
}

TEST(HangWatch, AnotherCallIsAnotherMatter) {
  HangWatch watch;
  for (int second = 0; second < 100; ++second)
    EXPECT_TRUE(watch
                    .check({call(static_cast<std::uint64_t>(second / 9))},
                           HangWatch::Clock::time_point(second * 1s))
                    .empty());
}

TEST(HangWatch, ReportsThatACallCameBackIfItWasReported) {
  HangWatch watch;
  reported_at(watch, {call(1), call(2, "other")}, 0, 10);
  const std::vector<Hang> over = watch.check({call(2, "other")}, HangWatch::Clock::time_point(13s));
  ASSERT_EQ(over.size(), 1u);
  EXPECT_TRUE(over.front().over);
  EXPECT_EQ(over.front().sentence(),
            "the plugin tiny returned from `next` of poll thing.created after 13 s");
  EXPECT_TRUE(watch.check({call(2, "other"), call(3)}, HangWatch::Clock::time_point(14s)).empty());
  EXPECT_EQ(watch.check({}, HangWatch::Clock::time_point(15s)).size(), 1u);  // not of the third
}

TEST(HangWatch, KnowsWhatHasLastedForHowLong) {
  HangWatch watch;
  watch.check({call(1)}, HangWatch::Clock::time_point(0s));
  watch.check({call(1), call(2, "other")}, HangWatch::Clock::time_point(4s));
  watch.check({call(1), call(2, "other")}, HangWatch::Clock::time_point(6s));
  EXPECT_EQ(watch.lasting(2s).size(), 2u);
  const std::vector<Hang> one = watch.lasting(5s);
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one.front().sentence(),
            "the plugin tiny has not returned from `next` of poll thing.created for 6 s");
}

TEST(HangWatch, ALibraryThatIsLoadedHasNoOperation) {
  PluginCall loading;
  loading.plugin = "tiny";
  loading.function = "load";
  HangWatch watch;
  reported_at(watch, {loading}, 0, 9);
  const std::vector<Hang> reported = watch.check({loading}, HangWatch::Clock::time_point(11s));
  ASSERT_EQ(reported.size(), 1u);
  EXPECT_EQ(reported.front().sentence(), "the plugin tiny has not returned from `load` for 11 s");
}

}  // namespace
}  // namespace host
