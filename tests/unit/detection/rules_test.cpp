// The rules that hold for every strategy, one by one.
#include <gtest/gtest.h>
#include <algorithm>

#include "trigger.hpp"

namespace cpi::detection {
namespace {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t hour_ms = 60 * minute_ms;

constexpr std::string_view by_id = R"({"strategy": "set", "key": ["/id"], "absent": 1})";
constexpr std::string_view removed = R"({"strategy": "set", "key": ["/id"], "emits": ["removed"]})";
constexpr std::string_view top = R"({"strategy": "top", "key": ["/id"], "order": {"by": "/id"}})";

// A list behind a counter, which the service may mask.
struct Gated {
  Things things;
  std::int64_t counter = 0;
  std::size_t gate_reads = 0;

  explicit Gated(std::string_view strategy = R"("strategy": "set", "key": ["/id"], "absent": 1)")
      : things("{" + std::string(strategy) + R"(,
          "gate": {"request": {"method": "GET", "path": "/counter", "shareable": true},
                   "counters": ["/total"]}})") {
    things.trigger.serve = [this](const Request &request) {
      if (path(request) != "/counter") return things.rows(request);
      ++gate_reads;
      return Answer{.status = 200, .body = R"({"total": )" + std::to_string(counter) + "}"};
    };
  }
  Polled poll() {
    things.trigger.now += 5 * minute_ms;
    return things.trigger.poll();
  }
};

// A deletion before the page border shifts a row out of sight. It is new, so it must be told with
// the next poll; it was old, so it must neither be told again nor counted as gone.
TEST(Rules, RowsVanishBetweenPages) {
  Things things(by_id);
  things.add_ids(1, 30);
  things.trigger.baseline();
  things.add_ids(31, 35);
  things.rows.rows[0].as_object()["seen"] = true;
  things.rows.requests = 0;
  things.rows.before = [&](std::size_t request) {
    if (request == 1) {  // after the first page: every row below moves up by six
      for (int id = 1; id <= 6; ++id) things.remove(id);
    }
  };
  const Polled first = things.trigger.poll();
  EXPECT_TRUE(first.noted("moved while it was read"));
  things.rows.before = nullptr;
  Polled second = things.trigger.poll();
  Keys keys = first.keys();
  for (const std::string &key : second.keys()) keys.push_back(key);
  EXPECT_EQ(keys, (Keys{"31", "32", "33", "34", "35"}));
  EXPECT_TRUE(things.trigger.poll().events.empty());
}

TEST(Rules, AMovedListIsReadAgainThoughTheGateIsUnchanged) {
  Gated gated;
  gated.things.add_ids(1, 40);
  gated.things.trigger.baseline();
  gated.counter = 1;
  gated.things.rows.requests = 0;
  gated.things.rows.before = [&](std::size_t request) {
    if (request == 1) gated.things.remove(1);
  };
  EXPECT_TRUE(gated.poll().noted("moved while it was read"));
  gated.things.rows.before = nullptr;
  EXPECT_GT(gated.poll().urls.size(), 1u);  // once more, whatever the counter says
  EXPECT_EQ(gated.poll().urls.size(), 1u);  // and then no more
}

TEST(Rules, RemovalNeedsTwoStableScans) {
  Things things(removed);
  things.add_ids(1, 30);
  things.trigger.baseline();
  things.remove(7);
  EXPECT_TRUE(things.trigger.poll().events.empty());
  things.add_ids(7, 7);  // it was only out of sight
  EXPECT_TRUE(things.trigger.poll().events.empty());
  things.remove(7);
  EXPECT_TRUE(things.trigger.poll().events.empty());
  EXPECT_EQ(things.trigger.poll().keys(), Keys{"7"});
  EXPECT_TRUE(things.trigger.poll().events.empty());
}

TEST(Rules, AnUnstableScanProvesNoRemoval) {
  Things things(removed);
  things.add_ids(1, 60);
  things.trigger.baseline();
  int victim = 1;
  things.rows.before = [&](std::size_t request) {
    if (request % 3 == 1) things.remove(victim++);  // every scan is disturbed
  };
  for (int poll = 0; poll < 6; ++poll) {
    for (const std::string &key : things.trigger.poll().keys()) {
      EXPECT_LT(std::stoi(key), victim) << "a row that is still there was called removed";
    }
  }
}

TEST(Rules, CountersAfterTheScanAreComparedBeforeARowCountsAsGone) {
  Rows members;
  for (int id = 1; id <= 30; ++id) members.rows.push_back({{"id", id}});
  int counter = 30;
  int afters = 0;
  int after_counter = 0;  // 0: as the gate says
  Trigger trigger(plan_of(R"({"request": {"method": "GET", "path": "/lists/{/gate/id}/members"},
                              "paging": {"size": {"name": "limit", "value": 20},
                                         "from": {"name": "offset"}}})",
                          R"({"strategy": "set", "key": ["/id"], "emits": ["removed"], "absent": 1,
                              "gate": {"request": {"method": "GET", "path": "/lists"},
                                       "key": ["/id"], "counters": ["/total"],
                                       "after": {"method": "GET", "path": "/lists/{/gate/id}"}}})"),
                  nullptr);
  trigger.serve = [&](const Request &request) {
    const auto row = [](int total) {
      return Answer{.status = 200,
                    .body = R"([{"id": 5, "total": )" + std::to_string(total) + "}]"};
    };
    if (path(request) == "/lists") return row(counter);
    if (path(request) != "/lists/5") return members(request);
    ++afters;
    return row(after_counter != 0 ? after_counter : counter);
  };
  trigger.baseline();
  std::erase(members.rows, json_of(R"({"id": 7})"));
  counter = 29;
  after_counter = 28;
  EXPECT_TRUE(trigger.poll().events.empty());
  EXPECT_EQ(afters, 1);
  after_counter = 0;
  EXPECT_EQ(trigger.poll().keys(), Keys{"5/7"});
}

TEST(Rules, RowsInsertedAtTheHeadAreOnlyReadTwice) {
  Things things(top);
  things.add_ids(60, 1);
  things.trigger.baseline();
  for (int id = 61; id <= 90; ++id) things.add_first(R"({"id": )" + std::to_string(id) + "}");
  things.rows.requests = 0;
  int next = 91;
  things.rows.before = [&](std::size_t request) {
    if (request == 1) things.add_first(R"({"id": )" + std::to_string(next++) + "}");
  };
  const Polled first = things.trigger.poll();
  EXPECT_EQ(first.events.size(), 30u);
  EXPECT_FALSE(first.noted("moved"));
  EXPECT_EQ(things.trigger.poll().keys(), Keys{"91"});
}

// Dialogs sorted by their last message: one that moves to the head behind our back is found by the
// next poll, since nothing but the first page moves the watermark.
TEST(Rules, TheWatermarkIsTheMaximumOfTheFirstPage) {
  Things things(R"({"strategy": "win", "key": ["/id", "/at"], "window": {"by": "/at"},
                    "order": {"by": "/at"}})");
  things.trigger.now = 1'740'819'600'000;  // 2025-03-01
  for (int day = 28; day >= 1; --day) {
    const std::string at = std::string("2025-02-") + (day < 10 ? "0" : "") + std::to_string(day);
    things.add(R"({"id": )" + std::to_string(day) + R"(, "at": ")" + at + R"(T10:00:00Z"})");
  }
  things.trigger.baseline();
  things.rows.requests = 0;
  things.add_first(R"({"id": 100, "at": "2025-02-28T11:00:00Z"})");
  things.rows.before = [&](std::size_t request) {
    if (request == 1) {  // 1 moves to the head with a newer stamp
      things.remove(1);
      things.add_first(R"({"id": 1, "at": "2025-03-01T08:00:00Z"})");
    }
  };
  EXPECT_EQ(things.trigger.poll().keys(), Keys{"100/2025-02-28T11:00:00Z"});
  EXPECT_EQ(things.trigger.poll().keys(), Keys{"1/2025-03-01T08:00:00Z"});
}

TEST(Rules, OrderIsProbedOnTheBaseline) {
  Things falling(top);
  falling.add_ids(60, 1);
  EXPECT_TRUE(falling.trigger.baseline().notes.empty());
  falling.add_first(R"({"id": 61})");
  EXPECT_EQ(falling.trigger.poll().urls.size(), 2u);  // the second page is wholly known

  Things rising(top);
  rising.add_ids(1, 60);
  EXPECT_TRUE(rising.trigger.baseline().noted("read whole at every poll"));
  rising.add_ids(61, 61);
  const Polled polled = rising.trigger.poll();
  EXPECT_EQ(polled.keys(), Keys{"61"});
  EXPECT_EQ(polled.urls.size(), 5u);  // four pages, and that there is no fifth
}

TEST(Rules, AViolationSwitchesToTheFullSetLoudly) {
  Things things(top);
  things.add_ids(60, 1);
  things.trigger.baseline();
  // The service stops sorting: new rows come last.
  things.add_ids(61, 62);
  std::swap(things.rows.rows[0], things.rows.rows[5]);
  const Polled first = things.trigger.poll();
  EXPECT_TRUE(first.noted("not in the order it was in"));
  EXPECT_EQ(first.keys(), (Keys{"61", "62"}));
  things.add_ids(63, 63);
  const Polled second = things.trigger.poll();
  EXPECT_EQ(second.keys(), Keys{"63"});
  EXPECT_FALSE(second.noted("order"));  // said once
}

TEST(Rules, EqualStampsAreToldApartByKey) {
  Things things(R"({"strategy": "top", "key": ["/id"], "order": {"by": "/at"}})");
  things.add(R"({"id": 2, "at": "2025-03-01 10:00:01"})");
  things.add(R"({"id": 1, "at": "2025-03-01 10:00:00"})");
  things.trigger.baseline();
  for (int id = 3; id < 60; ++id) {
    things.add_first(R"({"id": )" + std::to_string(id) + R"(, "at": "2025-03-01 10:00:01"})");
  }
  const Polled polled = things.trigger.poll();
  ASSERT_EQ(polled.events.size(), 57u);
  EXPECT_EQ(polled.keys().front(), "3");
  EXPECT_EQ(polled.keys().back(), "59");
  EXPECT_TRUE(things.trigger.poll().events.empty());
}

// A day filter is widened by a day on each side, whatever zone the stamps are in, and a clock that
// is wrong by years changes nothing of what was seen.
TEST(Rules, NoLocalClockAgainstServerStamps) {
  Trigger trigger(plan_of(R"({"request": {"method": "GET", "path": "/mails",
                  "query": {"from": {"$from": "/window/from"}, "to": {"$from": "/window/to"}}}})",
                          R"({"strategy": "win", "key": ["/id"], "window": {"by": "/at"}})"),
                  nullptr);
  std::string body = R"([{"id": 1, "at": "2025-02-27 23:59:59"}])";
  std::string from;
  std::string to;
  trigger.serve = [&](const Request &request) {
    from = query(request, "from");
    to = query(request, "to");
    return Answer{.status = 200, .body = body};
  };
  trigger.baseline();
  EXPECT_EQ(from, "2025-02-28");  // nothing seen yet: today - 1
  EXPECT_EQ(to, "2025-03-02");    // today + 1
  trigger.now += 10 * 24 * hour_ms;
  body = R"([{"id": 2, "at": "2025-03-05 23:59:59"}])";
  EXPECT_EQ(trigger.poll().keys(), Keys{"2"});
  EXPECT_EQ(from, "2025-02-28");  // never before the baseline's
  trigger.poll();
  EXPECT_EQ(from, "2025-03-04");  // the watermark's day - 1, days behind the clock
  EXPECT_EQ(to, "2025-03-12");
  // Server stamps far in the future do not empty the window.
  body = R"([{"id": 3, "at": "2031-01-01 00:00:00"}])";
  EXPECT_EQ(trigger.poll().keys(), Keys{"3"});
  trigger.poll();
  EXPECT_EQ(from, "2025-03-10");
  // A clock that is set back by a year asks for more, and tells nothing twice.
  trigger.now -= 365 * 24 * hour_ms;
  body = R"([{"id": 3, "at": "2031-01-01 00:00:00"}, {"id": 4, "at": "2025-03-11 01:00:00"}])";
  EXPECT_EQ(trigger.poll().keys(), Keys{"4"});
}

TEST(Rules, MaskedCountersAreReadThroughAfterSixHours) {
  Gated gated;
  gated.things.add_ids(1, 3);
  gated.things.trigger.baseline();
  gated.things.remove(1);
  gated.things.add_ids(4, 4);  // one gone, one new: the counter shows nothing
  int polls = 0;
  Polled polled;
  do {
    polled = gated.poll();
    ++polls;
  } while (polled.events.empty() && polls < 100);
  EXPECT_EQ(polled.keys(), Keys{"4"});
  EXPECT_EQ(polls, 72);  // of five minutes
}

// A scan that a budget stopped goes on where it was; what is left of it is no full read.
TEST(Rules, TheRestOfAStoppedScanIsNoFullRead) {
  Gated gated;
  Things &things = gated.things;
  things.add_ids(1, 60);
  things.trigger.baseline();
  things.trigger.max_requests = 3;  // the gate and two pages
  things.add_ids(61, 61);
  gated.counter = 61;  // which opens the gate
  EXPECT_TRUE(things.trigger.once().more);
  things.trigger.max_requests = 0;
  things.rows.rows[0] = json_of(R"({"id": 100})");  // on the first page; the counter shows nothing
  things.trigger.now += 7 * hour_ms;
  std::vector<std::string> reported;
  for (int poll = 0; poll < 30; ++poll) {
    for (const std::string &key : gated.poll().keys()) reported.push_back(key);
  }
  std::ranges::sort(reported);
  EXPECT_EQ(reported, (Keys{"100", "61"}));
}

TEST(Rules, AndNotBeforeTwentyFourPolls) {
  Gated gated;
  gated.things.add_ids(1, 3);
  gated.things.trigger.baseline();
  gated.things.add_ids(4, 4);
  int polls = 0;
  Polled polled;
  do {
    gated.things.trigger.now += hour_ms;
    polled = gated.things.trigger.poll();
    ++polls;
  } while (polled.events.empty() && polls < 100);
  EXPECT_EQ(polled.keys(), Keys{"4"});
  EXPECT_EQ(polls, 24);
}

TEST(Rules, IdlePollsStillStoreNothing) {
  Gated gated;
  gated.things.add_ids(1, 3);
  gated.things.trigger.baseline();
  int stored = 0;
  for (int poll = 0; poll < 288; ++poll) stored += gated.poll().stored ? 1 : 0;
  // A day: four reconciliations, and after each the pace is learned once.
  EXPECT_LE(stored, 2 * 4 + 2);
}

TEST(Rules, TheCursorMovesOnlyWithItsEvents) {
  Things things(by_id);
  things.trigger.max_events = 4;
  things.add_ids(1, 5);
  things.trigger.baseline();
  things.add_ids(6, 15);
  std::vector<std::string> ids;
  int commits = 0;
  things.trigger.survives_before = [&] { return ++commits != 2; };
  for (int begins = 0; begins < 10; ++begins) {
    const Polled polled = things.trigger.once();
    for (const Event &event : polled.events) ids.push_back(event.key);
    if (!polled.died && !polled.more) break;
  }
  ASSERT_EQ(ids.size(), 10u);
  for (int id = 6; id <= 15; ++id) {
    EXPECT_TRUE(ids[static_cast<std::size_t>(id - 6)].starts_with(std::to_string(id) + "."));
  }
}

TEST(Rules, TheFirstPollIsABaselineWithoutEvents) {
  Things things(by_id);
  things.add_ids(1, 70);
  things.trigger.max_requests = 1;
  int begins = 0;
  Polled polled;
  do {
    polled = things.trigger.once(CPI_POLL_BASELINE);
    EXPECT_TRUE(polled.events.empty());
    ++begins;
  } while (polled.more);
  EXPECT_EQ(begins, 6);  // five pages, and that there is no sixth
  things.trigger.max_requests = 0;
  EXPECT_TRUE(things.trigger.poll().events.empty());
}

TEST(Rules, ABaselineThatFailedHalfWayTellsNothingAfterwards) {
  Things things(by_id);
  things.add_ids(1, 70);
  things.trigger.max_requests = 2;
  things.trigger.once(CPI_POLL_BASELINE);
  const auto serve = things.trigger.serve;
  things.trigger.serve = [](const Request &) { return Answer{.status = 500, .body = {}}; };
  EXPECT_TRUE(things.trigger.once(CPI_POLL_BASELINE).failure.has_value());
  things.trigger.serve = serve;
  EXPECT_TRUE(things.trigger.poll().events.empty());  // NORMAL, too, goes on silently
  things.add_ids(71, 71);
  EXPECT_EQ(things.trigger.poll().keys(), Keys{"71"});
}

TEST(Rules, ABaselineOfAMovingListIsReadOnceMore) {
  Things things(by_id);
  things.add_ids(1, 40);
  things.rows.before = [&](std::size_t request) {
    if (request == 1) things.remove(1);  // 21 slips through between the first two pages
  };
  things.trigger.baseline();
  EXPECT_TRUE(things.trigger.poll().events.empty());
}

TEST(Rules, AnUpsertTellsNothingAndAReAddOnlyWhenAPollSawItAbsent) {
  Things things(by_id);
  things.add(R"({"id": 1, "name": "a"})");
  things.add_ids(2, 2);
  things.trigger.baseline();
  things.rows.rows[0].as_object()["name"] = "b";
  EXPECT_TRUE(things.trigger.poll().events.empty());
  things.remove(1);
  things.add_ids(1, 1);  // between two polls
  EXPECT_TRUE(things.trigger.poll().events.empty());
  things.remove(1);
  things.trigger.poll();
  things.add_ids(1, 1);
  EXPECT_EQ(things.trigger.poll().keys(), Keys{"1"});
}

TEST(Rules, AMassImportIsTakenInPortions) {
  Things things(by_id);
  things.add_ids(1, 10);
  things.trigger.baseline();
  things.add_ids(11, 1010);
  things.trigger.max_events = 100;
  things.trigger.max_requests = 10;
  Keys keys;
  int begins = 0;
  Polled polled;
  do {
    polled = things.trigger.once();
    EXPECT_LE(polled.urls.size(), 10u);
    EXPECT_LE(polled.events.size(), 100u + 20u);
    for (std::string &key : polled.keys()) keys.push_back(std::move(key));
    ++begins;
  } while (polled.more);
  EXPECT_GE(begins, 9);
  ASSERT_EQ(keys.size(), 1000u);
  for (int id = 11; id <= 1010; ++id) {
    EXPECT_EQ(keys[static_cast<std::size_t>(id - 11)], std::to_string(id));
  }
}

TEST(Rules, AFailureInTheMiddleThrowsTheScanAway) {
  for (const int status : {429, 500, 0}) {
    Things things(removed);
    things.add_ids(1, 60);
    things.trigger.baseline();
    const std::string before = things.trigger.cursor;
    things.remove(50);
    const auto serve = things.trigger.serve;
    int requests = 0;
    things.trigger.serve = [&](const Request &request) {
      return ++requests == 3 ? Answer{.status = status, .body = {}} : serve(request);
    };
    const Polled polled = things.trigger.poll();
    ASSERT_TRUE(polled.failure.has_value());
    EXPECT_FALSE(polled.stored);
    EXPECT_EQ(things.trigger.cursor, before);
    requests = 100;
    EXPECT_TRUE(things.trigger.poll().events.empty());  // the first scan that counts
    Keys keys;
    for (int poll = 0; poll < 3; ++poll) {
      for (std::string &key : things.trigger.poll().keys()) keys.push_back(std::move(key));
    }
    EXPECT_EQ(keys, Keys{"50"});
  }
}

TEST(Rules, APollStaysInsideItsRequestBudget) {
  Things things(by_id);
  things.add_ids(1, 500);
  for (const std::uint32_t budget : {1u, 3u, 7u}) {
    things.trigger.cursor.clear();
    things.trigger.max_requests = budget;
    Polled polled;
    do {
      polled = things.trigger.once(CPI_POLL_BASELINE);
      EXPECT_LE(polled.urls.size(), budget);
    } while (polled.more);
    EXPECT_TRUE(things.trigger.poll().events.empty());
  }
}

TEST(Rules, SharedReadsAreAskedForAsShareable) {
  Gated gated;
  gated.things.trigger.baseline();
  std::vector<bool> shareable;
  const auto serve = gated.things.trigger.serve;
  gated.things.trigger.serve = [&](const Request &request) {
    shareable.push_back(request.shareable);
    return serve(request);
  };
  gated.counter = 1;
  gated.poll();
  EXPECT_EQ(shareable, (std::vector<bool>{true, false}));
}

}  // namespace
}  // namespace cpi::detection
