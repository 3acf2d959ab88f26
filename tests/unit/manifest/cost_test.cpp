#include "cpi/manifest/cost.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace cpi::manifest {
namespace {

StatedCost stated(std::string_view cost) {
  return stated_cost(boost::json::parse("{\"cost\": " + std::string(cost) + "}").as_object());
}

constexpr std::string_view growing = R"({
  "idle_requests": {"requests": 1, "more": [
    {"counts": "lists", "every": 95, "of": "lists", "beyond": 100},
    {"counts": "changed_lists", "each": "changed list"},
    {"counts": "rows", "of": "rows in it", "beyond": 100},
    {"counts": "watched_rows", "each": "unfinished row", "most": 20}]}})";

TEST(RequestsOf, GrowsBeyondTheFirstOnes) {
  const RequestCount count = *stated(growing).idle;
  EXPECT_EQ(requests_of(count, {.lists = 100}), 2);
  EXPECT_EQ(requests_of(count, {.lists = 101}), 3);
  EXPECT_EQ(requests_of(count, {.lists = 195}), 3);
  EXPECT_EQ(requests_of(count, {.lists = 196}), 4);
}

TEST(RequestsOf, CountsRowsInEachChangedList) {
  const RequestCount count = *stated(growing).idle;
  EXPECT_EQ(requests_of(count, {.changed_lists = 3, .rows = 100}), 4);
  EXPECT_EQ(requests_of(count, {.changed_lists = 3, .rows = 5000}), 7);
}

TEST(RequestsOf, CountsNoMoreThanTheMost) {
  EXPECT_EQ(requests_of(*stated(growing).idle, {.watched_rows = 500}), 22);
}

TEST(RequestsOf, KnowsNothingOfACountInWords) {
  EXPECT_EQ(requests_of(*stated(R"({"idle_requests": "1 for each list"})").idle, {}), std::nullopt);
}

constexpr std::string_view of_each_course = R"({
  "cost": {"idle_requests": {"requests": 1, "more": [{"counts": "read_lists", "each": "course"}]}},
  "detect": {"gate": {"key": ["/id"], "where": [
    {"pointer": "/open", "in": [true]}, {"pointer": "/id", "in": {"$from": "/input/course_id"}}]}}})";

TEST(LargeAccount, HasOneListWhereTheInputSelectsIt) {
  const StatedCost cost = stated_cost(boost::json::parse(of_each_course).as_object());
  EXPECT_EQ(cost.chosen_by, "course_id");
  EXPECT_EQ(large_account(cost, {}).read_lists, 150U);
  EXPECT_EQ(large_account(cost, {{"course_id", nullptr}}).read_lists, 150U);
  EXPECT_EQ(large_account(cost, {{"course_id", 3}}).read_lists, 1U);
  EXPECT_EQ(large_account(cost, {{"course_id", 3}}).lists, 150U);
}

TEST(LargeAccount, IsReadInFullWhereTheInputSelectsByAnotherMember) {
  const StatedCost cost = stated_cost(boost::json::parse(R"({
    "cost": {"idle_requests": {"requests": 1, "more": [{"counts": "read_lists", "each": "list"}]}},
    "detect": {"gate": {"key": ["/id"], "where": [
      {"pointer": "/name", "in": {"$from": "/input/names"}}]}}})")
                                          .as_object());
  EXPECT_EQ(cost.chosen_by, "");
  EXPECT_EQ(large_account(cost, {{"names", "Wool"}}).read_lists, 150U);
}

TEST(LargeAccount, HasOneListWhereNoneAreCounted) {
  const StatedCost cost = stated(R"({"idle_requests": {"requests": 1, "more": [
    {"counts": "rows", "every": 95, "of": "rows", "beyond": 100}]}})");
  EXPECT_EQ(requests_of(*cost.idle, large_account(cost, {})), 2);
}

TEST(RequestsADay, AreThoseOfAllPollsWithTheFullOnes) {
  const StatedCost cost = stated(R"({"idle_requests": 2, "full_requests": 12})");
  EXPECT_EQ(requests_a_day(cost, {}, 300), 2 * 284 + 12 * 4);
  EXPECT_EQ(requests_a_day(cost, {}, 86'400), 12) << "every poll reads everything";
  const StatedCost each = stated_cost(boost::json::parse(of_each_course).as_object());
  EXPECT_EQ(requests_a_day(each, large_account(each, {}), 300), 151 * 288);
  EXPECT_EQ(requests_a_day(each, large_account(each, {{"course_id", 3}}), 300), 2 * 288);
}

TEST(RequestsADay, AreUnknownWhereTheyAreStatedInWordsOrNotAtAll) {
  EXPECT_EQ(requests_a_day(stated(R"({"idle_requests": "many"})"), {}, 300), std::nullopt);
  EXPECT_EQ(requests_a_day(stated("{}"), {}, 300), std::nullopt);
}

TEST(TextOf, IsOneSentence) {
  EXPECT_EQ(text_of(*stated(growing).idle, " a poll"),
            "1 request a poll, 1 more for every 95 lists beyond the first 100, 1 more for each "
            "changed list, 1 more if there are more than 100 rows in it and 1 more for each "
            "unfinished row (at most 20)");
  EXPECT_EQ(text_of(*stated(R"({"idle_requests": 3})").idle), "3 requests");
}

}  // namespace
}  // namespace cpi::manifest
