// Cursors that are not what this trigger stored last.
#include <random>

#include <gtest/gtest.h>

#include "trigger.hpp"

namespace cpi::detection {
namespace {

constexpr std::string_view by_id = R"({"strategy": "set", "key": ["/id"]})";

TEST(Damage, OfAnyByteNeverCrashesAndNeverReplays) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  Things things(by_id);
  things.add_ids(1, 50);
  things.trigger.baseline();
  const std::string good = things.trigger.cursor;
  things.rows.rows[0].as_object()["changed"] = true;  // so that the body is looked into
  for (std::size_t at = 0; at < good.size(); ++at) {
    things.trigger.cursor = good;
    things.trigger.cursor[at] ^= static_cast<char>(1u << random() % 8);
    const Polled polled = things.trigger.poll();
    EXPECT_TRUE(polled.events.empty()) << at;
    EXPECT_TRUE(polled.noted("a new baseline is made")) << at;
    things.add_ids(51, 51);
    EXPECT_EQ(things.trigger.poll().keys(), Keys{"51"}) << at;
    things.remove(51);
  }
}

TEST(Damage, TruncationNeverReplays) {
  Things things(by_id);
  things.add_ids(1, 50);
  things.trigger.baseline();
  const std::string good = things.trigger.cursor;
  things.rows.rows[0].as_object()["changed"] = true;
  for (std::size_t size = 0; size < good.size(); ++size) {
    things.trigger.cursor = good.substr(0, size);
    const Polled polled = things.trigger.poll();
    EXPECT_TRUE(polled.events.empty()) << size;
    EXPECT_FALSE(polled.notes.empty()) << size;
  }
}

TEST(Damage, ACursorOfAnotherWayOfDetectingIsBaselinedAnew) {
  Things things(by_id);
  things.add_ids(1, 5);
  things.trigger.baseline();
  Things others(R"({"strategy": "set", "key": ["/id"], "key_case": "lower"})");
  others.add_ids(1, 9);
  others.trigger.cursor = things.trigger.cursor;
  const Polled polled = others.trigger.poll();
  EXPECT_TRUE(polled.events.empty());
  EXPECT_TRUE(polled.noted("another way"));
  others.add_ids(10, 10);
  EXPECT_EQ(others.trigger.poll().keys(), Keys{"10"});
}

// After a new baseline no event's key may be one that was used before.
TEST(Damage, GenerationsGoOnRisingOverANewBaseline) {
  Things things(R"({"strategy": "set", "key": ["/id"], "absent": 1})");
  things.trigger.baseline();
  things.add_ids(1, 1);
  const std::string first = things.trigger.poll().events.at(0).key;
  things.rows.rows.clear();
  things.trigger.now += 60'000;
  things.trigger.cursor.back() ^= 1;
  things.trigger.poll();
  things.add_ids(1, 1);
  const std::string second = things.trigger.poll().events.at(0).key;
  EXPECT_NE(first, second);
}

}  // namespace
}  // namespace cpi::detection
