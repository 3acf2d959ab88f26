// The counters of a gate against the rows of its lists: nothing is believed against them.
#include "counters.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "trigger.hpp"

namespace cpi::detection {
namespace {

constexpr std::int64_t hour = 3'600'000;
constexpr std::int64_t five_minutes = 300'000;

constexpr std::string_view newest_first =
    R"("strategy": "top", "key": ["/id"], "order": {"by": "/at"})";
constexpr std::string_view whole = R"("strategy": "set", "key": ["/id"])";
constexpr std::string_view gone = R"("strategy": "set", "key": ["/id"], "emits": ["removed"])";
constexpr std::string_view counted = R"(, "count": ["/total"])";

// One list behind a gate that counts its rows, read in pages of ten.
struct Counted {
  std::vector<std::pair<int, int>> rows;  // {id, at}
  int total = 0;
  int active = 0;
  bool as_text = false;
  std::size_t page_requests = 0;
  Trigger trigger;

  explicit Counted(std::string_view detect, std::string_view count = counted)
      : trigger(plan_of(R"({"request": {"method": "GET", "path": "/lists/{/gate/id}/rows"},
                            "paging": {"size": {"name": "limit", "value": 10},
                                       "from": {"name": "offset"}}})",
                        "{" + std::string(detect) +
                            R"(, "gate": {"request": {"method": "GET", "path": "/lists"},
                                "key": ["/id"], "counters": ["/active", "/total"])" +
                            std::string(count) + "}}"),
                [this](const Request &request) { return serve(request); }) {}

  Answer serve(const Request &request) {
    Rows page;
    if (path(request) == "/lists") {
      boost::json::object list{{"id", 7}, {"active", active}, {"total", total}};
      if (as_text) list["total"] = std::to_string(total);
      page.rows.push_back(std::move(list));
      return page(request);
    }
    ++page_requests;
    std::ranges::stable_sort(rows, [](auto &a, auto &b) { return a.second > b.second; });
    for (const auto &[id, at] : rows) {
      page.rows.push_back(boost::json::object{{"id", id}, {"at", at}});
    }
    return page(request);
  }
  // Rows 1 to `count`, each newer than the one before.
  void fill(int count) {
    for (int id = 1; id <= count; ++id) rows.emplace_back(id, 100 * id);
    total = active = count;
  }
  void remove(int id) {
    std::erase_if(rows, [&](const auto &row) { return row.first == id; });
  }
  Polled poll() {
    trigger.now += five_minutes;
    page_requests = 0;
    return trigger.poll();
  }
};

TEST(Counters, AnImportWithOldStampsIsReadWhileTheCountSaysSo) {
  for (const bool as_text : {false, true}) {
    Counted list(newest_first);
    list.as_text = as_text;
    list.fill(60);
    list.trigger.baseline();
    EXPECT_TRUE(list.poll().events.empty());
    for (const int id : {101, 102, 103}) list.rows.emplace_back(id, 500 + id);  // sixty pages deep
    list.total += 3;
    const Polled polled = list.poll();
    EXPECT_EQ(polled.keys(), (Keys{"7/101", "7/102", "7/103"}));
    EXPECT_FALSE(polled.noted("older than"));
    EXPECT_TRUE(list.poll().events.empty());
    EXPECT_EQ(list.page_requests, 0u);
  }
}

TEST(Counters, AnImportWithOldStampsIsReadInPortions) {
  Counted list(newest_first);
  list.fill(60);
  list.trigger.baseline();
  list.trigger.max_requests = 3;
  list.rows.emplace_back(61, 6100);
  list.rows.emplace_back(101, 505);
  list.total += 2;
  const Polled polled = list.poll();
  Keys keys = polled.keys();
  std::ranges::sort(keys);
  EXPECT_EQ(keys, (Keys{"7/101", "7/61"}));
  EXPECT_TRUE(list.poll().events.empty());
  EXPECT_EQ(list.page_requests, 0u);
}

TEST(Counters, NumbersThatCannotCountAreNoCounters) {
  Counted list(newest_first, R"(, "count": ["/active"])");
  list.fill(12);
  list.trigger.baseline();
  const auto serve = list.trigger.serve;
  for (const char *number : {"9223372036854775807", "-9223372036854775808", "\"9007199254740993\"",
                             "\"-9223372036854775808\"", "-1"}) {
    list.trigger.serve = [&](const Request &request) {
      if (path(request) != "/lists") return serve(request);
      return Answer{
          .status = 200,
          .body = R"([{"id":7,"active":)" + std::string(number) + R"(,"total":)" + number + "}]"};
    };
    const Polled polled = list.poll();
    // More than any list can have is refused before it is read.
    EXPECT_EQ(polled.failure.has_value(),
              std::string_view(number).find('-') == std::string_view::npos)
        << number;
    EXPECT_TRUE(polled.events.empty()) << number;
  }
}

TEST(Counters, OtherCountersCostNoFullRead) {
  Counted list(newest_first);
  list.fill(60);
  list.trigger.baseline();
  --list.active;  // one unsubscribed
  EXPECT_TRUE(list.poll().events.empty());
  EXPECT_EQ(list.page_requests, 1u);
  ++list.active;
  ++list.total;
  list.rows.emplace_back(61, 6100);
  EXPECT_EQ(list.poll().keys(), Keys{"7/61"});
  EXPECT_LE(list.page_requests, 2u);
  EXPECT_TRUE(list.poll().events.empty());
  EXPECT_EQ(list.page_requests, 0u);
}

TEST(Counters, ACounterThatIsAheadOfItsListIsLookedAtAgainOnce) {
  for (const std::string_view detect : {newest_first, whole}) {
    for (const std::string_view count : {counted, std::string_view()}) {
      Counted list(detect, count);
      list.fill(6);
      list.trigger.baseline();
      ++list.total;
      EXPECT_TRUE(list.poll().events.empty());
      list.rows.emplace_back(7, 700);
      EXPECT_EQ(list.poll().keys(), Keys{"7/7"}) << detect << count;
      EXPECT_TRUE(list.poll().events.empty());
      EXPECT_EQ(list.page_requests, 0u);
      ++list.total;  // and this one never comes
      EXPECT_TRUE(list.poll().events.empty());
      EXPECT_GT(list.page_requests, 0u);
      EXPECT_TRUE(list.poll().events.empty());
      EXPECT_GT(list.page_requests, 0u);
      for (int poll = 0; poll < 3; ++poll) {
        EXPECT_TRUE(list.poll().events.empty());
        EXPECT_EQ(list.page_requests, 0u);
      }
    }
  }
}

TEST(Counters, ACountThatFallsBeforeItsRowIsGoneIsLookedAtAgain) {
  Counted list(gone);
  list.fill(6);
  list.trigger.baseline();
  --list.total;
  EXPECT_TRUE(list.poll().events.empty());
  list.remove(3);
  EXPECT_TRUE(list.poll().events.empty());
  EXPECT_EQ(list.poll().keys(), Keys{"7/3"});
  EXPECT_TRUE(list.poll().events.empty());
  EXPECT_EQ(list.page_requests, 0u);
}

TEST(Counters, AnOldRowThatNoCounterTellsOfIsHeldForOnePoll) {
  Counted list(newest_first);
  list.fill(30);
  list.trigger.baseline();
  EXPECT_TRUE(list.poll().events.empty());
  list.rows.emplace_back(101, 505);
  list.rows.emplace_back(102, 605);
  list.trigger.now += 7 * hour;  // the full read
  const Polled found = list.poll();
  EXPECT_TRUE(found.events.empty());
  EXPECT_TRUE(found.noted("2 new items are older than known items, and no counter has grown"));
  list.remove(102);  // it was only shown once
  EXPECT_EQ(list.poll().keys(), Keys{"7/101"});
  for (int poll = 0; poll < 4; ++poll) EXPECT_TRUE(list.poll().events.empty());
  EXPECT_EQ(list.page_requests, 0u);
}

TEST(Counters, AnOldRowWithoutAnyCounterIsHeldForOnePoll) {
  Things things(R"({"strategy": "top", "key": ["/id"], "order": {"by": "/id"}})");
  things.add_ids(30, 21);
  things.trigger.baseline();
  things.rows.rows.insert(things.rows.rows.begin() + 4, json_of(R"({"id": 26.5, "late": 1})"));
  things.add_first(R"({"id": 31})");
  const Polled polled = things.trigger.poll();
  EXPECT_EQ(polled.keys(), Keys{"31"});
  EXPECT_TRUE(polled.noted("1 new item is older"));
  EXPECT_EQ(things.trigger.poll().keys(), Keys{"26.5"});
  EXPECT_TRUE(things.trigger.poll().events.empty());
}

TEST(Counters, ARowThatIsHeldIsToldAlthoughTheFilterIsEditedMeanwhile) {
  Things things(R"({"strategy": "top", "key": ["/id"], "order": {"by": "/id"},
                    "when": [{"pointer": "/kind", "in": {"$from": "/input/kinds"}}]})",
                R"({"kinds": ["a"]})");
  for (int id = 30; id > 20; --id) things.add(R"({"kind": "a", "id": )" + std::to_string(id) + "}");
  things.trigger.baseline();
  const auto at = [&](int index) { return things.rows.rows.begin() + index; };
  things.rows.rows.insert(at(4), json_of(R"({"id": 26.5, "kind": "a"})"));
  things.rows.rows.insert(at(6), json_of(R"({"id": 25.5, "kind": "a"})"));
  things.rows.rows.insert(at(8), json_of(R"({"id": 24.5, "kind": "b"})"));
  things.add_first(R"({"id": 31, "kind": "a"})");
  const Polled polled = things.trigger.poll();
  EXPECT_EQ(polled.keys(), Keys{"31"});
  EXPECT_TRUE(polled.noted("2 new items are older"));
  // One of them passes the other filter as well; one is told when it passes it.
  things.rows.rows[5].as_object()["kind"] = "b";
  things.trigger.input = json_of(R"({"kinds": ["b"]})").as_object();
  EXPECT_EQ(things.trigger.poll().keys(), Keys{"26.5"});
  EXPECT_TRUE(things.trigger.poll().events.empty());
  things.trigger.input = json_of(R"({"kinds": ["a", "b"]})").as_object();
  EXPECT_EQ(things.trigger.poll().keys(), Keys{"25.5"});
  EXPECT_TRUE(things.trigger.poll().events.empty());
}

TEST(Counters, AnOldRowThatBeginsToMatchIsNotDoubted) {
  Things things(R"({"strategy": "set", "key": ["/id"], "order": {"by": "/id"},
                    "where": [{"pointer": "/done", "in": [true]}]})");
  things.add(R"({"id": 3, "done": true})");
  things.add(R"({"id": 2, "done": false})");
  things.add(R"({"id": 1, "done": true})");
  things.trigger.baseline();
  things.rows.rows[1] = json_of(R"({"id": 2, "done": true})");
  EXPECT_EQ(things.trigger.poll().keys(), Keys{"2"});
}

TEST(Counters, TheNewestOfABackfillAreToldAtOnceWhereverTheyStand) {
  Things things(R"({"strategy": "top", "key": ["/id"], "order": {"by": "/id"},
                    "when": [{"pointer": "/kind", "in": [1]}]})");
  for (int id = 30; id >= 1; --id) {
    things.add(R"({"id": )" + std::to_string(id) + R"(, "kind": )" + std::to_string(id % 3) + "}");
  }
  things.trigger.backfill = 4;
  EXPECT_EQ(things.trigger.poll(CPI_POLL_BACKFILL).keys(), (Keys{"19", "22", "25", "28"}));
  EXPECT_TRUE(things.trigger.poll().events.empty());
}

TEST(Counters, RowsThatAreCountedAndNeverShownAreLearned) {
  for (const std::string_view detect : {whole, gone}) {
    Counted list(detect);
    list.fill(5);
    list.total += 4;
    list.trigger.baseline();
    EXPECT_TRUE(list.poll().events.empty());
    EXPECT_EQ(list.page_requests, 0u);
    list.rows.emplace_back(6, 600);
    ++list.total;
    EXPECT_EQ(list.poll().events.size(), detect == whole ? 1u : 0u);
    EXPECT_EQ(list.page_requests, 1u);  // the end is where the counter says
    EXPECT_TRUE(list.poll().events.empty());
    EXPECT_EQ(list.page_requests, 0u);
    if (detect == whole) continue;
    // A removal is believed with the counter, although most of the list goes.
    for (const int id : {1, 2, 3, 4}) list.remove(id);
    list.total -= 4;
    EXPECT_TRUE(list.poll().events.empty());
    EXPECT_EQ(list.poll().events.size(), 4u);
  }
}

TEST(Counters, ARowThatIsCountedStillIsNotGone) {
  for (const int size : {3, 12}) {
    Counted list(gone);
    list.fill(size);
    list.trigger.baseline();
    const auto rows = list.rows;
    list.remove(1);
    if (size == 3) list.rows.clear();
    list.active -= 1;  // so that the list is read
    for (int poll = 0; poll < 6; ++poll) EXPECT_TRUE(list.poll().events.empty()) << size;
    list.trigger.now += 7 * hour;  // the full read
    const Polled read = list.poll();
    EXPECT_TRUE(read.events.empty()) << size;
    EXPECT_TRUE(read.noted("still counts")) << size;
    for (int poll = 0; poll < 3; ++poll) {
      list.trigger.now += 5 * hour;
      EXPECT_TRUE(list.poll().events.empty()) << size;
    }
    list.rows = rows;  // it comes back: nobody is told
    list.trigger.now += 7 * hour;
    for (int poll = 0; poll < 3; ++poll) EXPECT_TRUE(list.poll().events.empty()) << size;
    list.remove(2);
    list.total -= 1;
    EXPECT_TRUE(list.poll().events.empty());
    EXPECT_EQ(list.poll().keys(), Keys{"7/2"}) << size;
  }
}

TEST(Counters, WhatStaysMissingForADayIsGoneWhateverIsCounted) {
  Counted list(gone);
  list.fill(12);
  list.trigger.baseline();
  list.remove(1);
  list.active -= 1;
  EXPECT_TRUE(list.poll().events.empty());
  list.trigger.now += 25 * hour;
  EXPECT_EQ(list.poll().keys(), Keys{"7/1"});
  // The row that is still counted is a part of the surplus from now on.
  list.remove(2);
  list.total -= 1;
  for (int poll = 0; poll < 3; ++poll) {
    EXPECT_EQ(list.poll().keys(), poll == 1 ? Keys{"7/2"} : Keys());
  }
}

// The list lagged behind its counter once, so that the difference was taken for hidden rows. When
// its rows have come, a copy of the list without them is an old one.
TEST(Counters, RowsThatWereCountedAheadAreNotHiddenOnceTheyCame) {
  Counted list(newest_first);
  list.fill(60);
  list.trigger.baseline();
  list.total += 3;
  for (int poll = 0; poll < 3; ++poll) EXPECT_TRUE(list.poll().events.empty());
  for (const int id : {61, 62, 63, 64}) list.rows.emplace_back(id, 100 * id);
  list.total += 1;
  EXPECT_EQ(list.poll().events.size(), 4u);
  const auto all = list.rows;
  list.trigger.now += 7 * hour;
  for (const int id : {61, 62, 63}) list.remove(id);
  for (int poll = 0; poll < 40; ++poll) {
    EXPECT_TRUE(list.poll().events.empty());
    if (poll == 3) list.trigger.now += 7 * hour;
  }
  list.rows = all;
  list.trigger.now += 7 * hour;
  for (int poll = 0; poll < 4; ++poll) EXPECT_TRUE(list.poll().events.empty());
}

}  // namespace
}  // namespace cpi::detection
