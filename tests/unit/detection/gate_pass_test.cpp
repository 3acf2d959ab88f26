#include "gate_pass.hpp"

#include <gtest/gtest.h>

#include "trigger.hpp"

namespace cpi::detection {
namespace {

constexpr std::int64_t pass_now = 1'740'819'600'000;

// A gate whose pages are made by hand: {"id", "total"}. The lists behind it are never read.
struct Passing {
  PollPlan plan;
  Begin begin;
  boost::json::object input;
  PollParts parts;

  explicit Passing(std::string_view more = "")
      : plan(plan_of(R"({"request": {"method": "GET", "path": "/lists/{/gate/id}"}})",
                     R"({"strategy": "set", "key": ["/id"],
                         "gate": {"request": {"method": "GET", "path": "/lists"},
                                  "key": ["/id"], "counters": ["/total"])" +
                         std::string(more) + "}}")),
        parts(plan, begin, input) {
    parts.position.start_over("sixteen bytes or more", pass_now);
    parts.position.cursor().complete = true;
  }
  Page page(std::initializer_list<std::pair<int, int>> lists) {
    Page page;
    page.own = "[";
    for (const auto &[id, total] : lists) {
      if (page.own.size() > 1) page.own += ',';
      page.own += R"({"id":)" + std::to_string(id) + R"(,"name":"List","total":)" +
                  std::to_string(total) + "}";
    }
    page.own += ']';
    page.mark.digest = page_digest(parts.position.cursor().key, page.own);
    return page;
  }
  // One pass over a gate of one page; the keys of the lists that were due.
  std::vector<std::string> pass(std::initializer_list<std::pair<int, int>> lists, int refused = 0,
                                std::int64_t now = pass_now) {
    GatePass pass(parts, now);
    std::vector<std::string> due;
    for (; pass.may_ask(); pass.advance()) {
      pass.take(page(lists), now);
      for (const GateRow &row : pass.rows()) {
        if (!pass.is_due(row)) continue;
        pass.show(row);
        if (pass.rests(row, now)) continue;
        due.push_back(row.key);
        Shard &shard = parts.position.cursor().at(row.id);
        shard.visited = shard.passed = true;
        if (row.key == std::to_string(refused)) {
          Failure failure(ErrorClass::forbidden, Fault::user, "No.");
          failure.http_status = 403;
          pass.refuse(shard, row, failure, now);
          continue;
        }
        shard.ready = true;
        shard.gate = row.counters;
        pass.count_answer(shard);
      }
    }
    pass.end(now);
    return due;
  }
  std::size_t lists() { return parts.position.cursor().shards.size(); }
};

TEST(GatePass, OnlyListsWhoseCountersMovedAreDue) {
  Passing it;
  EXPECT_EQ(it.pass({{1, 5}, {2, 5}}), (Keys{"1", "2"}));
  EXPECT_EQ(it.pass({{1, 5}, {2, 6}}), Keys{"2"});
  EXPECT_EQ(it.pass({{2, 6}, {1, 5}}), Keys{});
}

TEST(GatePass, ARefusedListRestsForLongerAndLonger) {
  Passing it;
  it.pass({{1, 5}, {2, 5}});
  EXPECT_EQ(it.pass({{1, 6}, {2, 5}, {3, 1}}, 1), (Keys{"1", "3"}));
  EXPECT_EQ(it.parts.notes.texts().size(), 1u);
  EXPECT_EQ(it.pass({{1, 6}, {2, 5}, {3, 1}}, 1), Keys{"1"});  // with the next poll
  EXPECT_EQ(it.pass({{1, 6}, {2, 5}, {3, 1}}, 1), Keys{});     // rests
  constexpr std::int64_t ten_minutes = 600'000;
  EXPECT_EQ(it.pass({{1, 6}, {2, 5}, {3, 1}}, 0, pass_now + ten_minutes), Keys{"1"});
  EXPECT_EQ(it.pass({{1, 6}, {2, 5}, {3, 1}}, 0, pass_now + ten_minutes), Keys{});
}

TEST(GatePass, WhereNothingCanBeReadThePollFails) {
  Passing it;
  EXPECT_THROW(it.pass({{1, 5}}, 1), Failure);
}

TEST(GatePass, AListIsForgottenAfterTwoPassesWithoutIt) {
  Passing it;
  it.pass({{1, 5}, {2, 5}, {3, 5}});
  it.pass({{1, 5}, {2, 5}});
  EXPECT_EQ(it.lists(), 3u);
  it.pass({{1, 5}, {2, 5}});
  EXPECT_EQ(it.lists(), 2u);
}

TEST(GatePass, MostListsAreNotForgottenAtOnce) {
  Passing it;
  it.pass({{1, 5}, {2, 5}, {3, 5}, {4, 5}});
  for (int pass = 0; pass < 5; ++pass) it.pass({{1, 5}});
  EXPECT_EQ(it.lists(), 4u);
  constexpr std::int64_t day = 86'400'000;
  it.pass({{1, 5}}, 0, pass_now + day);
  EXPECT_EQ(it.lists(), 1u);
}

TEST(GatePass, WhatDoesNotPassWhereIsNotDue) {
  Passing it(R"(, "where": [{"pointer": "/id", "in": [2]}], "missing": "There is no such list.")");
  EXPECT_EQ(it.pass({{1, 5}, {2, 5}}), Keys{"2"});
  EXPECT_EQ(it.pass({{1, 5}}), Keys{});
  EXPECT_EQ(it.parts.notes.texts(), std::vector<std::string>{"There is no such list."});
  it.parts.kind = RunKind::baseline;
  EXPECT_THROW(it.pass({{1, 5}}), Failure);  // nothing to make a baseline of
}

TEST(GatePass, APassThatIsStoppedBeginsWithTheSamePage) {
  Passing it(R"(, "paging": {"size": {"name": "limit", "value": 8}, "from": {"name": "offset"}})");
  {
    GatePass pass(it.parts, pass_now);
    pass.take(it.page({{1, 1}, {2, 1}, {3, 1}, {4, 1}, {5, 1}, {6, 1}, {7, 1}, {8, 1}}), pass_now);
    pass.advance();
    EXPECT_EQ(pass.extra().query.at("offset"), 3);
    pass.take(it.page({{4, 1}, {5, 1}, {6, 1}, {7, 1}, {8, 1}, {9, 1}}), pass_now);
    pass.stop();
  }
  EXPECT_TRUE(it.parts.position.cursor().pass_open);
  GatePass pass(it.parts, pass_now);
  EXPECT_EQ(pass.extra().query.at("offset"), 3);
}

TEST(GatePass, AListIsNamedForAPerson) {
  GateRow row;
  row.key = "17";
  EXPECT_EQ(name_of_list(row, {}), "17");
  EXPECT_EQ(name_of_list(row, json_of(R"({"gate": {"name": "Customers"}})").as_object()),
            "Customers (17)");
  EXPECT_EQ(name_of_list(row, json_of(R"({"gate": {"title": "17"}})").as_object()), "17");
}

}  // namespace
}  // namespace cpi::detection
