#include <map>

#include <gtest/gtest.h>

#include "trigger.hpp"

namespace cpi::detection {
namespace {

constexpr std::int64_t day_ms = 86'400'000;

// Bounces of one day at a time, as the service gives them.
struct Days {
  std::map<std::string, std::string> bodies;
  std::vector<std::string> asked;
  Trigger trigger;

  Days()
      : trigger(plan_of(R"({"request": {"method": "GET", "path": "/bounces",
                              "query": {"date": {"$from": "/window/day"}}},
                            "paging": {"style": "none", "rows": "/emails"}})",
                        R"({"strategy": "win", "key": ["/email", "/at"],
                            "window": {"by": "/at", "each_day": true}})"),
                [this](const Request &request) {
                  asked.push_back(query(request, "date"));
                  return Answer{.status = 200,
                                .body = R"({"emails": [)" + bodies[asked.back()] + "]}"};
                }) {}
};

TEST(Win, ReadsDayByDay) {
  Days days;
  days.bodies["2025-02-28"] = R"({"email": "a@x.org", "at": "2025-02-28 23:00:00"})";
  days.trigger.baseline();
  EXPECT_EQ(days.asked, (Keys{"2025-02-28", "2025-03-01", "2025-03-02"}));
  days.bodies["2025-03-01"] = R"({"email": "b@x.org", "at": "2025-03-01 01:00:00"})";
  days.bodies["2025-02-28"] += R"(,{"email": "late@x.org", "at": "2025-02-28 10:00:00"})";
  EXPECT_EQ(days.trigger.poll().keys(),
            (Keys{"late@x.org/2025-02-28%2010:00:00", "b@x.org/2025-03-01%2001:00:00"}));
  EXPECT_TRUE(days.trigger.poll().events.empty());
}

TEST(Win, TellsARowWithoutADateOnce) {
  for (const char *date : {"null", R"("")", "0", R"("0000-00-00 00:00:00")"}) {
    Trigger trigger(plan_of(R"({"request": {"method": "GET", "path": "/emails",
                                  "query": {"from": {"$from": "/window/from"}}}})",
                            R"({"strategy": "win", "key": ["/id"], "window": {"by": "/at"}})"),
                    {});
    std::string day = "2025-03-01";
    bool listed = false;
    trigger.serve = [&](const Request &) {
      const std::string dated = R"([{"id": 1, "at": ")" + day + R"("})";
      const std::string undated = std::string(R"(, {"id": 2, "at": )") + date + "}";
      return Answer{.status = 200, .body = dated + (listed ? undated : "") + "]"};
    };
    trigger.baseline();
    listed = true;
    EXPECT_EQ(trigger.poll().keys(), Keys{"2"});
    for (const char *later : {"2025-03-02", "2025-03-03", "2025-03-04", "2025-03-05", "2025-03-06",
                              "2025-03-07", "2025-03-08"}) {
      day = later;
      trigger.now += day_ms;
      for (const std::string &key : trigger.poll().keys()) EXPECT_NE(key, "2") << later;
    }
  }
}

TEST(Win, TellsWhatChangedInsideTheWindow) {
  Days days;
  days.trigger.plan = plan_of(R"({"request": {"method": "GET", "path": "/bounces",
                                    "query": {"date": {"$from": "/window/day"}}},
                                  "paging": {"style": "none", "rows": "/emails"}})",
                              R"({"strategy": "win", "key": ["/email"], "remember": ["/open"],
                                  "emits": ["new", "changed"],
                                  "when": [{"pointer": "/open", "not_in": [0]}],
                                  "window": {"by": "/at", "each_day": true},
                                  "data": {"delta": {"$from": "/delta"}}})");
  auto &today = days.bodies["2025-03-01"];
  today = R"({"email": "a@x.org", "at": "2025-03-01 01:00:00", "open": 0},
             {"email": "b@x.org", "at": "2025-03-01 01:00:00", "open": 1})";
  days.trigger.baseline();
  EXPECT_TRUE(days.trigger.poll().events.empty());
  today = R"({"email": "a@x.org", "at": "2025-03-01 01:00:00", "open": 2},
             {"email": "b@x.org", "at": "2025-03-01 01:00:00", "open": 1},
             {"email": "c@x.org", "at": "2025-03-01 09:00:00", "open": 1})";
  const Polled polled = days.trigger.poll();
  EXPECT_EQ(polled.keys(), (Keys{"a@x.org", "c@x.org"}));
  EXPECT_EQ(json_of(polled.events[0].data), json_of(R"({"delta": {"open": 2}})"));
  EXPECT_TRUE(days.trigger.poll().events.empty());
}

// The values that are compared are the same: only the filter tells the two rows apart.
TEST(Win, OfTwoRowsWithOneKeyTheOneThatPassesTheFilterCounts) {
  constexpr std::string_view at = R"("at": "2025-03-01 08:00:00"})";
  const std::string passes = R"({"id": 1, "sender": "shop", )" + std::string(at);
  const std::string fails = R"({"id": 1, "sender": "other", )" + std::string(at);
  for (const bool in_baseline : {false, true}) {
    for (const bool first : {false, true}) {
      std::string rows;
      const std::string both = first ? passes + "," + fails : fails + "," + passes;
      if (in_baseline) rows = both;
      Trigger trigger(
          plan_of(R"({"request": {"method": "GET", "path": "/emails"}})",
                  R"({"strategy": "win", "key": ["/id"], "window": {"by": "/at"},
                                  "when": [{"pointer": "/sender", "in": ["shop"]}]})"),
          [&](const Request &) { return Answer{.status = 200, .body = "[" + rows + "]"}; });
      trigger.baseline();
      rows = both;
      const Polled polled = trigger.poll();
      EXPECT_EQ(polled.keys(), in_baseline ? Keys() : Keys{"1"}) << first;
      rows += R"(,{"id": 2, "sender": "other", )" + std::string(at);
      for (int poll = 0; poll < 3; ++poll) EXPECT_TRUE(trigger.poll().events.empty()) << first;
    }
  }
}

TEST(Win, ADowntimeIsCaughtUpFromTheWatermark) {
  Days days;
  days.bodies["2025-02-28"] = R"({"email": "a@x.org", "at": "2025-02-28 23:00:00"})";
  days.trigger.baseline();
  days.trigger.now += 10 * day_ms;
  days.trigger.max_requests = 3;  // in several begins
  for (int day = 2; day <= 9; ++day) {
    const std::string date = "2025-03-0" + std::to_string(day);
    days.bodies[date] = R"({"email": "x@x.org", "at": ")" + date + R"( 12:00:00"})";
  }
  EXPECT_EQ(days.trigger.poll().events.size(), 8u);
  EXPECT_TRUE(days.trigger.poll().events.empty());
}

TEST(Win, KeysAreForgottenWithTheirDay) {
  Days days;
  days.trigger.baseline();
  std::size_t largest = 0;
  for (int poll = 0; poll < 60; ++poll) {
    days.trigger.now += day_ms;
    const std::int64_t day = days.trigger.now / day_ms;
    days.bodies.clear();
    const std::string date = [&] {
      const std::time_t seconds = day * 86'400;
      std::tm parts{};
      gmtime_r(&seconds, &parts);
      char text[16];
      std::strftime(text, sizeof text, "%Y-%m-%d", &parts);
      return std::string(text);
    }();
    for (int i = 0; i < 20; ++i) {
      days.bodies[date] += std::string(i > 0 ? "," : "") + R"({"email": "u)" + std::to_string(i) +
                           R"(@x.org", "at": ")" + date + R"( 12:00:00"})";
    }
    EXPECT_EQ(days.trigger.poll().events.size(), 20u);
    largest = std::max(largest, days.trigger.cursor.size());
  }
  EXPECT_LT(largest, 200u + 5 * 20 * 11);
}

TEST(Win, RowsOnAnyPageOfTheWindow) {
  Things things(R"({"strategy": "win", "key": ["/id"], "window": {"by": "/at", "back_days": 2}})");
  things.trigger.baseline();
  for (int id = 0; id < 50; ++id) {
    things.add(R"({"id": )" + std::to_string(id) + R"(, "at": "2025-03-01T10:00:00+00:00"})");
  }
  EXPECT_EQ(things.trigger.poll().events.size(), 50u);
  things.add(R"({"id": 50, "at": "2025-02-28T10:00:00+00:00"})");
  EXPECT_EQ(things.trigger.poll().keys(), Keys{"50"});
}

}  // namespace
}  // namespace cpi::detection
