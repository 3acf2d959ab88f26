#include <algorithm>

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "trigger.hpp"

namespace cpi::detection {
namespace {

// A list of which only the first three rows are on its page, and a door for each.
struct Watched {
  Rows rows;
  std::vector<std::string> asked;  // ids read one by one
  Trigger trigger;

  explicit Watched(std::string_view extra = "", std::string_view detect = "")
      : trigger(plan_of(R"({"request": {"method": "GET", "path": "/things"},
                            "paging": {"size": {"name": "limit", "value": 3},
                                       "from": {"name": "offset"}}})",
                        R"({"strategy": "watch", "key": ["/id"], "remember": ["/status"],)" +
                            std::string(detect) +
                            R"("data": {"id": {"$from": "/row/id"},
                                     "from": {"$from": "/previous/status"},
                                     "to": {"$from": "/row/status"}},
                            "watch": {"request": {"method": "GET", "path": "/things/{/watch/key}"},
                                      "final": [{"pointer": "/status", "in": [9]}], "max": 2)" +
                            std::string(extra) + "}}"),
                [this](const Request &request) { return serve(request); }) {}

  Answer serve(const Request &request) {
    const std::string at = path(request);
    if (at == "/things") return rows(request);
    asked.push_back(at.substr(8));
    for (const auto &row : rows.rows) {
      if (boost::json::serialize(row.at("id")) == asked.back()) {
        return {.status = 200, .body = boost::json::serialize(row)};
      }
    }
    return {.status = 404, .body = R"({"message": "gone"})"};
  }
  boost::json::object &row(int id) {
    for (auto &each : rows.rows) {
      if (each.at("id") == id) return each.as_object();
    }
    throw std::out_of_range("no such row");
  }
  void add_first(int id, int status) {
    rows.rows.insert(rows.rows.begin(), boost::json::object{{"id", id}, {"status", status}});
  }
  std::vector<std::string> poll_asks() {
    asked.clear();
    trigger.poll();
    std::ranges::sort(asked);
    return asked;
  }
};

TEST(Watch, ARowThatLeftThePageIsFollowedUntilItIsFinal) {
  Watched watched;
  for (int id = 1; id <= 3; ++id) watched.add_first(id, 1);
  watched.trigger.baseline();
  EXPECT_TRUE(watched.asked.empty());
  watched.add_first(4, 1);  // 1 falls off
  EXPECT_EQ(watched.poll_asks(), Keys{"1"});
  watched.row(1)["status"] = 5;
  EXPECT_EQ(watched.trigger.poll().events.at(0).data, R"({"id":1,"from":1,"to":5})");
  watched.row(1)["status"] = 9;
  EXPECT_EQ(watched.trigger.poll().events.at(0).data, R"({"id":1,"from":5,"to":9})");
  EXPECT_TRUE(watched.poll_asks().empty());
}

TEST(Watch, ARefusedRowStopsNoOtherAndIsTriedLessAndLessOften) {
  for (const Answer &answer :
       {Answer{.status = 400, .body = R"({"message": "Disabled"})"},
        Answer{.status = 403, .body = "{}"}, Answer{.status = 500, .body = ""},
        Answer{.status = 200, .body = "<html>"}, Answer{.status = 200, .body = R"({"error":1})"}}) {
    Watched watched;
    for (int id = 1; id <= 3; ++id) watched.add_first(id, 1);
    watched.trigger.baseline();
    watched.add_first(4, 1);
    watched.add_first(5, 1);  // 1 and 2 fall off
    const auto serve = watched.trigger.serve;
    watched.trigger.serve = [&](const Request &request) {
      const Answer as_usual = serve(request);
      return path(request) == "/things/1" ? answer : as_usual;
    };
    watched.row(1)["status"] = 5;
    long tries = 0;
    for (int poll = 0; poll < 12 * 24; ++poll) {
      watched.asked.clear();
      watched.trigger.now += 5 * 60'000;
      watched.row(2)["status"] = 100 + poll;
      const Polled polled = watched.trigger.poll();
      EXPECT_FALSE(polled.failure);
      EXPECT_EQ(polled.events.size(), 1u);  // of 2
      EXPECT_EQ(polled.refused, Keys{"1"});
      tries += std::ranges::count(watched.asked, "1");
    }
    EXPECT_GE(tries, 24);
    EXPECT_LE(tries, 30);
    watched.trigger.serve = serve;
    watched.trigger.now += 3'600'000;
    EXPECT_EQ(watched.trigger.poll().events.at(0).data, R"({"id":1,"from":1,"to":5})");
    EXPECT_TRUE(watched.trigger.poll().refused.empty());
  }
}

TEST(Watch, AFinalRowThatLeavesIsForgotten) {
  Watched watched;
  for (int id = 1; id <= 3; ++id) watched.add_first(id, 9);
  watched.trigger.baseline();
  watched.add_first(4, 1);
  EXPECT_TRUE(watched.poll_asks().empty());
}

// The service keeps another order, so that every page is read, and pages that are as they were are
// passed over: their rows have not left.
TEST(Watch, AFinalRowOnAPageThatIsPassedOverStaysKnown) {
  Watched watched("", R"("order": {"by": "/id"},)");
  for (int id = 5; id >= 2; --id) watched.add_first(id, 1);
  watched.add_first(1, 9);
  watched.trigger.baseline();
  watched.row(5)["status"] = 2;
  EXPECT_EQ(watched.trigger.poll().events.at(0).data, R"({"id":5,"from":1,"to":2})");
  watched.row(1)["status"] = 7;
  const auto polled = watched.trigger.poll();
  ASSERT_EQ(polled.events.size(), 1u);
  EXPECT_EQ(polled.events.at(0).data, R"({"id":1,"from":9,"to":7})");
}

TEST(Watch, ARowThatIsGoneIsForgotten) {
  Watched watched;
  for (int id = 1; id <= 3; ++id) watched.add_first(id, 1);
  watched.trigger.baseline();
  std::erase_if(watched.rows.rows, [](const auto &row) { return row.at("id") == 2; });
  EXPECT_EQ(watched.poll_asks(), Keys{"2"});
  EXPECT_TRUE(watched.poll_asks().empty());
}

TEST(Watch, TakesTurnsWhereThereAreTooMany) {
  Watched watched;
  for (int id = 1; id <= 3; ++id) watched.add_first(id, 1);
  watched.trigger.baseline();
  for (int id = 4; id <= 8; ++id) {
    watched.add_first(id, 1);
    watched.trigger.poll();
  }
  std::vector<std::string> all;
  for (int poll = 0; poll < 3; ++poll) {
    const auto asked = watched.poll_asks();
    EXPECT_EQ(asked.size(), 2u);
    all.insert(all.end(), asked.begin(), asked.end());
  }
  std::ranges::sort(all);
  const auto repeated = std::ranges::unique(all);
  all.erase(repeated.begin(), repeated.end());
  EXPECT_EQ(all, (Keys{"1", "2", "3", "4", "5"}));
}

TEST(Watch, GivesUpAfterItsDays) {
  Watched watched(R"(, "give_up_days": 3)");
  for (int id = 1; id <= 3; ++id) watched.add_first(id, 1);
  watched.trigger.baseline();
  watched.add_first(4, 1);
  EXPECT_EQ(watched.poll_asks(), Keys{"1"});
  watched.trigger.now += 5 * 86'400'000LL;
  EXPECT_TRUE(watched.poll_asks().empty());
}

TEST(Watch, ReadsInBatches) {
  std::string sent;
  std::string answer = "[]";
  std::string page = R"([{"id": "a", "code": 0}, {"id": "b", "code": 0}])";
  Trigger trigger(plan_of(R"({"request": {"method": "GET", "path": "/mails"}})",
                          R"({"strategy": "watch", "key": ["/id"], "remember": ["/code"],
                              "watch": {"request": {"method": "POST", "path": "/mails/info",
                                                    "repeatable": true,
                                                    "body": {"emails": {"$from": "/watch/keys"}}},
                                        "answer_rows": "/data", "batch": 500,
                                        "final": [{"pointer": "/code", "not_in": [0]}]}})"),
                  nullptr);
  trigger.serve = [&](const Request &request) {
    if (path(request) == "/mails") return Answer{.status = 200, .body = page};
    sent = request.body;
    return Answer{.status = 200, .body = answer};
  };
  trigger.baseline();
  page = "[]";
  answer =
      R"({"data": [{"id": "b", "code": 250}, {"id": "a", "code": 0}, {"id": "c", "code": 1}]})";
  EXPECT_EQ(trigger.poll().keys(), Keys{"b"});
  const auto emails = json_of(sent).at("emails").as_array();
  EXPECT_EQ(emails.size(), 2u);
  trigger.poll();
  EXPECT_EQ(sent, R"({"emails":["a"]})");
}

}  // namespace
}  // namespace cpi::detection
