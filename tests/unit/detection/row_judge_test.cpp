#include "row_judge.hpp"

#include <gtest/gtest.h>

#include "poll_parts.hpp"
#include "trigger.hpp"

namespace cpi::detection {
namespace {

// One list in which rows are judged one by one: {"id", "status"}.
struct Judging {
  PollPlan plan;
  Begin begin;
  boost::json::object input;
  PollParts parts;
  Terms terms;
  RowJudge judge;
  Shard &shard;
  Purpose purpose = Purpose::normal;
  bool doubtful = false;
  std::vector<Wanted> wanted;

  explicit Judging(std::string_view detect)
      : plan(plan_of(R"({"request": {"method": "GET", "path": "/things"}})", detect)),
        parts(plan, begin, input),
        terms(place_terms(plan, parts.scope, 0)),
        judge(plan, terms, parts.position, parts.outbox, parts.backfill),
        shard(start(parts)) {
    judge.begin();
  }
  static Shard &start(PollParts &parts) {
    parts.position.start_over("sixteen bytes or more", 0);
    parts.position.stored();
    return parts.position.cursor().at(0);
  }

  RowJudge::Seen see(std::uint64_t row, std::string_view status = "new") {
    Slots slots(plan.layout.slots());
    slots[plan.key.front()] = to_scalar(boost::json::value(std::to_string(row)));
    const auto set = [&](std::size_t slot) { slots[slot] = to_scalar(boost::json::value(status)); };
    for (const auto &[pointer, slot] : plan.remember) set(slot);
    for (const Condition &condition : plan.when) set(condition.slot);
    const std::string key = std::to_string(row);
    return judge.see(shard, purpose,
                     {.index = 0, .row = row, .key = key, .slots = slots, .doubtful = doubtful},
                     wanted);
  }
  // The next scan of the list.
  void again() {
    for (Wanted &each : wanted) shard.memory.put(std::move(each.becomes));
    wanted.clear();
    parts.outbox.clear();
    judge.end();
    judge.begin();
    shard.memory.each([](Remembered &row) { row.seen = false; });
  }
};

constexpr std::string_view new_rows = R"({"strategy": "set", "key": ["/id"]})";
constexpr std::string_view changed_rows =
    R"({"strategy": "hash", "key": ["/id"], "remember": ["/status"]})";
constexpr std::string_view filtered_rows = R"({"strategy": "set", "key": ["/id"],
    "when": [{"pointer": "/status", "in": ["good"]}]})";

TEST(RowJudge, ANewRowIsReportedAndRememberedOnlyWithItsEvent) {
  Judging it(new_rows);
  EXPECT_EQ(it.see(1), RowJudge::Seen::fresh);
  ASSERT_EQ(it.wanted.size(), 1u);
  EXPECT_EQ(it.wanted.front().change, Change::fresh);
  EXPECT_EQ(it.shard.memory.size(), 0u);
  EXPECT_TRUE(it.parts.outbox.holds(1));
  EXPECT_FALSE(it.parts.position.touched());
  it.again();
  EXPECT_EQ(it.see(1), RowJudge::Seen::known);
  EXPECT_TRUE(it.wanted.empty());
}

TEST(RowJudge, ABaselineRemembersAtOnceAndReportsNothing) {
  for (const Purpose purpose : {Purpose::baseline, Purpose::late_baseline}) {
    Judging it(new_rows);
    it.purpose = purpose;
    EXPECT_EQ(it.see(1), RowJudge::Seen::fresh);
    EXPECT_TRUE(it.wanted.empty());
    EXPECT_EQ(it.shard.memory.size(), 1u);
    EXPECT_EQ(it.parts.position.rows(), 1u);
    EXPECT_TRUE(it.parts.position.touched());
  }
}

TEST(RowJudge, ARowThatIsListedTwiceIsReportedOnce) {
  Judging it(new_rows);
  it.see(1);
  it.see(1);
  EXPECT_EQ(it.wanted.size(), 1u);
}

TEST(RowJudge, OfTwoRowsWithOneKeyTheSameStandsForBothInEitherOrder) {
  std::vector<std::string> stands;
  for (const bool swapped : {false, true}) {
    Judging it(changed_rows);
    it.purpose = Purpose::baseline;
    it.see(1, "old");
    it.purpose = Purpose::normal;
    it.again();
    it.see(1, swapped ? "b" : "a");
    it.see(1, swapped ? "a" : "b");
    ASSERT_EQ(it.wanted.size(), 1u);
    stands.push_back(it.wanted.front().becomes.values);
  }
  EXPECT_EQ(stands.front(), stands.back());
}

TEST(RowJudge, ATwinThatIsAsItWasTakesTheChangeBackWhereItStandsForBoth) {
  for (const auto &[changed, events] : {std::pair{"a", 0u}, std::pair{"z", 1u}}) {
    Judging it(changed_rows);
    it.purpose = Purpose::baseline;
    it.see(1, "m");
    it.purpose = Purpose::normal;
    it.again();
    it.see(1, changed);
    EXPECT_EQ(it.wanted.size(), 1u);
    it.see(1, "m");  // as it was
    EXPECT_EQ(it.wanted.size(), events) << changed;
    EXPECT_EQ(it.parts.outbox.holds(1), events == 1);
  }
}

TEST(RowJudge, ARowWaitsForTheFilterAndIsNewWhenItPassesForTheFirstTime) {
  Judging it(filtered_rows);
  it.see(1, "bad");
  EXPECT_TRUE(it.wanted.empty());
  EXPECT_TRUE(it.shard.memory.find(1)->waits);
  it.again();
  it.see(1, "good");
  ASSERT_EQ(it.wanted.size(), 1u);
  it.again();
  it.see(1, "bad");
  it.again();
  it.see(1, "good");
  EXPECT_TRUE(it.wanted.empty());  // the second time is no news
}

TEST(RowJudge, AfterAChangeOfTheFilterNoKnownRowIsNews) {
  Judging it(filtered_rows);
  it.see(1, "bad");
  it.again();
  it.shard.filter_changed = true;
  it.see(1, "good");
  EXPECT_TRUE(it.wanted.empty());
  it.shard.filter_changed = false;
  it.again();
  it.see(1, "good");
  EXPECT_TRUE(it.wanted.empty());
}

TEST(RowJudge, ARowThatIsHeldIsReportedAlthoughTheFilterIsChangedMeanwhile) {
  for (const char *then : {"good", "fine"}) {
    Judging it(R"({"strategy": "set", "key": ["/id"],
                   "when": [{"pointer": "/status", "in": ["good", "fine"]}]})");
    it.doubtful = true;
    it.see(1, "good");
    EXPECT_TRUE(it.wanted.empty());
    EXPECT_EQ(it.judge.held(), 1u);
    it.again();
    it.shard.filter_changed = true;
    it.see(2, "bad");
    it.again();
    // It is known, and yet it has not been told.
    it.see(1, then);
    it.see(2, "good");
    ASSERT_EQ(it.wanted.size(), 1u) << then;
    EXPECT_EQ(it.wanted.front().key, "1");
    it.again();
    it.see(1, then);
    it.shard.filter_changed = false;
    it.again();
    it.see(1, then);
    EXPECT_TRUE(it.wanted.empty()) << then;
  }
}

TEST(RowJudge, ARowThatIsHeldAndFailsTheNewFilterIsReportedWhenItPasses) {
  for (const bool changed_again : {true, false}) {
    Judging it(filtered_rows);
    it.doubtful = true;
    it.see(1, "good");
    it.doubtful = false;
    it.again();
    it.shard.filter_changed = true;
    it.see(1, "bad");
    EXPECT_TRUE(it.wanted.empty());
    it.shard.filter_changed = changed_again;
    it.again();
    it.see(1, "good");
    EXPECT_EQ(it.wanted.size(), 1u) << changed_again;
  }
}

TEST(RowJudge, ARowThatIsThereAgainIsNoLongerAbsent) {
  Judging it(new_rows);
  Remembered row;
  row.key = 1;
  row.absent = 1;
  it.shard.memory.put(row);
  it.see(1);
  EXPECT_EQ(it.shard.memory.find(1)->absent, 0);
  EXPECT_TRUE(it.parts.position.touched());
}

TEST(RowJudge, NotesTheRowsThatAreThereAndNoMoreWhatIsLookedFor) {
  Judging it(new_rows);
  Remembered row;
  row.key = 1;
  it.shard.memory.put(row);
  it.judge.see_leave(it.shard, 1);
  it.judge.see_leave(it.shard, 2);  // never known
  EXPECT_EQ(it.judge.left().size(), 1u);
}

}  // namespace
}  // namespace cpi::detection
