// The table of strategies, and what the rest of detection asks of a row.
#include "strategy.hpp"

#include <set>
#include <stdexcept>

#include <gtest/gtest.h>

#include "cpi/language/strategies.hpp"
#include "trigger.hpp"

namespace cpi::detection {
namespace {

constexpr std::string_view strategy_read = R"({"request": {"method": "GET", "path": "/things"}})";

std::string problem_of(const std::string &detect) {
  try {
    plan_of(strategy_read, detect);
  } catch (const std::invalid_argument &error) {
    return error.what();
  }
  return "";
}

TEST(Strategies, EveryRowHasOne) {
  std::set<std::string_view> names;
  std::set<const Strategy *> found;
  for (const strategies::Row &row : strategies::all) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    const Strategy *strategy = find_strategy(row.name);
    ASSERT_NE(strategy, nullptr) << row.name;
    EXPECT_TRUE(found.insert(strategy).second) << row.name;
    EXPECT_NE(strategy->judge, nullptr) << row.name;
    EXPECT_EQ(own_member(*strategy), row.own);
    EXPECT_EQ(strategy->compile != nullptr, !row.own.empty()) << row.name;
    EXPECT_EQ(row.own.empty(), row.own_schema.empty()) << row.name;
    EXPECT_TRUE(row.own.empty() || json_of(row.own_schema).is_object()) << row.name;
    // What cannot be emitted has a reason, and the usual can be.
    const Emits possible = strategy->possible;
    const bool all = possible.fresh && possible.changed && possible.removed;
    EXPECT_EQ(strategy->limit.empty(), all) << row.name;
    const Emits usual = strategy->usual;
    EXPECT_TRUE((!usual.fresh || possible.fresh) && (!usual.changed || possible.changed) &&
                (!usual.removed || possible.removed))
        << row.name;
    EXPECT_TRUE(usual.fresh || usual.changed || usual.removed) << row.name;
  }
  EXPECT_EQ(find_strategy("guess"), nullptr);
  EXPECT_EQ(find_strategy(""), nullptr);
}

TEST(Strategies, AMemberOfAnotherOneIsRefused) {
  for (const strategies::Row &row : strategies::all) {
    if (row.own.empty()) continue;
    const std::string own(row.own);
    EXPECT_EQ(problem_of(R"({"strategy": "set", "key": ["/id"], ")" + own + "\": {}}"),
              "/triggers/0/detect/" + own + ": belongs to the strategy " + std::string(row.name));
  }
  EXPECT_EQ(problem_of(R"({"strategy": "set", "key": ["/id"], "": 1})"),
            "/triggers/0/detect/: is not known here");
}

TEST(Strategies, AnUnknownNameIsRefusedWithTheKnownOnes) {
  const std::string problem = problem_of(R"({"strategy": "guess", "key": ["/id"]})");
  for (const strategies::Row &row : strategies::all) {
    EXPECT_NE(problem.find(row.name), std::string::npos) << problem;
  }
  EXPECT_NE(problem.find(" or "), std::string::npos) << problem;
}

TEST(Strategies, WhatCannotBeEmittedIsRefusedWithItsReason) {
  for (const char *strategy : {"watch", "win"}) {
    const std::string detect =
        R"({"strategy": ")" + std::string(strategy) + R"(", "key": ["/id"], "emits": ["removed"]})";
    EXPECT_NE(problem_of(detect).find(find_strategy(strategy)->limit), std::string::npos);
  }
  EXPECT_NE(problem_of(R"({"strategy": "edge", "emits": ["new"],
                           "edge": {"value": "/x", "below": 1}})")
                .find("an edge only emits changed"),
            std::string::npos);
  EXPECT_NE(problem_of(R"({"strategy": "edge", "version": ["/a"],
                           "edge": {"value": "/x", "below": 1}})")
                .find("/detect/version: has no meaning for an edge"),
            std::string::npos);
}

}  // namespace
}  // namespace cpi::detection
