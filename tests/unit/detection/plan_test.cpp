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
       "/triggers/0/detect/where/0: needs one of in and not_in"},
      {R"({"strategy": "set", "key": ["/id"], "absent": 4})", "/triggers/0/detect/absent: "},
      {R"({"strategy": "set", "key": ["/id"], "gate": {"request": {"method": "GET", "path": "/g"}}})",
       "/triggers/0/detect/gate: has no counters"},
      {R"({"strategy": "set", "key": ["/id"], "emits": ["removed"], "pages": 2})",
       "nothing can be seen to be removed"},
      {R"({"strategy": "edge", "edge": {"value": "/x"}})", "/triggers/0/detect/edge: "},
  };
  for (const auto &[detect, expected] : wrong) {
    EXPECT_NE(problem(detect).find(expected), std::string::npos) << detect << "\n"
                                                                 << problem(detect);
  }
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
