// BACKFILL: the newest n, or all, oldest first; then a baseline like any other.
#include <gtest/gtest.h>

#include "trigger.hpp"

namespace cpi::detection {
namespace {

constexpr std::string_view set_by_id =
    R"({"strategy": "set", "key": ["/id"], "order": {"by": "/id"}})";
constexpr std::string_view top_by_id =
    R"({"strategy": "top", "key": ["/id"], "order": {"by": "/id"}})";

Keys numbers(int first, int last) {
  Keys keys;
  for (int id = first; id <= last; ++id) keys.push_back(std::to_string(id));
  return keys;
}

TEST(Backfill, TheNewestOldestFirst) {
  for (const auto &[detect, rising] : {std::pair{set_by_id, true}, {top_by_id, false}}) {
    Things things(detect);
    if (rising) {
      things.add_ids(1, 50);
    } else {
      things.add_ids(50, 1);
    }
    things.trigger.backfill = 3;
    EXPECT_EQ(things.trigger.poll(CPI_POLL_BACKFILL).keys(), numbers(48, 50));
    EXPECT_TRUE(things.trigger.poll().events.empty());
    things.add_first(R"({"id": 51})");
    EXPECT_EQ(things.trigger.poll().keys(), Keys{"51"});
  }
}

TEST(Backfill, AllOldestFirst) {
  for (const std::string_view detect : {set_by_id, top_by_id}) {
    Things things(detect);
    things.add_ids(70, 1);
    things.trigger.backfill = UINT64_MAX;
    things.trigger.max_events = 10;
    const Polled polled = things.trigger.poll(CPI_POLL_BACKFILL);
    EXPECT_EQ(polled.keys(), numbers(1, 70));
    EXPECT_EQ(polled.batches, 7u);
    EXPECT_TRUE(things.trigger.poll().events.empty());
  }
}

TEST(Backfill, OverSeveralBeginsAndCrashes) {
  for (const std::uint64_t wanted : {std::uint64_t{30}, UINT64_MAX}) {
    Things things(set_by_id);
    things.add_ids(1, 100);
    things.trigger.backfill = wanted;
    things.trigger.max_events = 7;
    things.trigger.max_requests = 2;
    int commits = 0;
    things.trigger.survives_after = [&] { return ++commits % 3 != 0; };
    std::vector<std::string> keys;
    for (int begins = 0; begins < 200; ++begins) {
      Polled polled = things.trigger.once(CPI_POLL_BACKFILL);
      for (std::string &key : polled.keys()) keys.push_back(std::move(key));
      if (!polled.more && !polled.died) break;
    }
    EXPECT_EQ(keys, wanted == 30 ? numbers(71, 100) : numbers(1, 100));
  }
}

TEST(Backfill, IsToldAlthoughTheFilterIsEditedMeanwhile) {
  Things things(R"({"strategy": "set", "key": ["/id"], "order": {"by": "/id"},
                    "when": [{"pointer": "/kind", "in": {"$from": "/input/kinds"}}]})",
                R"({"kinds": ["a"]})");
  for (int id = 1; id <= 9; ++id) things.add(R"({"kind": "a", "id": )" + std::to_string(id) + "}");
  things.trigger.backfill = 3;
  // The baseline is stored, and nothing has been told yet.
  const Polled first = things.trigger.once(CPI_POLL_BACKFILL);
  EXPECT_TRUE(first.more && first.stored && first.events.empty());
  things.trigger.input = json_of(R"({"kinds": ["a", "b"]})").as_object();
  EXPECT_EQ(things.trigger.poll(CPI_POLL_BACKFILL).keys(), numbers(7, 9));
  EXPECT_TRUE(things.trigger.poll().events.empty());
}

TEST(Backfill, OfNothingIsABaseline) {
  Things things(set_by_id);
  things.add_ids(1, 5);
  things.trigger.backfill = 0;
  EXPECT_TRUE(things.trigger.poll(CPI_POLL_BACKFILL).events.empty());
  EXPECT_TRUE(things.trigger.poll().events.empty());
}

TEST(Backfill, ADamagedCursorIsNotBackfilledAnew) {
  Things things(set_by_id);
  things.add_ids(1, 50);
  things.trigger.backfill = UINT64_MAX;
  things.trigger.max_requests = 1;
  things.trigger.once(CPI_POLL_BACKFILL);
  things.trigger.cursor.back() ^= 1;
  EXPECT_TRUE(things.trigger.poll(CPI_POLL_BACKFILL).events.empty());
}

}  // namespace
}  // namespace cpi::detection
