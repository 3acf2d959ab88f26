// SET, and what all strategies share: keys, baselines, batches.
#include <gtest/gtest.h>

#include "trigger.hpp"

namespace cpi::detection {
namespace {

constexpr std::string_view by_id = R"({"strategy": "set", "key": ["/id"]})";

TEST(Set, BaselineEmitsNothingAndThenNewRowsDo) {
  Things things(by_id);
  things.add_ids(1, 3);
  EXPECT_TRUE(things.trigger.baseline().events.empty());
  EXPECT_TRUE(things.trigger.poll().events.empty());
  things.add(R"({"id": 4, "name": "four", "deep": {"er": [1, null]}})");
  const Polled polled = things.trigger.poll();
  EXPECT_EQ(polled.keys(), Keys{"4"});
  EXPECT_EQ(json_of(polled.events[0].data), things.rows.rows.back());
  EXPECT_TRUE(things.trigger.poll().events.empty());
}

TEST(Set, AnIdlePollStoresNothing) {
  Things things(by_id);
  things.add_ids(1, 25);
  things.trigger.baseline();
  const Polled polled = things.trigger.poll();
  EXPECT_FALSE(polled.stored);
  EXPECT_TRUE(polled.notes.empty());
  EXPECT_EQ(polled.urls.size(), 2u);
}

TEST(Set, OtherBytesWithTheSameRowsStoreNothingEither) {
  Things things(by_id);
  things.add_ids(1, 25);
  things.trigger.baseline();
  things.rows.rows[3].as_object()["count"] = 5;
  EXPECT_FALSE(things.trigger.poll().stored);
  // But not for ever, or every poll would have to read the rows again.
  things.trigger.now += 2 * 3'600'000;
  EXPECT_TRUE(things.trigger.poll().stored);
  EXPECT_FALSE(things.trigger.poll().stored);
}

TEST(Set, ABaselineOfNothingIsOneToo) {
  Things things(by_id);
  things.trigger.baseline();
  things.add_ids(1, 1);
  EXPECT_EQ(things.trigger.poll().keys(), Keys{"1"});
}

TEST(Set, NormalWithoutACursorMakesABaselineAndSaysSo) {
  Things things(by_id);
  things.add_ids(1, 3);
  const Polled polled = things.trigger.poll();
  EXPECT_TRUE(polled.events.empty());
  EXPECT_TRUE(polled.noted("no baseline"));
  things.add_ids(4, 4);
  EXPECT_EQ(things.trigger.poll().keys(), Keys{"4"});
}

TEST(Set, KeysAreExact) {
  Things things(by_id);
  things.add(R"({"id": 9007199254740992})");
  things.add(R"({"id": "007"})");
  things.trigger.baseline();
  const std::string kilobyte(1024, 'k');
  things.add(R"({"id": 9007199254740993})");
  things.add(R"({"id": 7})");
  things.add(R"({"id": "Ünï/cödé %"})");
  things.add(R"({"id": ")" + kilobyte + R"("})");
  things.add(R"({"id": ")" + kilobyte.substr(1) + R"(x"})");
  const Polled polled = things.trigger.poll();
  EXPECT_EQ(polled.keys(), (Keys{"9007199254740993", "7", "Ünï%2Fcödé%20%25", kilobyte,
                                 kilobyte.substr(1) + "x"}));
}

TEST(Set, NumbersSpelledAsTextAreTheSameRow) {
  Things things(by_id);
  things.add(R"({"id": 12})");
  things.add(R"({"id": "13"})");
  things.trigger.baseline();
  things.rows.rows = {json_of(R"({"id": "12"})"), json_of(R"({"id": 13})")};
  EXPECT_TRUE(things.trigger.poll().events.empty());
}

TEST(Set, RowsWithoutAKeyAreRefusedAndCounted) {
  Things things(R"({"strategy": "set", "key": ["/id", "/list"]})");
  things.trigger.baseline();
  things.add(R"({"id": 1, "list": 5})");
  things.add(R"({"id": null, "list": 5})");
  things.add(R"({"list": 5})");
  things.add(R"({"id": "", "list": 5})");
  things.add(R"({"id": {}, "list": 5})");
  const Polled polled = things.trigger.poll();
  EXPECT_EQ(polled.keys(), Keys{"1/5"});
  EXPECT_TRUE(polled.noted("4 rows had no key"));
}

TEST(Set, LowerCaseKeys) {
  Things things(R"({"strategy": "set", "key": ["/email"], "key_case": "lower"})");
  things.add(R"({"email": "Jane@Example.org"})");
  things.trigger.baseline();
  things.rows.rows = {json_of(R"({"email": "jane@example.ORG"})")};
  things.add(R"({"email": "JOE@example.org"})");
  const Polled polled = things.trigger.poll();
  EXPECT_EQ(polled.keys(), Keys{"joe@example.org"});
  EXPECT_EQ(json_of(polled.events[0].data).at("email"), "JOE@example.org");
}

TEST(Set, ComingBackIsAnotherEvent) {
  Things things(R"({"strategy": "set", "key": ["/id"], "absent": 1})");
  things.add_ids(1, 2);
  things.trigger.baseline();
  things.remove(2);
  EXPECT_TRUE(things.trigger.poll().events.empty());
  things.add_ids(2, 2);
  const Polled first = things.trigger.poll();
  things.remove(2);
  things.trigger.poll();
  things.add_ids(2, 2);
  const Polled second = things.trigger.poll();
  ASSERT_EQ(first.events.size(), 1u);
  ASSERT_EQ(second.events.size(), 1u);
  EXPECT_EQ(first.keys(), second.keys());
  EXPECT_NE(first.events[0].key, second.events[0].key);
}

TEST(Set, ACrashBeforeTheCommitGivesTheSameEventsAgain) {
  Things things(by_id);
  things.add_ids(1, 2);
  things.trigger.baseline();
  things.add_ids(3, 4);
  std::vector<std::string> lost;
  things.trigger.survives_before = [] { return false; };
  const std::string before = things.trigger.cursor;
  EXPECT_TRUE(things.trigger.poll().died);
  EXPECT_EQ(things.trigger.cursor, before);
  things.trigger.survives_before = [] { return true; };
  const Polled again = things.trigger.poll();
  things.trigger.cursor = before;
  const Polled once_more = things.trigger.poll();
  ASSERT_EQ(again.events.size(), 2u);
  EXPECT_EQ(again.events[0].key, once_more.events[0].key);
  EXPECT_EQ(again.events[1].key, once_more.events[1].key);
}

TEST(Set, OldestFirstWhereTheOrderIsKnown) {
  Things things(R"({"strategy": "set", "key": ["/id"], "order": {"by": "/at"}})");
  things.trigger.baseline();
  for (const char *row : {R"({"id": 1, "at": "2025-03-03"})", R"({"id": 2, "at": "2025-03-01"})",
                          R"({"id": 3, "at": "2025-03-02"})"}) {
    things.add(row);
  }
  EXPECT_EQ(things.trigger.poll().keys(), (Keys{"2", "3", "1"}));
}

TEST(Set, RemovedTellsWhatWasRememberedOfIt) {
  Things things(R"({"strategy": "set", "key": ["/email"], "key_case": "lower", "emits": ["removed"],
                    "remember": ["/status"], "subject": [{"$from": "/change"}, " ",
                                                         {"$from": "/row/email"}]})");
  const std::string long_name(200, 'n');
  things.add(R"({"email": "Ann@x.org", "status": 1})");
  things.add(R"({"email": ")" + long_name + R"(@x.org", "status": "gone"})");
  things.trigger.baseline();
  things.rows.rows.clear();  // all of it: believed after three polls
  EXPECT_TRUE(things.trigger.poll().events.empty());
  EXPECT_TRUE(things.trigger.poll().events.empty());
  const Polled polled = things.trigger.poll();
  ASSERT_EQ(polled.events.size(), 2u);
  for (const Event &event : polled.events) {
    if (event.data.size() < 100) {
      EXPECT_EQ(event.data, R"({"email":"Ann@x.org","status":1})");
      EXPECT_EQ(event.subject, "removed Ann@x.org");
    } else {
      EXPECT_EQ(json_of(event.data),
                json_of(R"({"email": ")" + long_name + R"(@x.org", "status": "gone"})"));
    }
  }
  EXPECT_TRUE(things.trigger.poll().events.empty());
}

TEST(Set, TheWhereFilterDecidesWhatIsInTheList) {
  Things things(R"({"strategy": "set", "key": ["/id"], "absent": 1,
                    "where": [{"pointer": "/status", "in": {"$from": "/input/statuses"}},
                              {"pointer": "/kind", "not_in": ["sms"]}]})",
                R"({"statuses": [4, "6"]})");
  things.add(R"({"id": 1, "status": 1})");
  things.trigger.baseline();
  things.rows.rows[0].as_object()["status"] = "4";
  things.add(R"({"id": 2, "status": 6})");
  things.add(R"({"id": 3, "status": 6, "kind": "sms"})");
  EXPECT_EQ(things.trigger.poll().keys(), (Keys{"1", "2"}));
  things.rows.rows[0].as_object()["status"] = 1;
  EXPECT_TRUE(things.trigger.poll().events.empty());
  things.rows.rows[0].as_object()["status"] = 4;
  EXPECT_EQ(things.trigger.poll().keys(), Keys{"1"});
}

TEST(Set, NullInAConditionStandsForWhatIsMissingToo) {
  Things things(R"({"strategy": "set", "key": ["/id"],
                    "when": [{"pointer": "/code", "not_in": [null, ""]}]})");
  things.trigger.baseline();
  things.add(R"({"id": 1})");
  things.add(R"({"id": 2, "code": null})");
  things.add(R"({"id": 3, "code": ""})");
  things.add(R"({"id": 4, "code": 0})");
  EXPECT_EQ(things.trigger.poll().keys(), Keys{"4"});
}

TEST(Set, ABareFalseMayMeanThatThereIsNothingYet) {
  Things things(by_id);
  std::string body = R"({"result": false})";
  things.trigger.plan = plan_of(R"({"request": {"method": "GET", "path": "/result"},
                                    "paging": {"style": "none", "rows": "/data/row"},
                                    "answer": {"false_is_no": true}})",
                                by_id);
  things.trigger.serve = [&](const Request &) { return Answer{.status = 200, .body = body}; };
  EXPECT_FALSE(things.trigger.baseline().failure);
  EXPECT_FALSE(things.trigger.poll().failure);
  body = R"({"result": true, "data": {"row": {"id": 7}}})";
  EXPECT_EQ(things.trigger.poll().keys(), Keys{"7"});
  body = R"({"result": false, "message": "No"})";
  EXPECT_TRUE(things.trigger.poll().failure);
}

TEST(Set, ByteOrderMarksAndWrappedSingleRows) {
  Things things(by_id);
  things.trigger.plan = plan_of(R"({"request": {"method": "GET", "path": "/thing"}})", by_id);
  std::string body = "\xEF\xBB\xBF[{\"id\": 1}]";
  things.trigger.serve = [&](const Request &) { return Answer{.status = 200, .body = body}; };
  things.trigger.baseline();
  body = "\xEF\xBB\xBF{\"id\": \"2\"}";
  EXPECT_EQ(things.trigger.poll().keys(), Keys{"2"});
}

TEST(Set, UnintelligibleAnswersFailAndKeepTheCursor) {
  Things things(by_id);
  things.add_ids(1, 3);
  things.trigger.baseline();
  const std::string before = things.trigger.cursor;
  for (const char *body :
       {"", "<html>", "[{\"id\": 1}", "[{\"id\": 1}] []", "3", "\"x\"",
        R"({"message":"Whoops, looks like something went wrong."})", R"({"error":"invalid_token"})",
        R"({"error":1})", R"({"error":"Something failed"})", R"({"id": 9})"}) {
    things.trigger.serve = [&](const Request &) { return Answer{.status = 200, .body = body}; };
    const Polled polled = things.trigger.poll();
    ASSERT_TRUE(polled.failure.has_value()) << body;
    EXPECT_EQ(polled.failure->error_class, ErrorClass::bad_response) << body;
    EXPECT_EQ(things.trigger.cursor, before);
  }
}

TEST(Set, AServiceThatIgnoresTheOffsetIsNotReadForEver) {
  Things things(by_id);
  things.add_ids(1, 40);
  things.rows.ignores_offset = true;
  const Polled polled = things.trigger.baseline();
  EXPECT_TRUE(polled.noted("every page alike"));
  EXPECT_EQ(polled.urls.size(), 2u);
  EXPECT_TRUE(things.trigger.poll().events.empty());
}

TEST(Set, MoreRowsThanCanBeRememberedIsAnErrorAndNotASilence) {
  Things things(R"({"strategy": "set", "key": ["/id"], "limit": 50})");
  things.add_ids(1, 50);
  things.trigger.baseline();
  things.add_ids(51, 51);
  const Polled polled = things.trigger.poll();
  ASSERT_TRUE(polled.failure.has_value());
  EXPECT_EQ(polled.failure->error_class, ErrorClass::too_large);
}

TEST(Set, ScalarRowsBecomeObjects) {
  Things things(R"({"strategy": "set", "key": [""]})");
  things.trigger.baseline();
  things.add("\"192.0.2.1\"");
  EXPECT_EQ(things.trigger.poll().events.at(0).data, R"({"value":"192.0.2.1"})");
}

TEST(Set, AHandlerMayReadThePages) {
  const PollPlan plan = plan_of(R"({"request": {"method": "GET", "path": "/unused"}})", by_id);
  std::string page = R"([{"id": 1}])";
  const ReadPage read = [&](const boost::json::object &scope, const Extra &) -> Task<std::string> {
    EXPECT_TRUE(scope.contains("input"));
    co_return page;
  };
  const boost::json::object input;
  Begin begin;
  begin.entropy = "sixteen bytes or more";
  std::vector<Event> events;
  const auto poll = [&](cpi_poll_mode mode) {
    begin.mode = mode;
    ScriptedHost host;
    const auto outcome =
        host.run([&](Channel &channel) { return run_poll(channel, begin, input, plan, read); },
                 1000, [](const Request &) { return Answer{.status = 500, .body = {}}; },
                 [&](const Batch &batch) {
                   events = batch.events;
                   begin.cursor = batch.cursor;
                   return true;
                 });
    ASSERT_TRUE(outcome.result.has_value());
    if (outcome.result->has_cursor) begin.cursor = outcome.result->cursor;
  };
  poll(CPI_POLL_BASELINE);
  page = R"([{"id": 1}, {"id": 2}])";
  poll(CPI_POLL_NORMAL);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].data, R"({"id":2})");
}

}  // namespace
}  // namespace cpi::detection
