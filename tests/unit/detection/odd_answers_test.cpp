// What services answer besides what they document: an answer is understood, or the poll fails and
// goes on from where it was.
#include <algorithm>
#include <map>
#include <optional>

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "trigger.hpp"

namespace cpi::detection {
namespace {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t hour_ms = 60 * minute_ms;

constexpr std::string_view by_id = R"({"strategy": "set", "key": ["/id"]})";
constexpr std::string_view removed = R"({"strategy": "set", "key": ["/id"], "emits": ["removed"]})";

// ---- Errors that come with a success ---------------------------------------------------------

TEST(OddAnswers, AnErrorInsteadOfTheListIsNoBaseline) {
  for (const char *error : {R"({"message":"Whoops, looks like something went wrong."})",
                            R"({"error":"invalid_token"})", R"({"error":1})"}) {
    for (const char *read : {R"({"request": {"method": "GET", "path": "/things"}})",
                             R"({"request": {"method": "GET", "path": "/things"},
                                 "paging": {"size": {"name": "limit", "value": 20},
                                            "from": {"name": "offset"}}})"}) {
      Things things(by_id);
      things.trigger.plan = plan_of(read, by_id);
      things.add_ids(1, 3);
      const auto serve = things.trigger.serve;
      things.trigger.serve = [&](const Request &) { return Answer{.status = 200, .body = error}; };
      const Polled polled = things.trigger.baseline();
      ASSERT_TRUE(polled.failure) << error;
      EXPECT_EQ(polled.failure->error_class, ErrorClass::bad_response);
      EXPECT_FALSE(polled.stored);
      things.trigger.serve = serve;
      EXPECT_TRUE(things.trigger.baseline().events.empty());
      EXPECT_TRUE(things.trigger.poll().events.empty());
    }
  }
}

// A list in an envelope that may say that it failed, and yet have a list.
struct Enveloped {
  Things things{removed};
  std::string envelope;  // around the rows, which stand for the %

  explicit Enveloped(std::string_view detect = removed, std::string_view rows = "/data") {
    things.trigger.plan = plan_of(R"({"request": {"method": "GET", "path": "/things"},
                    "paging": {"size": {"name": "limit", "value": 20},
                               "from": {"name": "offset"}, "rows": ")" +
                                      std::string(rows) + "\"}}",
                                  detect);
    const auto serve = things.trigger.serve;
    things.trigger.serve = [this, serve](const Request &request) {
      const std::string rows_text = serve(request).body;
      std::string body = envelope;
      return Answer{.status = 200, .body = body.replace(body.find('%'), 1, rows_text)};
    };
  }
};

constexpr const char *denials[] = {
    R"({"status":"error","data":%})",     R"({"data":%,"status":"failed"})",
    R"({"status":false,"data":%})",       R"({"success":false,"data":%})",
    R"({"success":"failed","data":%})",   R"({"result":"error","data":%})",
    R"({"is_error":true,"data":%})",      R"({"is_error":"true","data":%})",
    R"({"status":500,"data":%})",         R"({"error":"Oops","data":%})",
    R"({"status":"err\u006fr","data":%})"};

TEST(OddAnswers, AnEnvelopeThatSaysItFailedIsNoBaseline) {
  for (const char *denial : denials) {
    for (const bool empty : {true, false}) {
      Enveloped enveloped(by_id);
      if (!empty) enveloped.things.add_ids(1, 3);
      enveloped.envelope = denial;
      const Polled polled = enveloped.things.trigger.baseline();
      ASSERT_TRUE(polled.failure) << denial;
      EXPECT_FALSE(polled.stored) << denial;
      enveloped.envelope = R"({"status":"ok","data":%})";
      EXPECT_FALSE(enveloped.things.trigger.baseline().failure);
      EXPECT_TRUE(enveloped.things.trigger.poll().events.empty());
    }
  }
}

TEST(OddAnswers, AnEnvelopeThatSaysItFailedRemovesNothing) {
  for (const char *denial : denials) {
    Enveloped enveloped;
    enveloped.things.add_ids(1, 9);
    enveloped.envelope = R"({"data":%})";
    enveloped.things.trigger.baseline();
    // Some of the rows, or none: what is missing is not gone.
    const auto all = enveloped.things.rows.rows;
    for (const std::size_t left : {std::size_t{0}, std::size_t{6}}) {
      enveloped.things.rows.rows.resize(left);
      enveloped.envelope = denial;
      for (int poll = 0; poll < 3; ++poll) {
        const Polled polled = enveloped.things.trigger.poll();
        EXPECT_TRUE(polled.failure) << denial;
        EXPECT_TRUE(polled.events.empty());
        EXPECT_FALSE(polled.stored);
      }
      enveloped.things.rows.rows = all;
    }
    enveloped.envelope = R"({"data":%})";
    EXPECT_TRUE(enveloped.things.trigger.poll().events.empty());
  }
}

TEST(OddAnswers, AnEnvelopeInsideMaySayThatItFailed) {
  for (const char *denial :
       {R"({"success":false,"data":{"list":%}})", R"({"data":{"success":false,"list":%}})",
        R"({"success":true,"data":{"list":%,"status":"error"}})"}) {
    Enveloped enveloped(by_id, "/data/list");
    enveloped.envelope = denial;
    EXPECT_TRUE(enveloped.things.trigger.baseline().failure) << denial;
  }
}

TEST(OddAnswers, AThingWithAListMayHaveFailed) {
  Enveloped enveloped(by_id);
  enveloped.envelope = R"({"id":7,"status":"failed","data":%})";
  enveloped.things.add_ids(1, 1);
  EXPECT_FALSE(enveloped.things.trigger.baseline().failure);
  enveloped.things.add_ids(2, 2);
  EXPECT_EQ(enveloped.things.trigger.poll().keys(), Keys{"2"});
}

TEST(OddAnswers, AGateThatSaysItFailedFailsThePoll) {
  std::string envelope = R"({"data":%})";
  std::size_t members = 0;
  Trigger trigger(plan_of(R"({"request": {"method": "GET", "path": "/lists/{/gate/id}"}})",
                          R"({"strategy": "set", "key": ["/id"],
                              "gate": {"request": {"method": "GET", "path": "/lists"},
                                       "paging": {"style": "none", "rows": "/data"},
                                       "key": ["/id"], "counters": ["/total"]}})"),
                  [&](const Request &request) {
                    if (path(request) != "/lists") {
                      ++members;
                      return Answer{.status = 200, .body = R"([{"id": "a"}])"};
                    }
                    std::string body = envelope;
                    const bool fails = body.find("error") != std::string::npos;
                    return Answer{.status = 200,
                                  .body = body.replace(body.find('%'), 1,
                                                       fails ? "[]" : R"([{"id":1,"total":1}])")};
                  });
  trigger.baseline();
  envelope = R"({"status":"error","data":%})";
  for (int poll = 0; poll < 3; ++poll) EXPECT_TRUE(trigger.poll().failure);
  envelope = R"({"data":%})";
  EXPECT_TRUE(trigger.poll().events.empty());  // the list was not forgotten
  EXPECT_EQ(members, 1u);
}

TEST(OddAnswers, GatePagesOfTheSameRowsAreNotReadForEver) {
  std::size_t requests = 0;
  Trigger trigger(plan_of(R"({"request": {"method": "GET", "path": "/lists/{/gate/id}"}})",
                          R"({"strategy": "set", "key": ["/id"],
                              "gate": {"request": {"method": "GET", "path": "/lists"},
                                       "paging": {"size": {"name": "limit", "value": 20},
                                                  "from": {"name": "offset"}},
                                       "key": ["/id"], "counters": ["/total"]}})"),
                  [&](const Request &request) {
                    boost::json::array page;
                    if (path(request) != "/lists") return Answer{.status = 200, .body = "[]"};
                    if (++requests > 200) return Answer{.status = 500, .body = "{}"};
                    for (int id = 1; id <= 20; ++id) {
                      page.push_back(boost::json::object{{"id", id}, {"total", requests}});
                    }
                    return Answer{.status = 200, .body = boost::json::serialize(page)};
                  });
  EXPECT_FALSE(trigger.baseline().failure);
  for (int poll = 0; poll < 3; ++poll) {
    requests = 0;
    trigger.now += 5 * minute_ms;
    EXPECT_FALSE(trigger.poll().failure);
    EXPECT_LE(requests, 4u);
  }
}

// ---- Short pages -----------------------------------------------------------------------------

// A service that gives the same things whatever it is asked for, each time with other bytes.
struct Unmoved {
  Things things;
  std::size_t requests = 0;  // since it was last set to 0
  int answers = 0;           // of all

  explicit Unmoved(std::string_view detect) : things(detect) {
    things.trigger.serve = [this](const Request &) {
      if (++requests > 200) return Answer{.status = 500, .body = "{}"};
      ++answers;
      boost::json::array page;
      for (int i = 0; i < 20; ++i) {
        const int id = requests % 2 == 0 ? 20 - i : i + 1;
        page.push_back(boost::json::object{{"id", id}, {"asked", answers}});
      }
      return Answer{.status = 200, .body = boost::json::serialize(page)};
    };
  }
};

TEST(OddAnswers, FullPagesOfTheSameRowsAreNotReadForEver) {
  for (const std::string_view detect : {by_id, removed}) {
    Unmoved unmoved(detect);
    EXPECT_FALSE(unmoved.things.trigger.baseline().failure);
    EXPECT_LE(unmoved.requests, 4u);
    for (int poll = 0; poll < 3; ++poll) {
      unmoved.requests = 0;
      unmoved.things.trigger.now += 5 * minute_ms;
      const Polled polled = unmoved.things.trigger.poll();
      EXPECT_FALSE(polled.failure);
      EXPECT_TRUE(polled.events.empty());
      EXPECT_LE(unmoved.requests, 4u);
      EXPECT_TRUE(polled.noted("every page alike"));
    }
  }
}

// Such rows are not remembered, so no memory is ever full of them.
TEST(OddAnswers, PagesOfRowsWithoutAKeyDoNotGoOnForEver) {
  Things things(by_id);
  things.trigger.plan.limit = 1000;
  std::size_t requests = 0;
  things.trigger.serve = [&requests](const Request &) {
    boost::json::array page;
    ++requests;
    for (std::size_t i = 0; i < 20; ++i) {
      page.push_back(boost::json::object{{"id", nullptr}, {"name", requests * 20 + i}});
    }
    return Answer{.status = 200, .body = boost::json::serialize(page)};
  };
  Polled polled = things.trigger.baseline();
  for (int poll = 0; poll < 100 && !polled.failure; ++poll) {
    things.trigger.now += 5 * minute_ms;
    polled = things.trigger.poll();
  }
  ASSERT_TRUE(polled.failure);
  EXPECT_EQ(polled.failure->error_class, ErrorClass::too_large);
  EXPECT_LE(requests, 200u);
}

// A service that gives fewer rows at once than it is asked for.
struct Capped {
  Things things;
  std::size_t cap;
  std::optional<std::size_t> total;
  int past_the_end = 0;  // the status, where it is no empty list
  std::size_t requests = 0;

  explicit Capped(std::size_t at_once, std::string_view detect = by_id, std::string_view wrap = "")
      : things(detect), cap(at_once) {
    things.trigger.plan = plan_of(R"({"request": {"method": "GET", "path": "/things"},
                    "paging": {"size": {"name": "limit", "value": 100}, "from": {"name": "offset"}
                    )" + std::string(wrap) +
                                      "}}",
                                  detect);
    things.trigger.serve = [this](const Request &request) {
      ++requests;
      const auto &rows = things.rows.rows;
      const std::size_t offset = std::stoul(query(request, "offset"));
      if (offset >= rows.size() && past_the_end != 0 && offset > 0) {
        return Answer{.status = past_the_end, .body = R"({"message": "No such page"})"};
      }
      boost::json::array page;
      for (std::size_t i = offset; i < std::min(rows.size(), offset + cap); ++i) {
        page.push_back(rows[i]);
      }
      if (!total) return Answer{.status = 200, .body = boost::json::serialize(page)};
      return Answer{.status = 200,
                    .body = boost::json::serialize(
                        boost::json::object{{"list", std::move(page)}, {"total", *total}})};
    };
  }
  Polled poll() {
    requests = 0;
    things.trigger.now += 5 * minute_ms;
    return things.trigger.poll();
  }
};

constexpr std::string_view with_total = R"(, "rows": "/list", "total": "/total")";

TEST(OddAnswers, FewerRowsThanAskedForAreNotTheEnd) {
  for (const std::size_t cap : {50u, 99u}) {
    Capped capped(cap);
    capped.things.add_ids(1, 120);
    capped.things.trigger.baseline();
    EXPECT_TRUE(capped.poll().events.empty());
    EXPECT_LE(capped.requests, 3u);
    capped.things.add_ids(121, 123);
    EXPECT_EQ(capped.poll().keys(), (Keys{"121", "122", "123"})) << cap;
    EXPECT_TRUE(capped.poll().events.empty());
  }
}

TEST(OddAnswers, ManyNewRowsOnShortPagesAreAllTold) {
  Capped capped(50, R"({"strategy": "top", "key": ["/id"], "order": {"by": "/id"}})");
  capped.things.add_ids(120, 1);
  capped.things.trigger.baseline();
  for (int id = 121; id <= 190; ++id) {
    capped.things.add_first(R"({"id": )" + std::to_string(id) + "}");
  }
  EXPECT_EQ(capped.poll().events.size(), 70u);
  EXPECT_TRUE(capped.poll().events.empty());
  EXPECT_EQ(capped.requests, 1u);
}

TEST(OddAnswers, ATotalThatSaysMoreIsBelieved) {
  Capped capped(50, by_id, with_total);
  capped.total = 120;
  capped.things.add_ids(1, 120);
  capped.things.trigger.baseline();
  EXPECT_EQ(capped.requests, 3u);  // and the total says that this is all
  capped.total = 121;
  capped.things.add_ids(121, 121);
  EXPECT_EQ(capped.poll().keys(), Keys{"121"});
}

TEST(OddAnswers, ATotalMayCountRowsThatAreNeverShown) {
  Capped capped(100, by_id, with_total);
  capped.total = 50;
  capped.things.add_ids(1, 40);
  capped.things.trigger.baseline();
  EXPECT_TRUE(capped.poll().events.empty());
  EXPECT_EQ(capped.requests, 1u);
  capped.things.add_ids(41, 41);
  capped.total = 51;
  EXPECT_EQ(capped.poll().keys(), Keys{"41"});
  EXPECT_TRUE(capped.poll().notes.empty());
}

TEST(OddAnswers, AShortListIsAskedForItsEndOnlyWhenItChanged) {
  Capped capped(100);
  capped.things.add_ids(1, 37);
  capped.things.trigger.baseline();
  EXPECT_EQ(capped.requests, 2u);
  for (int poll = 0; poll < 5; ++poll) {
    EXPECT_FALSE(capped.poll().stored);
    EXPECT_EQ(capped.requests, 1u);
  }
  capped.things.rows.rows[3].as_object()["count"] = 5;  // other bytes, as many rows
  EXPECT_FALSE(capped.poll().stored);
  EXPECT_EQ(capped.requests, 1u);
  capped.things.add_ids(38, 38);
  EXPECT_EQ(capped.poll().keys(), Keys{"38"});
  EXPECT_EQ(capped.requests, 2u);
  capped.poll();
  EXPECT_EQ(capped.requests, 1u);
}

TEST(OddAnswers, ACapThatComesLaterIsFoundByTheForcedRead) {
  Capped capped(100);
  capped.things.add_ids(1, 50);
  capped.things.trigger.baseline();
  capped.cap = 50;
  capped.things.add_ids(51, 51);
  Keys reported;
  for (int poll = 0; poll < 80; ++poll) {
    for (std::string &key : capped.poll().keys()) reported.push_back(std::move(key));
  }
  EXPECT_EQ(reported, Keys{"51"});
}

TEST(OddAnswers, ARefusalOfTheAccountIsNoEndWhateverTheStatus) {
  for (const int status : {404, 422}) {
    Failure failure(ErrorClass::not_found, Fault::user, "No such page.");
    failure.http_status = status;
    EXPECT_TRUE(is_past_the_end(failure));
    for (const ErrorClass of_account :
         {ErrorClass::auth_expired, ErrorClass::needs_reauth, ErrorClass::rate_limited}) {
      failure.error_class = of_account;
      EXPECT_FALSE(is_past_the_end(failure));
    }
  }
}

TEST(OddAnswers, PastTheEndIsTheEndWhateverTheStatus) {
  for (const int status : {404, 422}) {
    Capped capped(100);
    capped.past_the_end = status;
    const std::string paging =
        R"(,"paging": {"style": "page", "size": {"name": "limit", "value": 100},
                       "from": {"name": "page"}}})";
    capped.things.add_ids(1, 37);
    capped.things.trigger.plan =
        plan_of(R"({"request": {"method": "GET", "path": "/things"})" + paging, by_id);
    const auto serve = capped.things.trigger.serve;
    bool none = false;
    capped.things.trigger.serve = [&](const Request &request) {
      if (none || query(request, "page") != "1") {
        return Answer{.status = status, .body = R"({"message": "No such page"})"};
      }
      return Answer{.status = 200, .body = [&] {
                      boost::json::array rows;
                      for (const auto &row : capped.things.rows.rows) rows.push_back(row);
                      return boost::json::serialize(rows);
                    }()};
    };
    EXPECT_FALSE(capped.things.trigger.baseline().failure) << status;
    capped.things.add_ids(38, 38);
    EXPECT_EQ(capped.poll().keys(), Keys{"38"});
    none = true;  // but the first page has to be there
    EXPECT_TRUE(capped.poll().failure);
  }
}

// ---- One refused list among many -------------------------------------------------------------

struct Bots {
  std::map<int, std::vector<int>> chats;
  std::map<int, Answer> refused;
  std::vector<int> read;
  std::optional<int> cut_off;  // this bot's chats are never answered
  Trigger trigger;

  explicit Bots(std::string_view counters = R"("counters": ["/chats"])")
      : trigger(plan_of(R"({"request": {"method": "GET", "path": "/chats/{/gate/id}"},
                            "paging": {"size": {"name": "limit", "value": 20},
                                       "from": {"name": "offset"}}})",
                        R"({"strategy": "set", "key": ["/id"],
                            "gate": {"request": {"method": "GET", "path": "/bots"},
                                     "key": ["/id"], )" +
                            std::string(counters) + "}}"),
                [this](const Request &request) { return serve(request); }) {}

  Answer serve(const Request &request) {
    const std::string at = path(request);
    boost::json::array rows;
    if (at == "/bots") {
      for (const auto &[id, ids] : chats) {
        rows.push_back(boost::json::object{
            {"id", id}, {"name", "Bot " + std::to_string(id)}, {"chats", ids.size()}});
      }
      return {.status = 200, .body = boost::json::serialize(rows)};
    }
    const int id = std::stoi(at.substr(7));
    read.push_back(id);
    if (cut_off == id) return {.status = 0, .body = {}};
    if (const auto answer = refused.find(id); answer != refused.end()) return answer->second;
    const std::size_t offset = std::stoul(query(request, "offset"));
    for (std::size_t i = offset; i < chats[id].size(); ++i)
      rows.push_back(boost::json::object{{"id", chats[id][i]}});
    return {.status = 200, .body = boost::json::serialize(rows)};
  }
  Polled poll() {
    read.clear();
    trigger.now += 5 * minute_ms;
    return trigger.poll();
  }
};

const Answer disabled{.status = 400, .body = R"({"message": "Bot is disabled"})"};

TEST(OddAnswers, ARefusedListStopsNoOther) {
  for (const Answer &answer :
       {disabled, Answer{.status = 403, .body = "{}"}, Answer{.status = 404, .body = "{}"},
        Answer{.status = 422, .body = "{}"}, Answer{.status = 500, .body = ""},
        Answer{.status = 200, .body = "<html>"}, Answer{.status = 200, .body = R"({"error":1})"}}) {
    for (const char *counters : {R"("counters": ["/chats"])", R"("counters": [])"}) {
      Bots bots(counters);
      bots.chats = {{1, {11}}, {2, {21}}, {3, {31}}};
      bots.trigger.baseline();
      bots.refused[2] = answer;
      for (auto &[id, chats] : bots.chats) chats.push_back(id * 10 + 2);
      const Polled polled = bots.poll();
      EXPECT_FALSE(polled.failure);
      EXPECT_EQ(polled.keys(), (Keys{"1/12", "3/32"}));
      EXPECT_TRUE(polled.noted("Bot 2 (2)"));
      bots.chats[3].push_back(33);
      EXPECT_EQ(bots.poll().keys(), Keys{"3/33"});
      bots.refused.clear();
      Keys reported;
      for (int poll = 0; poll < 4; ++poll) {
        for (std::string &key : bots.poll().keys()) reported.push_back(std::move(key));
      }
      EXPECT_EQ(reported, Keys{"2/22"});  // from where it was
      EXPECT_TRUE(bots.poll().notes.empty());
    }
  }
}

TEST(OddAnswers, ARefusedListIsTriedLessAndLessOften) {
  Bots bots;
  bots.chats = {{1, {11}}, {2, {21}}};
  bots.trigger.baseline();
  bots.refused[2] = disabled;
  bots.chats[2].push_back(22);
  int tries = 0;
  for (int poll = 0; poll < 12 * 24; ++poll) {
    const Polled polled = bots.poll();
    EXPECT_FALSE(polled.failure);
    EXPECT_TRUE(polled.noted("Bot 2 (2)"));
    tries += static_cast<int>(std::ranges::count(bots.read, 2));
  }
  EXPECT_GE(tries, 24);  // within the hour
  EXPECT_LE(tries, 30);
  bots.refused.clear();
  Keys reported;
  for (int poll = 0; poll < 13; ++poll) {
    for (std::string &key : bots.poll().keys()) reported.push_back(std::move(key));
  }
  EXPECT_EQ(reported, Keys{"2/22"});
}

TEST(OddAnswers, WhenAllListsAreRefusedThePollFails) {
  Bots bots;
  bots.chats = {{1, {11}}, {2, {21}}};
  bots.trigger.baseline();
  bots.refused = {{1, disabled}, {2, disabled}};
  for (auto &[id, chats] : bots.chats) chats.push_back(id * 10 + 2);
  const std::string before = bots.trigger.cursor;
  const Polled polled = bots.poll();
  ASSERT_TRUE(polled.failure);
  EXPECT_EQ(polled.failure->http_status, 400);
  EXPECT_EQ(bots.trigger.cursor, before);
  bots.refused.clear();
  EXPECT_EQ(bots.poll().keys(), (Keys{"1/12", "2/22"}));
}

TEST(OddAnswers, AFailureOfTheWholeAccountFailsThePoll) {
  for (const Answer &answer :
       {Answer{.status = 401, .body = "{}"}, Answer{.status = 429, .body = ""},
        Answer{.status = 402, .body = ""}, Answer{.status = 0, .body = ""}}) {
    Bots bots;
    bots.chats = {{1, {11}}, {2, {21}}, {3, {31}}};
    bots.trigger.baseline();
    bots.refused[2] = answer;
    for (auto &[id, chats] : bots.chats) chats.push_back(id * 10 + 2);
    const std::string before = bots.trigger.cursor;
    EXPECT_TRUE(bots.poll().failure) << answer.status;
    EXPECT_EQ(bots.trigger.cursor, before);
    bots.refused.clear();
    EXPECT_EQ(bots.poll().keys(), (Keys{"1/12", "2/22", "3/32"}));
  }
}

TEST(OddAnswers, AListThatIsRefusedInTheBaselineGetsItsOwnLater) {
  Bots bots;
  bots.chats = {{1, {11}}, {2, {21}}};
  bots.refused[2] = disabled;
  const Polled baseline = bots.trigger.baseline();
  EXPECT_FALSE(baseline.failure);
  EXPECT_TRUE(baseline.noted("Bot is disabled"));
  bots.chats[1].push_back(12);
  EXPECT_EQ(bots.poll().keys(), Keys{"1/12"});
  bots.refused.clear();
  for (int poll = 0; poll < 4; ++poll) EXPECT_TRUE(bots.poll().events.empty());
  bots.chats[2].push_back(22);
  EXPECT_EQ(bots.poll().keys(), Keys{"2/22"});
}

TEST(OddAnswers, EveryPollNamesAllRefusedListsAlsoWhereABudgetSplitsIt) {
  Bots bots;
  for (int id = 1; id <= 9; ++id) bots.chats[id] = {id * 10 + 1};
  bots.trigger.baseline();
  bots.refused = {{1, disabled}, {9, disabled}};
  for (const int id : {1, 9}) bots.chats[id].push_back(id * 10 + 2);
  bots.trigger.max_requests = 2;
  for (int poll = 0; poll < 12; ++poll) {
    for (int id = 2; id <= 8; ++id) bots.chats[id].push_back(id * 100 + poll);
    Polled polled = bots.poll();
    EXPECT_EQ(polled.events.size(), 7u);
    std::ranges::sort(polled.refused);
    EXPECT_EQ(polled.refused, (Keys{"Bot 1 (1)", "Bot 9 (9)"})) << poll;
  }
  bots.refused.erase(1);
  bots.trigger.now += hour_ms;
  EXPECT_EQ(bots.poll().refused, Keys{"Bot 9 (9)"});
  bots.chats.erase(9);  // a list that is gone is not refused any more
  for (int poll = 0; poll < 3; ++poll) bots.poll();
  EXPECT_TRUE(bots.poll().refused.empty());
}

// Of a list of lists that comes seven at a time, the end is known as a page. A pass that a budget
// splits does not know it: the older end must not be trusted, or the lists behind it are forgotten.
TEST(OddAnswers, AListThatASplitPassFoundBehindTheOldEndIsNotForgotten) {
  constexpr std::size_t cap = 7;
  std::map<int, int> values;
  for (int id = 1; id <= 9; ++id) values[id] = 0;
  Trigger trigger(plan_of(R"({"request": {"method": "GET", "path": "/bots/{/gate/id}"},
                              "paging": {"style": "none"}})",
                          R"({"strategy": "hash", "key": ["/id"], "remember": ["/value"],
                              "gate": {"request": {"method": "GET", "path": "/bots"},
                                       "paging": {"size": {"name": "limit", "value": 100},
                                                  "from": {"name": "offset"}, "style": "offset"},
                                       "key": ["/id"]}})"),
                  [&](const Request &request) {
                    boost::json::array rows;
                    if (path(request) != "/bots") {
                      const int id = std::stoi(path(request).substr(6));
                      rows.push_back(boost::json::object{{"id", id}, {"value", values[id]}});
                      return Answer{.status = 200, .body = boost::json::serialize(rows)};
                    }
                    std::size_t at = 0;
                    const std::size_t offset = std::stoul(query(request, "offset"));
                    for (const auto &[id, value] : values) {
                      if (at >= offset && at < offset + cap)
                        rows.push_back(boost::json::object{{"id", id}});
                      ++at;
                    }
                    return Answer{.status = 200, .body = boost::json::serialize(rows)};
                  });
  trigger.baseline();
  EXPECT_TRUE(trigger.poll().events.empty());
  for (const int id : {10, 11, 12}) values[id] = 0;  // behind the end that is known
  trigger.max_requests = 10;
  trigger.now += 7 * hour_ms;
  trigger.poll();  // forced: finds them
  trigger.max_requests = 0;
  for (int poll = 0; poll < 4; ++poll) {
    trigger.now += 5 * minute_ms;
    trigger.poll();
  }
  values[12] = 1;
  Keys reported;
  for (int poll = 0; poll < 3; ++poll) {
    trigger.now += 7 * hour_ms;
    for (std::string &key : trigger.poll().keys()) reported.push_back(std::move(key));
  }
  EXPECT_EQ(reported, Keys{"12/12"});
}

// A service with a list for each day.
struct DailyRows {
  std::map<std::string, std::string> days;
  std::map<std::string, Answer> refused;
  std::vector<std::string> read;
  Trigger trigger;

  DailyRows()
      : trigger(plan_of(R"({"request": {"method": "GET", "path": "/bounces",
                                "query": {"date": {"$from": "/window/day"}}}})",
                        R"({"strategy": "win", "key": ["/id"],
                            "window": {"by": "/at", "each_day": true}})"),
                [this](const Request &request) {
                  const std::string day = query(request, "date");
                  read.push_back(day);
                  if (const auto found = refused.find(day); found != refused.end())
                    return found->second;
                  return Answer{.status = 200, .body = "[" + days[day] + "]"};
                }) {}
  Polled poll() {
    read.clear();
    trigger.now += 5 * minute_ms;
    return trigger.poll();
  }
};

const Answer no_such_day{.status = 422, .body = R"({"message": "No such day"})"};

TEST(OddAnswers, ARefusedDayStopsNoOther) {
  for (const Answer &answer :
       {no_such_day, disabled, Answer{.status = 403, .body = "{}"},
        Answer{.status = 500, .body = ""}, Answer{.status = 200, .body = "<html>"}}) {
    DailyRows rows;
    rows.trigger.baseline();  // on 1 March
    rows.refused["2025-03-01"] = answer;
    rows.days["2025-03-01"] = R"({"id": 1, "at": "2025-03-01 10:00:00"})";
    rows.days["2025-03-02"] = R"({"id": 2, "at": "2025-03-02 10:00:00"})";
    Polled polled = rows.trigger.poll();
    EXPECT_EQ(polled.keys(), Keys{"2"});
    EXPECT_TRUE(polled.noted("2025-03-01"));
    EXPECT_EQ(polled.refused, Keys{"2025-03-01"});
    rows.trigger.now += 3 * 24 * hour_ms;
    rows.days["2025-03-04"] = R"({"id": 4, "at": "2025-03-04 10:00:00"})";
    EXPECT_EQ(rows.poll().keys(), Keys{"4"});
    rows.refused.clear();
    rows.trigger.now += hour_ms;
    EXPECT_EQ(rows.poll().keys(), Keys{"1"});
    polled = rows.poll();
    EXPECT_TRUE(polled.events.empty());
    EXPECT_TRUE(polled.refused.empty());
  }
}

TEST(OddAnswers, ARefusedDayIsTriedLessAndLessOften) {
  DailyRows rows;
  rows.trigger.baseline();
  rows.refused["2025-03-01"] = no_such_day;
  rows.days["2025-03-01"] = R"({"id": 1, "at": "2025-03-01 10:00:00"})";
  long tries = 0;
  for (int poll = 0; poll < 12 * 24; ++poll) {
    const Polled polled = rows.poll();
    EXPECT_FALSE(polled.failure);
    EXPECT_EQ(polled.refused, Keys{"2025-03-01"});
    EXPECT_GE(rows.read.size(), 2u);  // the other days
    tries += std::ranges::count(rows.read, "2025-03-01");
  }
  EXPECT_GE(tries, 24);
  EXPECT_LE(tries, 30);
  rows.refused.clear();
  Keys reported;
  for (int poll = 0; poll < 13; ++poll) {
    for (std::string &key : rows.poll().keys()) reported.push_back(std::move(key));
  }
  EXPECT_EQ(reported, Keys{"1"});
}

TEST(OddAnswers, ADayThatIsRefusedInTheBaselineGetsItsOwnLater) {
  DailyRows rows;
  rows.refused["2025-03-01"] = no_such_day;
  rows.days["2025-03-01"] = R"({"id": 1, "at": "2025-03-01 08:00:00"})";
  const Polled baseline = rows.trigger.baseline();
  EXPECT_FALSE(baseline.failure);
  EXPECT_EQ(baseline.refused, Keys{"2025-03-01"});
  rows.days["2025-03-02"] = R"({"id": 2, "at": "2025-03-02 00:00:00"})";
  EXPECT_EQ(rows.poll().keys(), Keys{"2"});
  rows.refused.clear();
  rows.trigger.now += hour_ms;
  for (int poll = 0; poll < 3; ++poll) EXPECT_TRUE(rows.poll().events.empty());
  rows.days["2025-03-01"] += R"(, {"id": 3, "at": "2025-03-01 09:30:00"})";
  EXPECT_EQ(rows.poll().keys(), Keys{"3"});
}

TEST(OddAnswers, WhenAllDaysAreRefusedThePollFails) {
  DailyRows rows;
  for (const char *day : {"2025-02-28", "2025-03-01", "2025-03-02"}) rows.refused[day] = disabled;
  EXPECT_TRUE(rows.trigger.baseline().failure);
  rows.refused.clear();
  EXPECT_FALSE(rows.trigger.baseline().failure);
  for (const char *day : {"2025-02-28", "2025-03-01", "2025-03-02"}) rows.refused[day] = disabled;
  for (int poll = 0; poll < 30; ++poll) EXPECT_TRUE(rows.poll().failure);
  rows.days["2025-03-01"] = R"({"id": 1, "at": "2025-03-01 10:00:00"})";
  rows.refused.clear();
  EXPECT_EQ(rows.poll().keys(), Keys{"1"});
}

// ---- Two rows with one key -------------------------------------------------------------------

TEST(OddAnswers, TwoRowsWithOneKeyAreOne) {
  for (const char *emits : {R"("emits": ["changed"])", R"("emits": ["new", "changed"])",
                            R"("emits": ["new", "changed"], "when": [{"pointer": "/status",
                                                                     "in": [1, 3]}])"}) {
    Things things(R"({"strategy": "hash", "key": ["/phone"], "remember": ["/status"], )" +
                  std::string(emits) + "}");
    things.add(R"({"phone": "1", "status": 1})");
    things.add(R"({"phone": "2", "status": 5})");
    things.add(R"({"phone": "1", "status": 2})");
    for (int id = 10; id < 40; ++id) {
      things.add(R"({"phone": ")" + std::to_string(id) + R"(", "status": 1})");
    }
    things.add(R"({"phone": "2", "status": 4})");  // on the second page
    things.trigger.baseline();
    int bytes = 0;
    for (int poll = 0; poll < 6; ++poll) {
      for (auto &row : things.rows.rows) row.as_object()["bytes"] = ++bytes;
      if (poll == 3) std::swap(things.rows.rows[0], things.rows.rows[2]);
      const Polled polled = things.trigger.poll();
      EXPECT_TRUE(polled.events.empty()) << emits << " in poll " << poll;
    }
    things.rows.rows[0].as_object()["status"] = 3;
    things.rows.rows[2].as_object()["status"] = 3;
    EXPECT_EQ(things.trigger.poll().keys(), Keys{"1"}) << emits;
    EXPECT_TRUE(things.trigger.poll().events.empty()) << emits;
  }
}

TEST(OddAnswers, TwoRowsWithOneKeyAndFractionsAsNumbersAndAsTextsInTurnAreOne) {
  for (const char *kept : {R"("remember": ["/price"])", R"("version": ["/price"])"}) {
    Things things(R"({"strategy": "hash", "key": ["/id"], "emits": ["new", "changed"], )" +
                  std::string(kept) + "}");
    things.add(R"({"id": 1, "price": 12.5})");
    things.add(R"({"id": 1, "price": 7.25})");
    things.trigger.baseline();
    for (int poll = 0; poll < 16; ++poll) {
      const bool first = (poll & 1) != 0;
      const bool second = (poll & 2) != 0;
      things.rows.rows[0].as_object()["price"] = first ? json_of("\"12.5\"") : json_of("12.5");
      things.rows.rows[1].as_object()["price"] = second ? json_of("\"7.25\"") : json_of("7.25");
      if ((poll & 4) != 0) std::swap(things.rows.rows[0], things.rows.rows[1]);
      const Polled polled = things.trigger.poll();
      EXPECT_TRUE(polled.events.empty()) << kept << " in poll " << poll;
      if ((poll & 4) != 0) std::swap(things.rows.rows[0], things.rows.rows[1]);
    }
  }
}

TEST(OddAnswers, SpellingsOfOneAddressAreOneRow) {
  Things things(R"({"strategy": "hash", "key": ["/email"], "key_case": "lower",
                    "remember": ["/n"], "emits": ["new", "changed", "removed"]})");
  things.add(R"({"email": "A@x.org", "n": 1})");
  things.add(R"({"email": "b@x.org", "n": 1})");
  things.add(R"({"email": "a@x.org", "n": 1})");
  things.trigger.baseline();
  for (int poll = 0; poll < 5; ++poll) {
    std::ranges::reverse(things.rows.rows);
    EXPECT_TRUE(things.trigger.poll().events.empty());
  }
}

TEST(OddAnswers, ANewRowThatIsThereTwiceIsToldOnce) {
  Things things(R"({"strategy": "hash", "key": ["/id"], "remember": ["/n"],
                    "emits": ["new", "changed"]})");
  things.trigger.baseline();
  things.add(R"({"id": 1, "n": 1})");
  things.add(R"({"id": 1, "n": 2})");
  const Polled polled = things.trigger.poll();
  EXPECT_EQ(polled.keys(), Keys{"1"});
  EXPECT_EQ(polled.events.at(0).data, R"({"id":1,"n":2})");
  std::ranges::reverse(things.rows.rows);
  EXPECT_TRUE(things.trigger.poll().events.empty());
}

// ---- Lists that vanish -----------------------------------------------------------------------

TEST(OddAnswers, AListThatIsEmptyForSomePollsIsNeitherGoneNorNew) {
  for (const std::string_view detect : {by_id, removed}) {
    for (const int count : {2, 5, 30}) {
      Things things(detect);
      things.add_ids(1, count);
      things.trigger.baseline();
      const auto rows = things.rows.rows;
      things.rows.rows.clear();
      for (int poll = 0; poll < 2; ++poll) EXPECT_TRUE(things.trigger.poll().events.empty());
      if (count > 3) {
        for (int poll = 0; poll < 20; ++poll) {
          things.trigger.now += hour_ms;
          EXPECT_TRUE(things.trigger.poll().events.empty());
        }
      }
      things.rows.rows = rows;
      for (int poll = 0; poll < 3; ++poll) EXPECT_TRUE(things.trigger.poll().events.empty());
    }
  }
}

TEST(OddAnswers, AListThatComesBackInPartsLosesNoRow) {
  for (const std::string_view detect : {by_id, removed}) {
    Things things(detect);
    things.add_ids(1, 10);
    things.trigger.baseline();
    const auto rows = things.rows.rows;
    things.rows.rows.clear();
    for (int poll = 0; poll < 4; ++poll) EXPECT_TRUE(things.trigger.poll().events.empty());
    things.rows.rows.assign(rows.begin(), rows.begin() + 6);
    EXPECT_TRUE(things.trigger.poll().events.empty());
    things.rows.rows = rows;
    for (int poll = 0; poll < 3; ++poll) EXPECT_TRUE(things.trigger.poll().events.empty());
  }
}

TEST(OddAnswers, MostOfAListMayBeMissingWhereAHorizonIsSet) {
  Things things(R"({"strategy": "hash", "key": ["/id"], "remember": ["/opened"],
                    "order": {"by": "/id"}, "horizon": {"by": "/date", "days": 30}})");
  const auto row = [](int id, int opened) {
    return R"({"id": )" + std::to_string(id) + R"(, "date": "2025-02-28", "opened": )" +
           std::to_string(opened) + "}";
  };
  for (int id = 10; id >= 1; --id) things.add(row(id, 0));
  things.trigger.baseline();
  const auto rows = things.rows.rows;
  things.rows.rows.assign(rows.end() - 2, rows.end());
  for (int poll = 0; poll < 5; ++poll) EXPECT_TRUE(things.trigger.poll().events.empty());
  things.rows.rows = rows;
  things.rows.rows.front() = json_of(row(10, 1));
  EXPECT_EQ(things.trigger.poll().keys(), Keys{"10"});
}

TEST(OddAnswers, WhatStaysEmptyIsBelieved) {
  Things few(removed);
  few.add_ids(1, 3);
  few.trigger.baseline();
  few.rows.rows.clear();
  for (int poll = 0; poll < 2; ++poll) EXPECT_TRUE(few.trigger.poll().events.empty());
  EXPECT_EQ(few.trigger.poll().events.size(), 3u);

  Things more(removed);
  more.add_ids(1, 5);
  more.trigger.baseline();
  for (int id = 1; id <= 3; ++id) more.remove(id);  // five become two
  for (int poll = 0; poll < 5; ++poll) EXPECT_TRUE(more.trigger.poll().events.empty());
  more.trigger.now += 24 * hour_ms;
  EXPECT_EQ(more.trigger.poll().events.size(), 3u);
  EXPECT_TRUE(more.trigger.poll().events.empty());
}

TEST(OddAnswers, TheGateTellsWhetherAListIsEmpty) {
  boost::json::array members;
  for (int id = 1; id <= 5; ++id) members.push_back(boost::json::object{{"id", id}});
  const boost::json::array all = members;
  int counter = 5;
  Trigger trigger(plan_of(R"({"request": {"method": "GET", "path": "/lists/{/gate/id}"}})",
                          R"({"strategy": "set", "key": ["/id"], "emits": ["removed"],
                              "gate": {"request": {"method": "GET", "path": "/lists"},
                                       "key": ["/id"], "counters": ["/total", "/active"]}})"),
                  nullptr);
  trigger.serve = [&](const Request &request) {
    if (path(request) != "/lists") {
      return Answer{.status = 200, .body = boost::json::serialize(members)};
    }
    return Answer{.status = 200,
                  .body = R"([{"id": 7, "active": 0, "total": )" + std::to_string(counter) + "}]"};
  };
  trigger.baseline();
  counter = 6;  // one more, and the list lags
  members.clear();
  for (int poll = 0; poll < 5; ++poll) EXPECT_TRUE(trigger.poll().events.empty());
  members = all;
  for (int poll = 0; poll < 5; ++poll) EXPECT_TRUE(trigger.poll().events.empty());
  counter = 0;
  members.clear();
  EXPECT_TRUE(trigger.poll().events.empty());
  EXPECT_EQ(trigger.poll().events.size(), 5u);
}

// The one list of a gate that counts its rows, and those that are inactive.
struct CountedList {
  boost::json::array members;
  int total = 0;
  int inactive = 0;
  Trigger trigger{plan_of(R"({"request": {"method": "GET", "path": "/lists/{/gate/id}"}})",
                          R"({"strategy": "set", "key": ["/id"],
                              "gate": {"request": {"method": "GET", "path": "/lists"},
                                       "key": ["/id"], "counters": ["/total", "/inactive"]}})"),
                  [this](const Request &request) { return serve(request); }};

  Answer serve(const Request &request) const {
    const boost::json::array lists{{{"id", 7}, {"total", total}, {"inactive", inactive}}};
    return {.status = 200,
            .body = boost::json::serialize(path(request) == "/lists" ? lists : members)};
  }
  void add(int id) { members.push_back(boost::json::object{{"id", id}}); }
};

TEST(OddAnswers, AListThatIsEmptyInTheBaselineIsNoNewsLater) {
  CountedList list;
  list.total = 5;
  list.trigger.baseline();
  EXPECT_TRUE(list.trigger.poll().events.empty());
  for (int id = 1; id <= 6; ++id) list.add(id);
  list.total = 6;
  const Polled polled = list.trigger.poll();
  EXPECT_TRUE(polled.events.empty());
  EXPECT_TRUE(polled.noted("recorded and not reported"));
  list.add(7);
  list.total = 7;
  EXPECT_EQ(list.trigger.poll().keys(), Keys{"7/7"});
}

TEST(OddAnswers, AListThatIsRightlyEmptyBesideACounterTellsItsFirstRow) {
  CountedList unsubscribed;
  unsubscribed.total = 10;
  unsubscribed.trigger.baseline();
  unsubscribed.add(3);
  unsubscribed.inactive = 1;
  EXPECT_EQ(unsubscribed.trigger.poll().keys(), Keys{"7/3"});
  // All that are there leave at once: as many as the counter has moved by.
  CountedList left;
  left.total = 4;
  left.trigger.baseline();
  for (int id = 1; id <= 4; ++id) left.add(id);
  left.inactive = 4;
  EXPECT_EQ(left.trigger.poll().events.size(), 4u);
}

TEST(OddAnswers, AGateThatIsEmptyForSomePollsForgetsNoList) {
  Bots bots;
  for (int id = 1; id <= 5; ++id) bots.chats[id] = {id * 10};
  bots.trigger.baseline();
  const auto chats = bots.chats;
  bots.chats.clear();
  for (int poll = 0; poll < 6; ++poll) EXPECT_TRUE(bots.poll().events.empty());
  bots.chats = chats;
  bots.chats[2].push_back(22);
  EXPECT_EQ(bots.poll().keys(), Keys{"2/22"});
}

TEST(OddAnswers, RowsWithoutAKeyAreNoReasonForDoubt) {
  Things things(R"({"strategy": "set", "key": ["/email"], "emits": ["removed"]})");
  for (int id = 0; id < 10; ++id) {
    things.add(R"({"email": "a)" + std::to_string(id) + R"(@x.org"})");
  }
  for (int id = 0; id < 30; ++id) things.add(R"({"phone": )" + std::to_string(id) + "}");
  things.trigger.baseline();
  things.rows.rows.erase(things.rows.rows.begin());
  Polled polled = things.trigger.poll();
  EXPECT_FALSE(polled.noted("moved"));
  EXPECT_EQ(things.trigger.poll().keys(), Keys{"a0@x.org"});
  EXPECT_FALSE(things.trigger.poll().stored);
}

// ---- A filter that is passed later -----------------------------------------------------------

TEST(OddAnswers, ARowIsNewsWhenItPassesTheFilterForTheFirstTime) {
  Things things(R"({"strategy": "set", "key": ["/id"],
                    "when": [{"pointer": "/status", "in": {"$from": "/input/status"}}]})",
                R"({"status": 1})");
  things.add(R"({"id": 1, "status": 2})");
  things.add(R"({"id": 2, "status": 1})");
  things.trigger.baseline();
  things.add(R"({"id": 3, "status": 2})");
  EXPECT_TRUE(things.trigger.poll().events.empty());
  for (auto &row : things.rows.rows) row.as_object()["status"] = 1;
  EXPECT_EQ(things.trigger.poll().keys(), (Keys{"1", "3"}));
  for (auto &row : things.rows.rows) row.as_object()["status"] = 2;
  EXPECT_TRUE(things.trigger.poll().events.empty());
  for (auto &row : things.rows.rows) row.as_object()["status"] = 1;
  EXPECT_TRUE(things.trigger.poll().events.empty());  // not for the first time
}

TEST(OddAnswers, AnotherFilterMakesNoOldRowNews) {
  Things things(R"({"strategy": "set", "key": ["/id"],
                    "when": [{"pointer": "/status", "in": {"$from": "/input/status"}}]})",
                R"({"status": 1})");
  things.add(R"({"id": 1, "status": 2})");
  things.add(R"({"id": 2, "status": 1})");
  things.trigger.baseline();
  things.trigger.input = {};  // all of them
  things.add(R"({"id": 3, "status": 2})");
  EXPECT_EQ(things.trigger.poll().keys(), Keys{"3"});
  EXPECT_TRUE(things.trigger.poll().events.empty());
  things.trigger.input["status"] = 5;
  EXPECT_TRUE(things.trigger.poll().events.empty());
  things.rows.rows[0].as_object()["status"] = 5;
  EXPECT_EQ(things.trigger.poll().keys(), Keys{"1"});
}

TEST(OddAnswers, AnotherFilterMakesNoNewsOfOneOfTwoRowsWithOneKey) {
  for (const bool first : {false, true}) {
    Things things(R"({"strategy": "set", "key": ["/id"],
                      "when": [{"pointer": "/kind", "in": {"$from": "/input/kinds"}}]})",
                  R"({"kinds": ["none"]})");
    things.add(first ? R"({"id": 1, "kind": "b"})" : R"({"id": 1, "kind": "a"})");
    things.add(first ? R"({"id": 1, "kind": "a"})" : R"({"id": 1, "kind": "b"})");
    things.trigger.baseline();
    things.trigger.input = json_of(R"({"kinds": ["a"]})").as_object();
    for (int poll = 0; poll < 3; ++poll) {
      EXPECT_TRUE(things.trigger.poll().events.empty()) << first;
      things.add(R"({"id": )" + std::to_string(poll + 2) + R"(, "kind": "c"})");  // read anew
    }
  }
}

// ---- Texts and types -------------------------------------------------------------------------

TEST(OddAnswers, ACharacterThatIsCutInTwoHidesNothing) {
  Things things(by_id);
  std::string body = R"([{"id": 1}])";
  things.trigger.serve = [&](const Request &) { return Answer{.status = 200, .body = body}; };
  things.trigger.plan = plan_of(R"({"request": {"method": "GET", "path": "/things"}})", by_id);
  things.trigger.baseline();
  body = "[{\"id\": 1}, {\"id\": 2, \"name\": \"\\ud83d\"}, {\"id\": 3, \"name\": \"a\xD0\"}]";
  const Polled polled = things.trigger.poll();
  EXPECT_EQ(polled.keys(), (Keys{"2", "3"}));
  EXPECT_EQ(polled.events.at(1).data, "{\"id\":3,\"name\":\"a\xEF\xBF\xBD\"}");
}

TEST(OddAnswers, AnAmountThatComesAsATextIsNoChange) {
  Things things(R"({"strategy": "hash", "key": ["/id"], "remember": ["/price", "/code"]})");
  things.add(R"({"id": 1, "price": 12.5, "code": "007"})");
  things.trigger.baseline();
  for (const char *same : {R"({"id": 1, "price": "12.5", "code": "007"})",
                           R"({"id": "1", "price": 12.5, "code": "007"})",
                           R"({"id": 1, "price": "12.50", "code": "007"})"}) {
    things.rows.rows[0] = json_of(same);
    EXPECT_TRUE(things.trigger.poll().events.empty()) << same;
  }
  for (const char *other :
       {R"({"id": 1, "price": "12.51", "code": "007"})", R"({"id": 1, "price": 12.51, "code": 7})",
        R"({"id": 1, "price": "", "code": 7})"}) {
    things.rows.rows[0] = json_of(other);
    EXPECT_EQ(things.trigger.poll().keys(), Keys{"1"}) << other;
  }
}

TEST(OddAnswers, AFirstPageOfFewRowsHidesNoChange) {
  Things things(R"({"strategy": "hash", "key": ["/id"], "remember": ["/status"], "pages": 1,
                    "order": {"by": "/id"}})");
  for (int id = 15; id >= 1; --id)
    things.add(R"({"id": )" + std::to_string(id) + R"(, "status": 1})");
  things.trigger.baseline();
  const auto rows = things.rows.rows;
  things.rows.rows.resize(3);
  for (int poll = 0; poll < 5; ++poll) EXPECT_TRUE(things.trigger.poll().events.empty());
  things.rows.rows = rows;
  things.rows.rows.back() = json_of(R"({"id": 1, "status": 2})");
  EXPECT_EQ(things.trigger.poll().keys(), Keys{"1"});
}

TEST(OddAnswers, ANameThatComesTwiceIsNoChange) {
  Things things(R"({"strategy": "hash", "key": ["/id"], "version": ["/variables"]})");
  std::string variables = R"({"city": "Kyiv", "age": 5})";
  things.trigger.serve = [&](const Request &) {
    return Answer{.status = 200, .body = R"([{"id": 1, "variables": )" + variables + "}]"};
  };
  things.trigger.plan =
      plan_of(R"({"request": {"method": "GET", "path": "/things"}})",
              R"({"strategy": "hash", "key": ["/id"], "version": ["/variables"]})");
  things.trigger.baseline();
  for (const char *same : {R"({"city": "Lviv", "city": "Kyiv", "age": 5})",
                           R"({"age": [{"a": 1}], "city": "Kyiv", "age": "5"})",
                           R"({"age": 5, "city": "Kyiv", "age": null, "age": 5})"}) {
    variables = same;
    EXPECT_TRUE(things.trigger.poll().events.empty()) << same;
  }
  variables = R"({"city": "Kyiv", "city": "Lviv", "age": 5})";
  EXPECT_EQ(things.trigger.poll().keys(), Keys{"1"});
}

// A list of one row whose events must fit this output.
struct Fitted {
  Things things{by_id};

  Fitted() {
    const auto trigger = json_of(R"({
        "id": "test", "read": {"request": {"method": "GET", "path": "/things"}},
        "output": {"type": "object", "required": ["id", "status"], "properties": {
            "id": {"type": "integer"}, "status": {"type": "integer"},
            "price": {"type": "number"}, "phone": {"type": "string"},
            "open": {"type": "boolean"}, "name": {"type": ["string", "null"]},
            "tags": {"type": "array", "items": {"type": "string"}},
            "message": {"type": "object", "required": ["subject"], "properties": {
                "subject": {"type": "string"}, "list_id": {"type": "integer"}}}}},
        "detect": {"strategy": "set", "key": ["/id"]}})");
    things.trigger.plan = PollPlan::compile(trigger.as_object(), test_service(), "/triggers/0");
    things.trigger.baseline();
  }
  std::string told(std::string_view row) {
    things.add(row);
    notes.clear();
    const Polled polled = things.trigger.poll();
    notes = polled.notes;
    return polled.events.size() == 1 ? polled.events[0].data : "";
  }
  std::vector<std::string> notes;
};

TEST(OddAnswers, AnEventFitsItsOutputWhateverTheTypesOfTheRow) {
  Fitted fitted;
  EXPECT_EQ(fitted.told(R"({"id": "9007199254740993", "status": "3", "price": "0.05",
                            "phone": 380501112233, "open": 1, "tags": {"0": "vip", "2": "new"},
                            "message": {"subject": "Sale", "list_id": "88210"}, "more": "5"})"),
            R"({"id":9007199254740993,"status":3,"price":0.05,"phone":"380501112233",)"
            R"("open":true,"tags":["vip","new"],"message":{"subject":"Sale","list_id":88210},)"
            R"("more":"5"})");
  EXPECT_TRUE(fitted.notes.empty());
}

TEST(OddAnswers, DigitsOfAnEventAreThoseOfTheService) {
  Things things(by_id);
  things.trigger.baseline();
  const std::string row =
      R"({"id":123456789012345678901,"a":0.10,"b":0.1,"c":1E-1,"d":-12345678901234567890123,)"
      R"("e":100.00,"f":3.14159265358979323846,"g":18446744073709551615,"h":{"x":[1.50]}})";
  const std::string body = "[" + row + "]";
  things.trigger.serve = [&](const Request &) { return Answer{.body = body}; };
  const Polled polled = things.trigger.poll();
  ASSERT_EQ(polled.keys(), Keys{"123456789012345678901"});
  EXPECT_EQ(polled.events[0].data, row);
  EXPECT_TRUE(things.trigger.poll().events.empty());
}

TEST(OddAnswers, ANumberBeyondAllRangesRefusesItsRowAndNoOther) {
  Things things(by_id);
  things.trigger.baseline();
  std::string body = R"([{"id": 1, "n": 1e400}, {"id": 2, "n": 2}])";
  things.trigger.serve = [&](const Request &) { return Answer{.body = body}; };
  const Polled polled = things.trigger.poll();
  EXPECT_EQ(polled.keys(), Keys{"2"});
  EXPECT_EQ(polled.notes,
            Keys{"One row of SendPulse has a number that is too large, and was left out."});
  body = R"([{"id": 1, "n": 1}, {"id": 2, "n": 2}])";
  EXPECT_EQ(things.trigger.poll().keys(), Keys{"1"});
}

TEST(OddAnswers, WhatDoesNotFitAnEventsOutputIsLeftOutAndNoted) {
  Fitted fitted;
  EXPECT_EQ(fitted.told(R"({"id": 1, "status": 3, "price": "007", "phone": null, "open": "odd",
                            "name": null, "tags": ["vip", null],
                            "message": {"subject": null, "list_id": 5}})"),
            R"({"id":1,"status":3,"name":null})");
  EXPECT_EQ(fitted.notes.size(), 5u);
  EXPECT_NE(std::ranges::find(fitted.notes,
                              "/price had another type than described and was left out of one "
                              "event."),
            fitted.notes.end());
}

// The last one counts, for the rows and for the events.
TEST(OddAnswers, AListThatComesTwiceInAnAnswerIsReadOnce) {
  for (const char *paging : {R"(, "paging": {"size": {"name": "limit", "value": 20},
                                  "from": {"name": "offset"}, "rows": "/data"}})",
                             R"(, "paging": {"style": "none", "rows": "/data"}})"}) {
    Things things(by_id);
    things.trigger.plan =
        plan_of(R"({"request": {"method": "GET", "path": "/things"})" + std::string(paging), by_id);
    std::string body = R"({"data": []})";
    things.trigger.serve = [&](const Request &) { return Answer{.body = body}; };
    things.trigger.baseline();
    body = R"({"data": {"stale": 1}, "data": [{"id": {"stale": 1}, "id": 1, "n": 5}, {"id": 2}]})";
    const Polled polled = things.trigger.poll();
    ASSERT_EQ(polled.keys(), (Keys{"1", "2"})) << paging;
    EXPECT_EQ(polled.events[0].data, R"({"id":1,"n":5})");
    EXPECT_EQ(polled.events[1].data, R"({"id":2})");
    EXPECT_TRUE(things.trigger.poll().events.empty());
  }
}

TEST(OddAnswers, ARequiredMemberThatDoesNotFitStaysAndIsNoted) {
  Fitted fitted;
  EXPECT_EQ(fitted.told(R"({"id": 1, "status": "new"})"), R"({"id":1,"status":"new"})");
  EXPECT_EQ(fitted.notes,
            Keys{"/status is missing or has another type than described in one event."});
  EXPECT_EQ(fitted.told(R"({"id": 2})"), R"({"id":2})");
  EXPECT_EQ(fitted.notes.size(), 1u);
}

TEST(OddAnswers, AnEmptyListWhereOnlyAnObjectMayBeIsAnObject) {
  const auto trigger = json_of(R"({
      "id": "test", "read": {"request": {"method": "GET", "path": "/things"}},
      "output": {"type": "object", "properties": {
          "variables": {"type": "object"}, "tags": {"type": "array"},
          "any": {"type": ["object", "array"]},
          "lists": {"type": "array", "items": {"type": "object", "properties": {
              "more": {"type": ["object", "null"]}}}}}},
      "detect": {"strategy": "set", "key": ["/id"]}})");
  Things things(by_id);
  things.trigger.plan = PollPlan::compile(trigger.as_object(), test_service(), "/triggers/0");
  things.trigger.baseline();
  things.add(R"({"id": 1, "variables": [], "tags": [], "any": [], "lists": [{"more": []}]})");
  EXPECT_EQ(things.trigger.poll().events.at(0).data,
            R"({"id":1,"variables":{},"tags":[],"any":[],"lists":[{"more":{}}]})");
}

}  // namespace
}  // namespace cpi::detection
