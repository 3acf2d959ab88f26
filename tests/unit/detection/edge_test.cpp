#include <gtest/gtest.h>

#include "trigger.hpp"

namespace cpi::detection {
namespace {

struct Gauge {
  std::string body;
  Trigger trigger;

  Gauge(std::string_view edge, std::string_view input)
      : trigger(
            plan_of(R"({"request": {"method": "GET", "path": "/user/balance/detail"}})",
                    R"({"strategy": "edge", "edge": )" + std::string(edge) +
                        R"(, "remember": ["/balance/main"]})"),
            [this](const Request &) { return Answer{.status = 200, .body = body}; }, input) {}

  std::size_t poll(std::string_view main) {
    body = R"({"balance": {"main": )" + std::string(main) + R"(, "bonus": "3"}})";
    return trigger.poll().events.size();
  }
};

constexpr std::string_view below = R"({"value": "/balance/main", "below": {"$from": "/input/limit"},
                                       "rearm": 12})";

TEST(Edge, FiresOncePerCrossingAndRearmsWithHysteresis) {
  Gauge gauge(below, R"({"limit": 10})");
  gauge.body = R"({"balance": {"main": "20.5"}})";
  gauge.trigger.baseline();
  EXPECT_EQ(gauge.poll("10"), 0u);
  EXPECT_EQ(gauge.poll("\"9.36\""), 1u);
  EXPECT_EQ(gauge.poll("5"), 0u);
  EXPECT_EQ(gauge.poll("11"), 0u);  // not far enough to arm
  EXPECT_EQ(gauge.poll("9"), 0u);
  EXPECT_EQ(gauge.poll("12"), 0u);  // armed
  EXPECT_EQ(gauge.poll("9"), 1u);
}

TEST(Edge, WithoutARearmingValueTheThresholdArms) {
  Gauge gauge(R"({"value": "/balance/main", "below": 10, "rearm": {"$from": "/input/rearm"}})",
              "{}");
  gauge.body = R"({"balance": {"main": 20}})";
  gauge.trigger.baseline();
  EXPECT_EQ(gauge.poll("9"), 1u);
  EXPECT_EQ(gauge.poll("10"), 0u);
  EXPECT_EQ(gauge.poll("9"), 1u);
}

TEST(Edge, WhatWasBeyondAtTheBaselineDoesNotFire) {
  Gauge gauge(below, R"({"limit": 10})");
  gauge.body = R"({"balance": {"main": 1}})";
  gauge.trigger.baseline();
  EXPECT_EQ(gauge.poll("2"), 0u);
  EXPECT_EQ(gauge.poll("50"), 0u);
  EXPECT_EQ(gauge.poll("2"), 1u);
}

TEST(Edge, TheValueMayBeChosen) {
  Gauge gauge(R"({"value": {"of": {"main": "/balance/main", "bonus": "/balance/bonus"},
                            "by": {"$from": "/input/what"}}, "above": 2.5})",
              R"({"what": "bonus"})");
  gauge.body = R"({"balance": {"bonus": 0}})";
  gauge.trigger.baseline();
  EXPECT_EQ(gauge.poll("0"), 1u);
  Gauge wrong(R"({"value": {"of": {"main": "/balance/main"}, "by": {"$from": "/input/what"}},
                  "above": 2.5})",
              R"({"what": "other"})");
  wrong.body = "{}";
  const Polled polled = wrong.trigger.baseline();
  ASSERT_TRUE(polled.failure.has_value());
  EXPECT_EQ(polled.failure->error_class, ErrorClass::invalid_input);
}

TEST(Edge, DaysLeftMoveWithTheDayAlone) {
  Gauge gauge(R"({"value": "/tariff/end_date", "as": "days_left", "below": 3})", "{}");
  gauge.body = R"({"tariff": {"end_date": "2025-03-05 00:00:00"}})";
  gauge.trigger.baseline();  // 2025-03-01: four days left
  EXPECT_TRUE(gauge.trigger.poll().events.empty());
  gauge.trigger.now += 2 * 86'400'000LL;  // the answer is the same
  EXPECT_EQ(gauge.trigger.poll().events.size(), 1u);
}

TEST(Edge, AValueThatIsNoNumberIsLeftAlone) {
  Gauge gauge(below, R"({"limit": 10})");
  gauge.body = R"({"balance": {"main": 20}})";
  gauge.trigger.baseline();
  EXPECT_EQ(gauge.poll("null"), 0u);
  EXPECT_EQ(gauge.poll("\"n/a\""), 0u);
  EXPECT_EQ(gauge.poll("1"), 1u);
}

}  // namespace
}  // namespace cpi::detection
