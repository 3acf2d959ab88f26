// SET, and what all strategies share: keys, baselines, batches.
#include <gtest/gtest.h>

#include "trigger.hpp"

namespace cpi::detection {
namespace {

using Keys = std::vector<std::string>;

constexpr std::string_view one_list = R"({
  "request": {"method": "GET", "path": "/things"},
  "paging": {"size": {"name": "limit", "value": 20}, "from": {"name": "offset"}}})";

boost::json::value row(int id) {
  return {{"id", id}, {"name", "row " + std::to_string(id)}};
}

struct Things {
  Rows rows;
  Trigger trigger;

  explicit Things(int count = 0, std::string_view detect = R"({"strategy": "set", "key": ["/id"]})")
      : trigger(plan_of(one_list, detect),
                [this](const Request &request) { return rows(request); }) {
    for (int id = 1; id <= count; ++id) rows.rows.push_back(row(id));
  }
};

TEST(Set, BaselineEmitsNothingAndThenNewRowsDo) {
  Things things(3);
  EXPECT_TRUE(things.trigger.baseline().events.empty());
  EXPECT_TRUE(things.trigger.poll().events.empty());
  things.rows.rows.push_back(row(4));
  const Polled polled = things.trigger.poll();
  EXPECT_EQ(polled.keys(), Keys{"4"});
  EXPECT_EQ(json_of(polled.events[0].data), row(4));
  EXPECT_TRUE(things.trigger.poll().events.empty());
}

TEST(Set, AnIdlePollStoresNothing) {
  Things things(25);
  things.trigger.baseline();
  const Polled polled = things.trigger.poll();
  EXPECT_FALSE(polled.stored);
  EXPECT_TRUE(polled.notes.empty());
  EXPECT_EQ(polled.urls.size(), 2u);
}

TEST(Set, ABaselineOfNothingIsOneToo) {
  Things things;
  things.trigger.baseline();
  things.rows.rows.push_back(row(1));
  EXPECT_EQ(things.trigger.poll().keys(), Keys{"1"});
}

TEST(Set, NormalWithoutACursorMakesABaselineAndSaysSo) {
  Things things(3);
  const Polled polled = things.trigger.poll();
  EXPECT_TRUE(polled.events.empty());
  EXPECT_TRUE(polled.noted("no baseline"));
}

}  // namespace
}  // namespace cpi::detection
