#include "outbox.hpp"

#include <gtest/gtest.h>

#include "trigger.hpp"

namespace cpi::detection {
namespace {

constexpr std::int64_t outbox_now = 1'740'819'600'000;

PollPlan outbox_plan() {
  return plan_of(R"({"request": {"method": "GET", "path": "/things"}})",
                 R"({"strategy": "set", "key": ["/id"], "order": {"by": "/at"}})");
}

Pending event(std::uint64_t row, std::string rank = "", std::uint64_t shard = 0) {
  Pending pending;
  pending.shard = shard;
  pending.becomes.key = row;
  pending.key = std::to_string(row);
  pending.rank = std::move(rank);
  pending.data = "{}";
  return pending;
}

std::vector<std::string> keys_of(const Batch &batch) {
  std::vector<std::string> keys;
  for (const Event &each : batch.events) keys.push_back(each.key.substr(0, each.key.find('.')));
  return keys;
}

struct OutboxWithPosition {
  PollPlan plan = outbox_plan();
  Position position{plan};
  Outbox outbox;

  OutboxWithPosition() { position.start_over("sixteen bytes or more", outbox_now); }
  Batch take(std::size_t most) { return outbox.take_batch(most, position, outbox_now); }
  std::size_t remembered(const std::string &cursor, std::uint64_t shard = 0) const {
    Position found(plan);
    EXPECT_EQ(found.open(cursor), Opened::ok);
    found.need_body();
    const Shard *list = found.cursor().find(shard);
    return list != nullptr ? list->memory.size() : 0;
  }
};

TEST(Outbox, EachBatchHasTheCursorThatPassedJustItsEvents) {
  OutboxWithPosition it;
  for (const std::uint64_t row : {1, 2, 3}) it.outbox.add(event(row));
  const Batch first = it.take(2);
  EXPECT_EQ(keys_of(first), (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(it.remembered(first.cursor), 2u);
  EXPECT_FALSE(it.outbox.all_taken());
  const Batch second = it.take(2);
  EXPECT_EQ(keys_of(second), (std::vector<std::string>{"3"}));
  EXPECT_EQ(it.remembered(second.cursor), 3u);
  EXPECT_TRUE(it.outbox.all_taken());
}

TEST(Outbox, AListWithEventsToComeIsReadAgainByWhoeverFindsTheCursor) {
  OutboxWithPosition it;
  it.outbox.add(event(1, "", 7));
  it.outbox.add(event(2, "", 8));
  const Batch first = it.take(1);
  Position found(it.plan);
  found.open(first.cursor);
  found.need_body();
  EXPECT_FALSE(found.cursor().at(7).again);
  EXPECT_TRUE(found.cursor().at(8).again);
}

TEST(Outbox, EveryBatchHasAHigherGeneration) {
  OutboxWithPosition it;
  it.outbox.add(event(1));
  it.outbox.add(event(1));
  const std::string first = it.take(1).events.front().key;
  const std::string second = it.take(1).events.front().key;
  EXPECT_LT(std::stoull(first.substr(2)), std::stoull(second.substr(2)));
}

TEST(Outbox, ARowIsForgottenOnlyWithItsEvent) {
  OutboxWithPosition it;
  Remembered known;
  known.key = 5;
  it.position.cursor().at(0).memory.put(known);
  it.outbox.add(event(4));
  Pending gone = event(5);
  gone.forget = true;
  it.outbox.add(std::move(gone));
  EXPECT_EQ(it.remembered(it.take(1).cursor), 2u);
  EXPECT_EQ(it.remembered(it.take(1).cursor), 1u);
}

TEST(Outbox, SortsByRankAndLeavesEqualsInTheOrderOfTime) {
  OutboxWithPosition it;
  it.outbox.add(event(1, "30"));
  it.outbox.add(event(2, "9"));
  it.outbox.add(event(3, "9"));
  Pending falling = event(4, "9");
  falling.falling = true;  // further down is older
  it.outbox.add(std::move(falling));
  it.outbox.sort();
  EXPECT_EQ(keys_of(it.take(9)), (std::vector<std::string>{"4", "2", "3", "1"}));
}

TEST(Outbox, SortsStampsWithOffsetsAsInstants) {
  OutboxWithPosition it;
  it.outbox.add(event(1, "2025-10-26T03:10:00+02:00"));
  it.outbox.add(event(2, "2025-10-26T03:40:00+03:00"));
  it.outbox.sort();
  EXPECT_EQ(keys_of(it.take(9)), (std::vector<std::string>{"2", "1"}));
}

TEST(Outbox, ARowWithoutARankStaysBesideItsNeighbourInTheList) {
  for (const char *odd : {"", "0", "0000-00-00 00:00:00"}) {
    OutboxWithPosition it;
    const auto falling = [](std::uint64_t row, std::string rank, std::uint64_t shard) {
      Pending pending = event(row, std::move(rank), shard);
      pending.falling = true;
      return pending;
    };
    it.outbox.add(falling(6, odd, 1));
    it.outbox.add(falling(5, "2025-03-05", 1));
    it.outbox.add(falling(3, "2025-03-03", 1));
    it.outbox.add(falling(2, odd, 1));
    it.outbox.add(falling(4, "2025-03-04", 2));
    it.outbox.add(falling(1, odd, 3));  // nothing says when
    it.outbox.sort();
    EXPECT_EQ(keys_of(it.take(9)), (std::vector<std::string>{"1", "2", "3", "4", "5", "6"})) << odd;
  }
}

TEST(Outbox, DoesNotSortWhereNoRowHasARankOrOneWasRemoved) {
  OutboxWithPosition it;
  it.outbox.add(event(2));
  it.outbox.add(event(1));
  it.outbox.sort();
  EXPECT_EQ(keys_of(it.take(9)), (std::vector<std::string>{"2", "1"}));

  OutboxWithPosition removing;
  removing.outbox.add(event(1, "30"));
  Pending gone = event(2);
  gone.forget = true;
  removing.outbox.add(std::move(gone));
  removing.outbox.add(event(3, "9"));
  removing.outbox.sort();
  EXPECT_EQ(keys_of(removing.take(9)), (std::vector<std::string>{"1", "2", "3"}));
}

TEST(Outbox, WithdrawsOneRowOrAllOfAList) {
  OutboxWithPosition it;
  for (const std::uint64_t row : {1, 2, 3}) {
    it.outbox.expect(row);
    it.outbox.add(event(row, "", row == 3 ? 9 : 0));
  }
  EXPECT_TRUE(it.outbox.holds(1));
  it.outbox.withdraw(0, 1);
  EXPECT_FALSE(it.outbox.holds(1));
  it.outbox.withdraw_all_of(9);
  EXPECT_FALSE(it.outbox.holds(3));
  EXPECT_EQ(keys_of(it.take(9)), (std::vector<std::string>{"2"}));
}

}  // namespace
}  // namespace cpi::detection
