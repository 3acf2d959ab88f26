// What the templates of a trigger see: the table of trigger_templates.hpp, and what detection
// fills.
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "cpi/language/trigger_templates.hpp"
#include "trigger.hpp"

namespace cpi::detection {
namespace {

std::string scope_problem(std::string_view read, std::string_view detect) {
  try {
    plan_of(read, detect);
  } catch (const LanguageError &error) {
    return error.what();
  }
  return "";
}

constexpr std::string_view scope_read = R"({"request": {"method": "GET", "path": "/things"}})";

TEST(Scope, APointerToWhatIsNotSeenIsRefused) {
  EXPECT_EQ(scope_problem(R"({"request": {"method": "GET", "path": "/things/{/gate/id}"}})",
                          R"({"strategy": "set", "key": ["/id"]})"),
            "/triggers/0/read/request/path: \"/gate/id\" is not seen here; what is seen: /input");
  EXPECT_EQ(scope_problem(R"({"request": {"method": "GET", "path": "/x",
                                          "query": {"q": {"$from": "/row/id"}}}})",
                          R"({"strategy": "set", "key": ["/id"]})"),
            "/triggers/0/read/request/query/q/$from: \"/row/id\" is not seen here; what is seen: "
            "/input");
  EXPECT_EQ(scope_problem(scope_read, R"({"strategy": "set", "key": ["/id"],
                                          "when": [{"pointer": "/a", "in": {"$from": "/key"}}]})"),
            "/triggers/0/detect/when/0/in/$from: \"/key\" is not seen here; what is seen: /input");
  EXPECT_EQ(scope_problem(scope_read, R"({"strategy": "set", "key": ["/id"],
                                          "data": {"k": {"$from": "/rwo"}}})"),
            "/triggers/0/detect/data/k/$from: \"/rwo\" is not seen here; what is seen: /input, "
            "/row, /previous, /delta, /change, /key");
}

TEST(Scope, TheGateAndTheStrategysOwnMember) {
  EXPECT_EQ(scope_problem(R"({"request": {"method": "GET", "path": "/things/{/gate/id}"}})",
                          R"({"strategy": "set", "key": ["/id"],
                              "gate": {"request": {"method": "GET", "path": "/g"}, "key": ["/id"],
                                       "counters": ["/n"]}})"),
            "");
  EXPECT_EQ(scope_problem(scope_read, R"({"strategy": "watch", "key": ["/id"], "remember": ["/s"],
                              "watch": {"request": {"method": "GET", "path": "/t/{/watch/key}"}},
                              "data": {"w": {"$from": "/watch/key"}}})"),
            "");
  EXPECT_EQ(scope_problem(R"({"request": {"method": "GET", "path": "/t/{/window/day}"}})",
                          R"({"strategy": "win", "key": ["/id"],
                              "window": {"by": "/at", "each_day": true}})"),
            "");
}

// Every member that the table says is filled by detection.
TEST(Scope, EventsAreMadeOfWhatTheTableSays) {
  const auto detect_with = [](const boost::json::value &data) {
    boost::json::object detect{
        {"strategy", "hash"}, {"key", {"/id"}}, {"remember", {"/n"}}, {"data", data}};
    return detect;
  };
  const boost::json::object trigger{{"detect", detect_with(nullptr)}};
  const auto templates = trigger_templates(trigger, "/triggers/0");
  ASSERT_EQ(templates.size(), 1U);
  EXPECT_EQ(templates[0].place, "/triggers/0/detect/data");
  boost::json::object data{{"input", {{"$from", "/input"}}}};
  for (const std::string_view each : templates[0].sees) {
    data[each] = boost::json::object{{"$from", "/" + std::string(each)}};
  }

  Things things(boost::json::serialize(detect_with(data)), R"({"wanted": 1})");
  things.add(R"({"id": 1, "n": 1})");
  things.trigger.baseline();
  things.rows.rows[0] = json_of(R"({"id": 1, "n": 2})");
  const Polled polled = things.trigger.poll();
  ASSERT_EQ(polled.events.size(), 1U);
  EXPECT_EQ(json_of(polled.events[0].data),
            json_of(R"({"input": {"wanted": 1}, "row": {"id": 1, "n": 2}, "previous": {"n": 1},
                        "delta": {"n": 1}, "change": "changed", "key": "1"})"));
}

}  // namespace
}  // namespace cpi::detection
