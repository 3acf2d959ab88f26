#include "position.hpp"

#include <gtest/gtest.h>

#include "trigger.hpp"

namespace cpi::detection {
namespace {

constexpr std::int64_t position_now = 1'740'819'600'000;

PollPlan position_plan() {
  return plan_of(R"({"request": {"method": "GET", "path": "/things"}})",
                 R"({"strategy": "set", "key": ["/id"]})");
}

// A cursor with these rows in one list.
std::string stored_with(const PollPlan &plan, std::initializer_list<std::uint64_t> rows) {
  Position position(plan);
  position.start_over("sixteen bytes or more", position_now);
  Shard &shard = position.cursor().at(0);
  shard.ready = true;
  for (const std::uint64_t row : rows) {
    Remembered remembered;
    remembered.key = row;
    shard.memory.put(std::move(remembered));
  }
  position.cursor().complete = true;
  return position.encode(position_now);
}

TEST(Position, ReadsTheBodyOnlyWhenItIsNeeded) {
  const PollPlan plan = position_plan();
  const std::string bytes = stored_with(plan, {1, 2, 3});
  Position position(plan);
  ASSERT_EQ(position.open(bytes), Opened::ok);
  EXPECT_TRUE(position.cursor().complete);
  EXPECT_TRUE(position.cursor().nothing_pending);
  EXPECT_FALSE(position.has_body());
  EXPECT_EQ(position.rows(), 0u);
  position.need_body();
  EXPECT_TRUE(position.has_body());
  EXPECT_EQ(position.rows(), 3u);
  EXPECT_FALSE(position.touched());
  EXPECT_EQ(position.encode(position_now), bytes);
}

TEST(Position, NoticesADamagedBody) {
  const PollPlan plan = position_plan();
  std::string bytes = stored_with(plan, {1, 2, 3});
  bytes[bytes.size() - 6] ^= 1;
  Position position(plan);
  ASSERT_EQ(position.open(bytes), Opened::ok);
  EXPECT_THROW(position.need_body(), Position::Damaged);
  position.start_over("other", position_now);
  EXPECT_TRUE(position.has_body());
  EXPECT_TRUE(position.touched());
  EXPECT_EQ(position.rows(), 0u);
  // Above every generation of an earlier baseline.
  EXPECT_EQ(position.cursor().generation, 1'740'819'600u);
}

TEST(Position, ForgetsRowsAndCountsThem) {
  const PollPlan plan = position_plan();
  const std::string bytes = stored_with(plan, {1, 2, 3});
  Position position(plan);
  position.open(bytes);
  position.need_body();
  Shard &shard = position.cursor().at(0);
  position.forget(shard, {});
  EXPECT_FALSE(position.touched());
  position.forget(shard, {2, 3});
  EXPECT_TRUE(position.touched());
  EXPECT_EQ(position.rows(), 1u);
  EXPECT_EQ(shard.memory.size(), 1u);
}

TEST(Position, HasNothingPendingOnlyWhenNothingIsLeftToDo) {
  const PollPlan plan = position_plan();
  const std::string bytes = stored_with(plan, {1});
  const auto nothing_pending_after = [&](auto change) {
    Position position(plan);
    position.open(bytes);
    position.need_body();
    change(position);
    Position reread(plan);
    const std::string again = position.encode(position_now);
    EXPECT_EQ(reread.open(again), Opened::ok);
    return reread.cursor().nothing_pending;
  };
  EXPECT_TRUE(nothing_pending_after([](Position &) {}));
  EXPECT_FALSE(nothing_pending_after([](Position &position) { position.distrust(); }));
  EXPECT_FALSE(
      nothing_pending_after([](Position &position) { position.cursor().pass_open = true; }));
  EXPECT_FALSE(
      nothing_pending_after([](Position &position) { position.cursor().complete = false; }));
  EXPECT_FALSE(
      nothing_pending_after([](Position &position) { position.cursor().at(0).again = true; }));
  EXPECT_FALSE(
      nothing_pending_after([](Position &position) { position.cursor().at(0).refusals = 1; }));
  EXPECT_FALSE(
      nothing_pending_after([](Position &position) { position.cursor().at(0).missing = 1; }));
  EXPECT_FALSE(nothing_pending_after(
      [](Position &position) { position.cursor().at(0).scan.running = true; }));
}

TEST(Position, BeforeTheEventsOfAListThatListIsReadFromItsStart) {
  const PollPlan plan = position_plan();
  const std::string bytes = stored_with(plan, {1});
  Position position(plan);
  position.open(bytes);
  position.need_body();
  Shard &shard = position.cursor().at(0);
  shard.scan.running = true;
  shard.scan.position = "o20";
  position.cursor().pass_open = true;
  const std::vector<std::uint64_t> waiting = {0};
  const std::string before = position.encode_before(waiting, position_now);
  Position found(plan);
  found.open(before);
  found.need_body();
  EXPECT_TRUE(found.cursor().at(0).again);
  EXPECT_FALSE(found.cursor().at(0).scan.running);
  EXPECT_FALSE(found.cursor().pass_open);
  // And here all is as it was.
  EXPECT_FALSE(shard.again);
  EXPECT_EQ(shard.scan.position, "o20");
  EXPECT_TRUE(position.cursor().pass_open);
}

}  // namespace
}  // namespace cpi::detection
