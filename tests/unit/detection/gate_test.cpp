#include <map>

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "trigger.hpp"

namespace cpi::detection {
namespace {

// Lists, each with a counter and members.
struct Lists {
  std::map<int, Rows> members;
  std::map<int, int> counters;
  std::vector<std::string> read;  // lists that were read
  int gate_pages = 0;
  std::map<int, int> broken;  // by list: the status it answers with
  Trigger trigger;

  explicit Lists(std::string_view input = "{}", std::string_view extra = "")
      : trigger(
            plan_of(R"({"request": {"method": "GET", "path": "/lists/{/gate/id}/members"},
                            "paging": {"size": {"name": "limit", "value": 20},
                                       "from": {"name": "offset"}}})",
                    R"({"strategy": "set", "key": ["/id"],
                            "data": {"$merge": [{"$from": "/row"},
                                                {"list": {"$from": "/gate/id"}}]},
                            "gate": {"request": {"method": "GET", "path": "/lists"},
                                     "paging": {"size": {"name": "limit", "value": 8},
                                                "from": {"name": "offset"}},
                                     "key": ["/id"], "counters": ["/total"],
                                     "where": [{"pointer": "/id", "in": {"$from": "/input/list"}}],
                                     "missing": "There is no such list."}})" +
                        std::string(extra)),
            [this](const Request &request) { return serve(request); }, input) {}

  Answer serve(const Request &request) {
    const std::string at = path(request);
    if (at == "/lists") {
      ++gate_pages;
      Rows gate;
      for (const auto &[id, total] : counters) gate.rows.push_back({{"id", id}, {"total", total}});
      return gate(request);
    }
    const int id = std::stoi(at.substr(7));
    read.push_back(std::to_string(id));
    if (broken.contains(id)) return {.status = broken[id], .body = {}};
    return members[id](request);
  }
  void add(int list, std::string_view member) {
    members[list].rows.push_back(json_of(member));
    counters[list] = static_cast<int>(members[list].rows.size());
  }
};

TEST(Gate, OnlyListsWhoseCountersChangedAreRead) {
  Lists lists;
  for (int list = 1; list <= 20; ++list) lists.add(list, R"({"id": "first"})");
  lists.trigger.baseline();
  lists.read.clear();
  EXPECT_FALSE(lists.trigger.poll().stored);
  EXPECT_TRUE(lists.read.empty());
  lists.add(4, R"({"id": "second"})");
  lists.add(17, R"({"id": "second"})");
  const Polled polled = lists.trigger.poll();
  EXPECT_EQ(lists.read, (Keys{"4", "17"}));
  EXPECT_EQ(polled.keys(), (Keys{"4/second", "17/second"}));
  EXPECT_EQ(polled.events[1].data, R"({"id":"second","list":17})");
}

TEST(Gate, AListThatIsNewTellsAllItsRows) {
  Lists lists;
  lists.add(1, R"({"id": 1})");
  lists.trigger.baseline();
  lists.add(2, R"({"id": 1})");
  lists.add(2, R"({"id": 2})");
  EXPECT_EQ(lists.trigger.poll().keys(), (Keys{"2/1", "2/2"}));
}

TEST(Gate, OneListOutOfMany) {
  Lists lists(R"({"list": 12})");
  for (int list = 1; list <= 20; ++list) lists.add(list, R"({"id": 1})");
  lists.trigger.baseline();
  EXPECT_EQ(lists.read, Keys{"12"});
  lists.add(3, R"({"id": 2})");
  lists.add(12, R"({"id": 2})");
  EXPECT_EQ(lists.trigger.poll().keys(), Keys{"12/2"});
}

TEST(Gate, AListThatDoesNotExistIsAnErrorAtTheBaselineAndANoteLater) {
  Lists lists(R"({"list": 99})");
  lists.add(1, R"({"id": 1})");
  const Polled polled = lists.trigger.baseline();
  ASSERT_TRUE(polled.failure.has_value());
  EXPECT_EQ(polled.failure->error_class, ErrorClass::not_found);
  EXPECT_EQ(polled.failure->message, "There is no such list.");
  lists.add(99, R"({"id": 1})");
  lists.trigger.baseline();
  lists.counters.erase(99);
  EXPECT_TRUE(lists.trigger.poll().noted("no such list"));
}

TEST(Gate, AListIsForgottenOnlyAfterTwoPassesWithoutIt) {
  Lists lists;
  lists.add(1, R"({"id": 1})");
  lists.add(2, R"({"id": 1})");
  lists.trigger.baseline();
  lists.counters.erase(2);
  lists.trigger.poll();
  lists.counters[2] = 1;  // it was only out of sight
  EXPECT_TRUE(lists.trigger.poll().events.empty());
  lists.counters.erase(2);
  lists.trigger.poll();
  lists.trigger.poll();
  lists.counters[2] = 1;
  EXPECT_EQ(lists.trigger.poll().keys(), Keys{"2/1"});
}

TEST(Gate, AListThatIsGoneBetweenTwoRequestsStopsNoOther) {
  Lists lists;
  for (int list = 1; list <= 3; ++list) lists.add(list, R"({"id": 1})");
  lists.trigger.baseline();
  for (int list = 1; list <= 3; ++list) lists.add(list, R"({"id": 2})");
  lists.broken[2] = 404;
  const Polled polled = lists.trigger.poll();
  EXPECT_EQ(polled.keys(), (Keys{"1/2", "3/2"}));
  EXPECT_TRUE(polled.noted("not found"));
  lists.broken.clear();
  EXPECT_EQ(lists.trigger.poll().keys(), Keys{"2/2"});
}

TEST(Gate, AListThatCouldNotBeReadAtTheBaselineReplaysNothing) {
  Lists lists;
  for (int list = 1; list <= 3; ++list) lists.add(list, R"({"id": 1})");
  lists.broken[2] = 404;
  lists.trigger.baseline();
  lists.broken.clear();
  EXPECT_TRUE(lists.trigger.poll().events.empty());
  lists.add(2, R"({"id": 2})");
  EXPECT_EQ(lists.trigger.poll().keys(), Keys{"2/2"});
}

TEST(Gate, ManyListsAreTakenInPortions) {
  Lists lists;
  for (int list = 1; list <= 30; ++list) {
    for (int id = 1; id <= 30; ++id) lists.add(list, R"({"id": )" + std::to_string(id) + "}");
  }
  lists.trigger.max_requests = 4;
  lists.trigger.baseline();
  lists.trigger.max_requests = 0;
  EXPECT_TRUE(lists.trigger.poll().events.empty());
  lists.trigger.max_requests = 3;
  for (int list = 1; list <= 30; ++list) lists.add(list, R"({"id": 31})");
  EXPECT_EQ(lists.trigger.poll().events.size(), 30u);
  lists.read.clear();
  EXPECT_TRUE(lists.trigger.poll().events.empty());
  EXPECT_TRUE(lists.read.empty());
}

TEST(Gate, WithoutEachAllRowsAreOneCounter) {
  std::string gate = R"([{"id": 1, "n": 1}, {"id": 2, "n": 1}])";
  std::string page = R"([{"id": "a"}])";
  int reads = 0;
  Trigger trigger(plan_of(R"({"request": {"method": "GET", "path": "/dialogs"}})",
                          R"({"strategy": "set", "key": ["/id"],
                              "gate": {"request": {"method": "GET", "path": "/bots"}, "key": ["/id"],
                                       "counters": ["/n"], "each": false}})"),
                  nullptr);
  trigger.serve = [&](const Request &request) {
    if (path(request) == "/bots") return Answer{.status = 200, .body = gate};
    ++reads;
    return Answer{.status = 200, .body = page};
  };
  trigger.baseline();
  trigger.poll();
  EXPECT_EQ(reads, 1);
  gate = R"([{"id": 1, "n": 1}, {"id": 2, "n": 2}])";
  page = R"([{"id": "a"}, {"id": "b"}])";
  EXPECT_EQ(trigger.poll().keys(), Keys{"b"});
  EXPECT_EQ(reads, 2);
}

TEST(Gate, LooksOnlyIntoRowsOfItsWindow) {
  std::string gate = R"([{"id": 1, "at": "2025-02-25"}, {"id": 2, "at": "2025-02-27 01:00:00"},
                         {"id": 3, "at": null}, {"id": 4, "at": "2025-03-03"}])";
  std::string asked;
  Keys read;
  std::map<std::string, std::string> pages;
  Trigger trigger(plan_of(R"({"request": {"method": "GET", "path": "/dialogs/{/gate/id}"}})",
                          R"({"strategy": "set", "key": ["/id"],
                  "gate": {"request": {"method": "GET", "path": "/dialogs", "query": {
                             "from": {"$from": "/window/from"}, "to": {"$from": "/window/to"}}},
                           "key": ["/id"], "counters": ["/at"],
                           "window": {"by": "/at", "back_days": 2, "ahead_days": 1}}})"),
                  nullptr);
  trigger.serve = [&](const Request &request) {
    if (path(request) == "/dialogs") {
      asked = request.url.substr(request.url.find('?'));
      return Answer{.status = 200, .body = gate};
    }
    read.push_back(path(request));
    return Answer{.status = 200, .body = "[" + pages[path(request)] + "]"};
  };
  trigger.baseline();  // on 1 March
  EXPECT_EQ(asked, "?from=2025-02-27&to=2025-03-02");
  EXPECT_EQ(read, (Keys{"/dialogs/2", "/dialogs/3"}));
  // One that comes into the window is new, with all that is in it.
  gate = R"([{"id": 1, "at": "2025-03-01"}])";
  pages["/dialogs/1"] = R"({"id": "a"})";
  EXPECT_EQ(trigger.poll().keys(), Keys{"1/a"});
  EXPECT_TRUE(trigger.poll().events.empty());
}

TEST(Gate, WithoutCountersEveryListIsRead) {
  std::string gate = R"([{"id": 1}, {"id": 2}])";
  std::map<std::string, std::string> pages;
  Trigger trigger(plan_of(R"({"request": {"method": "GET", "path": "/projects/{/gate/id}"}})",
                          R"({"strategy": "set", "key": ["/id"],
                              "gate": {"request": {"method": "GET", "path": "/projects"},
                                       "key": ["/id"]}})"),
                  nullptr);
  trigger.serve = [&](const Request &request) {
    const std::string at = path(request);
    return Answer{.status = 200, .body = at == "/projects" ? gate : "[" + pages[at] + "]"};
  };
  trigger.max_requests = 2;
  trigger.baseline();
  pages["/projects/2"] = R"({"id": 7})";
  EXPECT_EQ(trigger.poll().keys(), Keys{"2/7"});
  // A settled poll, whose gate is byte for byte as it was, looks behind it all the same.
  trigger.max_requests = 0;
  for (int polls = 0; polls < 3; ++polls) EXPECT_TRUE(trigger.poll().events.empty());
  pages["/projects/1"] = R"({"id": 8})";
  EXPECT_EQ(trigger.poll().keys(), Keys{"1/8"});
}

TEST(Gate, AGateThatFailsLeavesEverythingAsItWas) {
  Lists lists;
  lists.add(1, R"({"id": 1})");
  lists.trigger.baseline();
  lists.add(1, R"({"id": 2})");
  lists.broken[1] = 500;
  const std::string before = lists.trigger.cursor;
  EXPECT_TRUE(lists.trigger.poll().failure.has_value());
  EXPECT_EQ(lists.trigger.cursor, before);
  lists.broken.clear();
  EXPECT_EQ(lists.trigger.poll().keys(), Keys{"1/2"});
}

}  // namespace
}  // namespace cpi::detection
