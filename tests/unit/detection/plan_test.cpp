#include "cpi/sdk/detection/plan.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

#include "trigger.hpp"

namespace cpi::detection {
namespace {

constexpr std::string_view read = R"({"request": {"method": "GET", "path": "/things"}})";

// What the compilation says about a wrong `detect`.
std::string problem(std::string_view detect) {
  try {
    plan_of(read, detect);
  } catch (const std::invalid_argument &error) {
    return error.what();
  }
  return "";
}

TEST(Plan, NamesThePlaceOfWhatIsWrong) {
  const std::pair<const char *, const char *> wrong[] = {
      {R"({"key": ["/id"]})", "/triggers/0/detect: has no strategy"},
      {R"({"strategy": "guess", "key": ["/id"]})", "/triggers/0/detect/strategy: "},
      {R"({"strategy": "set"})", "/triggers/0/detect: has no key"},
      {R"({"strategy": "set", "key": ["id"]})", "/triggers/0/detect/key/0"},
      {R"({"strategy": "set", "key": ["/id"], "colour": 1})", "/triggers/0/detect/colour: "},
      {R"({"strategy": "top", "key": ["/id"]})", "/triggers/0/detect: top has no order"},
      {R"({"strategy": "hash", "key": ["/id"]})", "nothing can be seen to change"},
      {R"({"strategy": "set", "key": ["/id"], "emits": ["gone"]})", "/triggers/0/detect/emits/0: "},
      {R"({"strategy": "win", "key": ["/id"]})", "/triggers/0/detect: has no window"},
      {R"({"strategy": "set", "key": ["/id"], "where": [{"pointer": "/x"}]})",
       "/triggers/0/detect/where/0: needs one of in, not_in, min and any"},
      {R"({"strategy": "set", "key": ["/id"], "absent": 4})", "/triggers/0/detect/absent: "},
      {R"({"strategy": "set", "key": ["/id"], "gate": {"request": {"method": "GET", "path": "/g"}}})",
       "/triggers/0/detect/gate: has no counters"},
      {R"({"strategy": "set", "key": ["/id"], "emits": ["removed"], "pages": 2})",
       "nothing can be seen to be removed"},
      {R"({"strategy": "edge", "edge": {"value": "/x"}})", "/triggers/0/detect/edge: "},
      {R"({"strategy": "edge", "edge": {"value": {"of": {}, "by": "a"}, "below": 1}})",
       "/triggers/0/detect/edge/value/of: names no value"},
  };
  for (const auto &[detect, expected] : wrong) {
    EXPECT_NE(problem(detect).find(expected), std::string::npos) << detect << "\n"
                                                                 << problem(detect);
  }
}

TEST(Plan, TellsAllOfItsProblems) {
  Problems problems;
  const auto trigger = json_of(R"({"read": {"request": {"method": "GET", "path": "things"},
                                            "paging": {"style": "page"}, "also": 1},
      "detect": {"strategy": "top", "key": ["id"], "emits": ["new", "gone"], "absent": 9,
                 "when": [{"pointer": "/x"}, {"pointer": "/x", "any": []},
                          {"pointer": "/x", "min": 1, "in": 1}, {"any": [{"min": 1}]}], "edge": {}, "colour": 1,
                 "gate": {"paging": 7}, "subject": [{"$from": "/rwo"}]}})");
  PollPlan::compile(trigger.as_object(), test_service(), "/t", problems);
  std::vector<std::string> places;
  for (const LanguageProblem &each : problems.listed()) places.push_back(each.place);
  EXPECT_EQ(places,
            (std::vector<std::string>{
                "/t/read/also", "/t/read/request/path", "/t/read/paging", "/t/detect/edge",
                "/t/detect/edge", "/t/detect/colour", "/t/detect/emits/1", "/t/detect/key/0",
                "/t/detect/when/0", "/t/detect/when/1/pointer", "/t/detect/when/2",
                "/t/detect/when/3/any/0", "/t/detect", "/t/detect/absent", "/t/detect/gate",
                "/t/detect/gate/paging", "/t/detect/gate", "/t/detect/subject/0/$from"}));
}

TEST(Plan, FingerprintFollowsWhatTheCursorDependsOn) {
  const auto print = [](std::string_view detect) { return plan_of(read, detect).fingerprint; };
  const auto first = print(R"({"strategy": "set", "key": ["/id"]})");
  EXPECT_EQ(first, print(R"({"key": ["/id"], "strategy": "set"})"));
  EXPECT_EQ(first, print(R"({"strategy": "set", "key": ["/id"], "subject": ["x"], "limit": 5})"));
  EXPECT_NE(first, print(R"({"strategy": "set", "key": ["/uid"]})"));
  EXPECT_NE(first, print(R"({"strategy": "set", "key": ["/id"], "key_case": "lower"})"));
  EXPECT_NE(first, print(R"({"strategy": "set", "key": ["/id"],
                             "where": [{"pointer": "/a", "in": [1]}]})"));
}

TEST(Plan, TheEmailTriggersCompile) {
  for (const char *id :
       {"mailing_list.created", "subscriber.added", "subscriber.unsubscribed", "campaign.created",
        "campaign.status_changed", "campaign.statistics_changed"}) {
    EXPECT_NO_THROW(email_plan(id)) << id;
  }
}

}  // namespace
}  // namespace cpi::detection
