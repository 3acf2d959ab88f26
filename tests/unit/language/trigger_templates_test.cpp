// Which edits of a trigger's input leave alone what is read.
#include "cpi/language/trigger_templates.hpp"

#include <gtest/gtest.h>

#include <string_view>

#include "json_text.hpp"

namespace cpi::language::test {
namespace {

class ReadsTheSame : public testing::Test {
 protected:
  bool same(std::string_view before, std::string_view after) {
    const Network network{.base_url = "https://api.example.org",
                          .allowed_hosts = {"api.example.org"}};
    return reads_the_same(trigger, network, json(before).as_object(), json(after).as_object());
  }

  boost::json::object trigger = json(R"({
    "read": {"request": {"method": "GET", "path": "/lists/{/gate/id}/rows",
                         "query": {"folder": {"$from": "/input/folder"}}}},
    "detect": {
      "strategy": "top", "key": ["/id"], "order": {"by": "/date"},
      "where": [{"pointer": "/kind", "in": {"$from": "/input/kinds"}}],
      "when": [{"pointer": "/status", "in": {"$from": "/input/statuses"}},
               {"pointer": "/kind", "not_in": {"$from": "/input/kinds"}},
               {"pointer": "/owner", "not_in": {"$from": "/input/owners"}}],
      "subject": ["row/", {"$from": "/row/id"}],
      "data": {"name": {"$from": "/row/name"}, "label": {"$from": "/input/label"}},
      "gate": {"request": {"method": "GET", "path": "/lists"}, "key": ["/id"],
               "counters": ["/rows"],
               "where": [{"pointer": "/id", "in": {"$from": "/input/list_id"}}]}}})")
                                    .as_object();
};

TEST_F(ReadsTheSame, OfTheSameInputInAnyOrder) {
  EXPECT_TRUE(same(R"({"list_id": 1, "folder": 2})", R"({"folder": 2, "list_id": 1})"));
}

TEST_F(ReadsTheSame, WhereOnlyTheFilterOrTheFormOfTheEventsChanges) {
  EXPECT_TRUE(same(R"({"list_id": 1, "statuses": [1]})", R"({"list_id": 1, "statuses": [1, 2]})"));
  EXPECT_TRUE(same(R"({"list_id": 1, "statuses": [1]})", R"({"list_id": 1})"));
  EXPECT_TRUE(same(R"({"list_id": 1})", R"({"list_id": 1, "owners": [7]})"));
  EXPECT_TRUE(same(R"({"label": "a"})", R"({"label": "b"})"));
}

TEST_F(ReadsTheSame, NotWhereTheListItsPathOrItsRowsChange) {
  EXPECT_FALSE(same(R"({"list_id": 1})", R"({"list_id": 2})"));
  EXPECT_FALSE(same(R"({"list_id": 1})", R"({})"));
  EXPECT_FALSE(same(R"({"folder": 1})", R"({"folder": 2})"));
  EXPECT_FALSE(same(R"({"list_id": 1, "statuses": [1]})", R"({"list_id": 2, "statuses": [2]})"));
}

TEST_F(ReadsTheSame, NotWhereAMemberDoesBoth) {
  EXPECT_FALSE(same(R"({"kinds": ["a"]})", R"({"kinds": ["b"]})"));
}

TEST_F(ReadsTheSame, NotWhereNobodyKnowsWhatReadsAMember) {
  EXPECT_FALSE(same(R"({"other": 1})", R"({"other": 2})"));
  trigger["handler"] = "own_code";
  EXPECT_FALSE(same(R"({"statuses": [1]})", R"({"statuses": [2]})"));
  trigger.erase("handler");
  trigger.erase("detect");
  EXPECT_FALSE(same(R"({"statuses": [1]})", R"({"statuses": [2]})"));
}

TEST_F(ReadsTheSame, NotWhereTheWholeInputIsRead) {
  trigger["read"].as_object()["request"].as_object()["query"] =
      json(R"({"all": {"$from": "/input"}})");
  EXPECT_FALSE(same(R"({"statuses": [1]})", R"({"statuses": [2]})"));
}

}  // namespace
}  // namespace cpi::language::test
