// Lists that are longer than a trigger can remember are refused by their counts.
#include "memory_limit.hpp"

#include <map>

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "trigger.hpp"

namespace cpi::detection {
namespace {

constexpr std::string_view counting_detect = R"({"strategy": "set", "key": ["/id"], "limit": 50,
    "gate": {"request": {"method": "GET", "path": "/lists"},
             "paging": {"size": {"name": "limit", "value": 8}, "from": {"name": "offset"}},
             "key": ["/id"], "counters": ["/moved"], "count": ["/absent", "/total"],
             "where": [{"pointer": "/id", "in": {"$from": "/input/list"}}]}})";

// Lists with a counter; of each, a page of three at a time may be asked for.
struct CountingLists {
  std::map<int, int> sizes;
  std::map<int, int> moved;
  bool counts_as_text = false;
  std::vector<int> read;  // lists that were asked for
  int gate_requests = 0;
  Trigger trigger;

  explicit CountingLists(std::string_view input = "{}", std::string_view detect = counting_detect)
      : trigger(
            plan_of(R"({"request": {"method": "GET", "path": "/lists/{/gate/id}/rows"},
                            "paging": {"size": {"name": "limit", "value": 20},
                                       "from": {"name": "offset"}}})",
                    detect),
            [this](const Request &request) { return serve(request); }, input) {}

  Answer serve(const Request &request) {
    Rows rows;
    if (path(request) == "/lists") {
      ++gate_requests;
      for (const auto &[id, size] : sizes) {
        boost::json::object row{{"id", id}, {"name", "List " + std::to_string(id)}};
        row["moved"] = moved[id];
        row["total"] =
            counts_as_text ? boost::json::value(std::to_string(size)) : boost::json::value(size);
        rows.rows.push_back(std::move(row));
      }
      return rows(request);
    }
    const int id = std::stoi(path(request).substr(7));
    read.push_back(id);
    for (int row = 1; row <= sizes[id]; ++row) {
      rows.rows.push_back(boost::json::object{{"id", row}});
    }
    return rows(request);
  }
  void grow(int id, int size) {
    sizes[id] = size;
    ++moved[id];
  }
};

TEST(MemoryLimit, ALongListIsRefusedBeforeItIsRead) {
  for (const bool as_text : {false, true}) {
    CountingLists lists(R"({"list": 2})");
    lists.counts_as_text = as_text;
    lists.sizes = {{1, 5}, {2, 212'000}, {3, 5}};
    const Polled polled = lists.trigger.baseline();
    ASSERT_TRUE(polled.failure.has_value());
    EXPECT_EQ(polled.failure->error_class, ErrorClass::too_large);
    EXPECT_EQ(polled.failure->fault, Fault::user);
    EXPECT_EQ(polled.failure->message,
              "The list has 212,000 items, more than the 50 that this trigger can remember.");
    EXPECT_NE(polled.failure->advice.find("shorter list"), std::string::npos);
    EXPECT_TRUE(lists.read.empty());
    EXPECT_TRUE(lists.trigger.cursor.empty());
  }
}

TEST(MemoryLimit, AllListsTogetherAreCountedBeforeTheFirstIsRead) {
  CountingLists lists;
  for (int id = 1; id <= 20; ++id) lists.sizes[id] = 3;  // on more than one page of the gate
  const Polled polled = lists.trigger.baseline();
  ASSERT_TRUE(polled.failure.has_value());
  EXPECT_EQ(polled.failure->message,
            "The 20 lists have 60 items, more than the 50 that this trigger can remember.");
  EXPECT_NE(polled.failure->advice.find("Choose a single list with at most 50 items"),
            std::string::npos);
  EXPECT_TRUE(lists.read.empty());
  for (int id = 1; id <= 10; ++id) lists.sizes[id] = 2;
  EXPECT_FALSE(lists.trigger.baseline().failure.has_value());
  EXPECT_TRUE(lists.trigger.poll().events.empty());
}

TEST(MemoryLimit, OneOfManyThatGrowsTooLongStopsNoOther) {
  CountingLists lists;
  lists.sizes = {{1, 5}, {2, 5}};
  lists.trigger.baseline();
  lists.read.clear();
  lists.grow(1, 1000);
  lists.grow(2, 6);
  Polled polled = lists.trigger.poll();
  EXPECT_FALSE(polled.failure.has_value());
  EXPECT_EQ(polled.keys(), Keys{"2/6"});
  EXPECT_EQ(polled.refused, std::vector<std::string>{"List 1 (1)"});
  EXPECT_TRUE(polled.noted("1,000 items"));
  EXPECT_EQ(std::ranges::count(lists.read, 1), 0);
  lists.grow(1, 7);
  for (int poll = 0; poll < 3; ++poll) {
    lists.trigger.now += 3'600'000;
    const Polled later = lists.trigger.poll();
    EXPECT_EQ(later.keys(), poll == 0 ? (Keys{"1/6", "1/7"}) : Keys());
    EXPECT_TRUE(later.refused.empty());
  }
}

TEST(MemoryLimit, AListHasTheRoomThatTheOthersLeave) {
  CountingLists lists;
  lists.sizes = {{1, 30}, {2, 10}};
  lists.trigger.baseline();
  lists.grow(2, 21);
  const Polled polled = lists.trigger.poll();
  EXPECT_EQ(polled.refused, std::vector<std::string>{"List 2 (2)"});
  EXPECT_TRUE(polled.noted("there is room for 20"));
  lists.grow(2, 20);
  lists.trigger.now += 3'600'000;
  EXPECT_EQ(lists.trigger.poll().events.size(), 10u);
}

TEST(MemoryLimit, ACountOfRowsThatAreNotAllRememberedRefusesNothing) {
  std::string detect(counting_detect);
  detect.insert(1, R"("where": [{"pointer": "/id", "in": [1, 2]}], )");
  CountingLists lists(R"({"list": 2})", detect);
  lists.sizes = {{2, 212}};
  EXPECT_FALSE(lists.trigger.baseline().failure.has_value());
}

TEST(MemoryLimit, ACountIsNoPartOfTheFingerprint) {
  std::string without(counting_detect);
  const std::string count = R"( "count": ["/absent", "/total"],)";
  without.erase(without.find(count), count.size());
  const std::string_view read = R"({"request": {"method": "GET", "path": "/x"}})";
  EXPECT_EQ(plan_of(read, without).fingerprint, plan_of(read, counting_detect).fingerprint);
}

// A list whose answer says how many rows there are in all.
TEST(MemoryLimit, ATotalRefusesAListAfterItsFirstPage) {
  int requests = 0;
  std::uint64_t total = 51;
  Trigger trigger(plan_of(R"({"request": {"method": "GET", "path": "/rows"},
                  "paging": {"size": {"name": "limit", "value": 20}, "from": {"name": "offset"},
                             "rows": "/data", "total": "/total"}})",
                          R"({"strategy": "set", "key": ["/id"], "limit": 50})"),
                  [&](const Request &request) {
                    ++requests;
                    Rows rows;
                    for (std::uint64_t id = 1; id <= total; ++id) {
                      rows.rows.push_back(boost::json::object{{"id", id}});
                    }
                    const Answer page = rows(request);
                    return Answer{.status = 200,
                                  .body = R"({"total": )" + std::to_string(total) +
                                          R"(, "data": )" + page.body + "}"};
                  });
  const Polled polled = trigger.baseline();
  ASSERT_TRUE(polled.failure.has_value());
  EXPECT_EQ(polled.failure->message,
            "The list has 51 items, more than the 50 that this trigger can remember.");
  EXPECT_EQ(requests, 1);
  total = 50;
  EXPECT_FALSE(trigger.baseline().failure.has_value());
}

// Without a count it is only known when it is read; the others go on all the same.
TEST(MemoryLimit, AListThatTurnsOutToBeTooLongStopsNoOther) {
  std::string detect(counting_detect);
  const std::string count = R"( "count": ["/absent", "/total"],)";
  detect.erase(detect.find(count), count.size());
  CountingLists lists("{}", detect);
  lists.sizes = {{1, 5}, {2, 5}};
  lists.trigger.baseline();
  lists.grow(1, 100);
  lists.grow(2, 6);
  const Polled polled = lists.trigger.poll();
  EXPECT_FALSE(polled.failure.has_value());
  EXPECT_EQ(polled.refused, std::vector<std::string>{"List 1 (1)"});
  EXPECT_EQ(polled.keys(), Keys{"2/6"});
}

}  // namespace
}  // namespace cpi::detection
