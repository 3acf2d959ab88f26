#include "purpose.hpp"

#include <gtest/gtest.h>

#include "counters.hpp"
#include "cpi/sdk/detection/scalar.hpp"

namespace cpi::detection {
namespace {

Shard shard_with(bool ready, bool again, bool quiet) {
  Shard shard;
  shard.ready = ready;
  shard.again = again;
  shard.quiet = quiet;
  return shard;
}

TEST(Purpose, OfAScan) {
  const Shard usual = shard_with(true, false, false);
  EXPECT_EQ(purpose_of(RunKind::normal, usual), Purpose::normal);
  EXPECT_EQ(purpose_of(RunKind::forced, usual), Purpose::forced);
  EXPECT_EQ(purpose_of(RunKind::baseline, usual), Purpose::baseline);
  // A list that was made since has only new rows, and all of them are read.
  EXPECT_EQ(purpose_of(RunKind::normal, shard_with(false, false, false)), Purpose::forced);
  EXPECT_EQ(purpose_of(RunKind::normal, shard_with(true, true, false)), Purpose::forced);
  EXPECT_EQ(purpose_of(RunKind::normal, shard_with(true, true, true)), Purpose::late_baseline);
  EXPECT_EQ(purpose_of(RunKind::forced, shard_with(true, true, true)), Purpose::late_baseline);
  EXPECT_EQ(purpose_of(RunKind::baseline, shard_with(true, true, true)), Purpose::baseline);
}

TEST(Purpose, OnlyABaselineReportsNothing) {
  EXPECT_TRUE(reports(Purpose::normal));
  EXPECT_TRUE(reports(Purpose::forced));
  EXPECT_FALSE(reports(Purpose::baseline));
  EXPECT_FALSE(reports(Purpose::late_baseline));
}

std::string packed_counters(std::initializer_list<const char *> values) {
  std::string out;
  for (const char *text : values) {
    const std::string_view view = text;
    pack({.kind = is_integer(view) ? ScalarKind::integer : ScalarKind::text,
          .text = std::string(view),
          .tree = 0},
         {}, out);
  }
  return out;
}

TEST(Counters, TheLargestOneCountsTheRows) {
  const std::string counters = packed_counters({"40", "17", "23"});
  EXPECT_TRUE(count_rows(counters, 40));
  EXPECT_FALSE(count_rows(counters, 23));
  EXPECT_EQ(largest(counters), 40);
  EXPECT_FALSE(count_rows("", 0));
  EXPECT_FALSE(count_rows(packed_counters({"many"}), 0));
  EXPECT_EQ(largest(""), std::nullopt);
}

TEST(Counters, WhatRoseMost) {
  const std::string before = packed_counters({"40", "17"});
  EXPECT_EQ(most_risen(before, packed_counters({"42", "30"})), 13);
  EXPECT_EQ(most_risen(before, packed_counters({"3", "2"})), 0);
  EXPECT_EQ(most_risen(before, packed_counters({"42"})), std::nullopt);
  EXPECT_EQ(most_risen("", ""), std::nullopt);
}

}  // namespace
}  // namespace cpi::detection
