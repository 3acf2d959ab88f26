#include <gtest/gtest.h>

#include "cpi/sdk/detection/cursor.hpp"
#include "strategies.hpp"
#include "trigger.hpp"

namespace cpi::detection {
namespace {

TEST(Hash, TellsWhatChangedWithItsPreviousValueAndTheDifference) {
  Things things(R"({"strategy": "hash", "key": ["/id"],
                    "remember": ["/status", "/statistics/sent", "/price", "/note"],
                    "data": {"row": {"$from": "/row"}, "previous": {"$from": "/previous"},
                             "delta": {"$from": "/delta"}, "change": {"$from": "/change"}}})");
  things.add(R"({"id": 1, "status": "draft", "statistics": {"sent": 10}, "price": 1.5})");
  things.add(R"({"id": 2, "status": 3, "statistics": [], "price": "9", "note": null})");
  things.trigger.baseline();
  things.rows.rows[0] = json_of(R"({"id": 1, "status": "sent", "statistics": {"sent": "25"},
                                    "price": 1.25})");
  const Polled polled = things.trigger.poll();
  ASSERT_EQ(polled.keys(), Keys{"1"});
  const auto data = json_of(polled.events[0].data);
  EXPECT_EQ(data.at("previous"), json_of(R"({"status": "draft", "statistics": {"sent": 10},
                                             "price": 1.5, "note": null})"));
  EXPECT_EQ(data.at("delta"), json_of(R"({"statistics": {"sent": 15}, "price": -0.25})"));
  EXPECT_EQ(data.at("change"), json_of("\"changed\""));
  EXPECT_TRUE(things.trigger.poll().events.empty());
}

TEST(Hash, SpellingIsNoChange) {
  Things things(R"({"strategy": "hash", "key": ["/id"], "remember": ["/sent"], "version": [""]})");
  things.add(R"({"id": 1, "sent": 21, "variables": [], "a": {"x": 1, "y": 2}})");
  things.trigger.baseline();
  things.rows.rows = {json_of(R"({"a": {"y": 2, "x": "1"}, "variables": {}, "sent": "21",
                                  "id": "1"})")};
  EXPECT_TRUE(things.trigger.poll().events.empty());
  things.rows.rows[0].as_object()["a"] = json_of(R"({"x": 1, "y": 3})");
  EXPECT_EQ(things.trigger.poll().keys(), Keys{"1"});
}

TEST(Hash, AFractionInTheVersionMayComeAsNumberOrAsText) {
  Things things(R"({"strategy": "hash", "key": ["/id"], "version": ["/price"]})");
  things.add(R"({"id": 1, "price": 5.5})");
  things.trigger.baseline();
  for (const char *price : {"\"5.5\"", "5.5", "\"5.5\""}) {
    things.rows.rows[0].as_object()["price"] = json_of(price);
    EXPECT_TRUE(things.trigger.poll().events.empty()) << price;
  }
  things.rows.rows[0].as_object()["price"] = "5.25";
  EXPECT_EQ(things.trigger.poll().keys(), Keys{"1"});
  // What the number cannot say stays a change.
  things.rows.rows[0].as_object()["price"] = "5.250";
  EXPECT_EQ(things.trigger.poll().keys(), Keys{"1"});
}

// Cursors of earlier releases hold the digest of the text, and tell nothing after an upgrade.
TEST(Hash, AnOlderDigestOfAFractionAsTextIsNoChange) {
  Things things(R"({"strategy": "hash", "key": ["/id"], "version": ["/name", "/price"]})");
  things.add(R"({"id": 1, "name": "A", "price": "5.5"})");
  things.add(R"({"id": 2, "name": "B", "price": "0.05"})");
  things.trigger.baseline();
  const PollPlan &plan = things.trigger.plan;
  Cursor cursor;
  std::string_view body;
  ASSERT_EQ(open_cursor(things.trigger.cursor, plan.fingerprint, cursor, body), Opened::ok);
  ASSERT_TRUE(open_body(body, plan.shape, cursor));
  const auto as_text = [&](std::string_view name, std::string_view price) {
    std::string bytes;
    for (const std::string_view text : {name, price}) {
      pack(to_scalar(boost::json::value(text)), cursor.key, bytes);
    }
    return static_cast<std::uint32_t>(siphash(cursor.key, bytes));
  };
  std::size_t replaced = 0;
  for (Shard &shard : cursor.shards) {
    shard.memory.each([&](Remembered &row) {
      const bool first = row.key == row_hash(cursor.key, shard.id, "1");
      const std::uint32_t old = first ? as_text("A", "5.5") : as_text("B", "0.05");
      replaced += old != row.version ? 1 : 0;
      row.version = old;
    });
  }
  ASSERT_EQ(replaced, 2u);
  cursor.pages.clear();  // the page is read again
  things.trigger.cursor = cursor.encode(plan.fingerprint, plan.shape);
  EXPECT_TRUE(things.trigger.poll().events.empty());
  things.rows.rows[0].as_object()["price"] = 5.5;
  EXPECT_TRUE(things.trigger.poll().events.empty());
  things.rows.rows[1].as_object()["price"] = "0.5";
  EXPECT_EQ(things.trigger.poll().keys(), Keys{"2"});
}

TEST(Hash, ThereAndBackAreTwoEvents) {
  Things things(R"({"strategy": "hash", "key": ["/id"], "version": ["/name"]})");
  things.add(R"({"id": 1, "name": "A"})");
  things.trigger.baseline();
  std::vector<std::string> ids;
  for (const char *name : {"B", "A", "B", "A"}) {
    things.rows.rows[0].as_object()["name"] = name;
    const Polled polled = things.trigger.poll();
    ASSERT_EQ(polled.events.size(), 1u);
    ids.push_back(polled.events[0].key);
  }
  for (std::size_t i = 1; i < ids.size(); ++i) EXPECT_NE(ids[i - 1], ids[i]);
  EXPECT_NE(ids[0], ids[2]);
}

TEST(Hash, NewRowsAreToldOnlyWhenAskedFor) {
  Things quiet(R"({"strategy": "hash", "key": ["/id"], "remember": ["/status"]})");
  Things loud(R"({"strategy": "hash", "key": ["/id"], "remember": ["/status"],
                  "emits": ["new", "changed"]})");
  for (Things *things : {&quiet, &loud}) {
    things->trigger.baseline();
    things->add(R"({"id": 1, "status": 1})");
    EXPECT_EQ(things->trigger.poll().events.size(), things == &loud ? 1u : 0u);
    things->rows.rows[0].as_object()["status"] = 2;
    EXPECT_EQ(things->trigger.poll().keys(), Keys{"1"});
  }
}

TEST(Hash, WhenFiltersWhatIsToldAndTheRestIsRememberedSilently) {
  Things things(R"({"strategy": "hash", "key": ["/id"], "remember": ["/status"],
                    "when": [{"pointer": "/status", "in": {"$from": "/input/statuses"}}],
                    "data": {"from": {"$from": "/previous/status"}, "to": {"$from": "/row/status"}}})",
                R"({"statuses": [3]})");
  things.add(R"({"id": 1, "status": 1})");
  things.trigger.baseline();
  things.rows.rows[0].as_object()["status"] = 2;
  EXPECT_TRUE(things.trigger.poll().events.empty());
  things.rows.rows[0].as_object()["status"] = 3;
  EXPECT_EQ(things.trigger.poll().events.at(0).data, R"({"from":2,"to":3})");
}

TEST(Hash, WhenTakesOneOfSeveralConditionsAndAtLeast) {
  constexpr std::string_view detect = R"({"strategy": "hash", "key": ["/id"],
      "remember": ["/status"], "when": [{"any": [
          {"pointer": "/status", "in": {"$from": "/input/statuses"}},
          {"pointer": "/status", "min": {"$each": "/input/statuses",
              "$item": {"$from": ".", "$values": {"7": 7}}}}]}]})";
  struct Case {
    const char *input;
    std::vector<const char *> told, quiet;
  };
  for (const Case &each : std::initializer_list<Case>{{R"({"statuses": [3, 7]})",
                                                       {"3", "7", "8", "\"9\"", "100"},
                                                       {"2", "6", "null", "\"x\""}},
                                                      {R"({"statuses": [3]})", {"3"}, {"7", "8"}},
                                                      {"{}", {"0", "8", "null"}, {}}}) {
    Things things(std::string(detect), each.input);
    things.add(R"({"id": 1, "status": -1})");
    things.trigger.baseline();
    const auto becomes = [&](const char *status) {
      things.rows.rows[0].as_object()["status"] = json_of(status);
      return things.trigger.poll().events.size();
    };
    for (const auto *status : each.told) EXPECT_EQ(becomes(status), 1u) << status << each.input;
    for (const auto *status : each.quiet) EXPECT_EQ(becomes(status), 0u) << status << each.input;
  }
}

// A row that is seen twice in one scan, with a change in between, is told once in it; what became
// of it then is told by the next poll, under another id.
TEST(Hash, ARowThatChangesDuringAScanLosesNoChange) {
  Things things(R"({"strategy": "hash", "key": ["/id"], "remember": ["/n"],
                    "data": {"from": {"$from": "/previous/n"}, "to": {"$from": "/row/n"}}})");
  for (int id = 1; id <= 30; ++id) {
    things.add(R"({"id": )" + std::to_string(id) + R"(, "n": 0})");
  }
  things.trigger.baseline();
  things.rows.rows[17].as_object()["n"] = 1;  // on both pages
  things.rows.requests = 0;
  things.rows.before = [&](std::size_t request) {
    if (request == 1) things.rows.rows[17].as_object()["n"] = 2;
  };
  EXPECT_EQ(things.trigger.poll().events.at(0).data, R"({"from":0,"to":1})");
  EXPECT_EQ(things.trigger.poll().events.at(0).data, R"({"from":1,"to":2})");
  EXPECT_TRUE(things.trigger.poll().events.empty());
}

TEST(Hash, TheHorizonLeavesOldRowsOutAndStopsTheReading) {
  Things things(R"({"strategy": "hash", "key": ["/id"], "remember": ["/n"], "order": {"by": "/id"},
                    "horizon": {"by": "/at", "days": {"$from": "/input/days", "$default": 30}}})");
  for (int id = 100; id >= 1; --id) {
    const std::string month = id > 90 ? "2025-02-" : "2024-02-";
    const std::string day = std::to_string(10 + id % 18);
    things.add(R"({"id": )" + std::to_string(id) + R"(, "n": 0, "at": ")" + month + day +
               R"( 10:00:00"})");
  }
  EXPECT_EQ(things.trigger.baseline().urls.size(), 2u);  // the second page is too old throughout
  things.rows.rows[0].as_object()["n"] = 1;
  things.rows.rows[50].as_object()["n"] = 1;
  EXPECT_EQ(things.trigger.poll().keys(), Keys{"100"});
}

}  // namespace
}  // namespace cpi::detection
