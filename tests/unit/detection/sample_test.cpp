#include <gtest/gtest.h>

#include "account.hpp"
#include "trigger.hpp"

namespace cpi::detection {
namespace {

boost::json::array sample(const PollPlan &plan, const ScriptedHost::Serve &serve,
                          std::size_t most_requests) {
  const boost::json::object input;
  ScriptedHost host;
  const auto outcome = host.run([&](Channel &channel) { return run_sample(channel, input, plan); },
                                1'740'819'600'000, serve, [](const Batch &) { return false; });
  EXPECT_FALSE(outcome.died);
  EXPECT_LE(outcome.requests.size(), most_requests);
  EXPECT_TRUE(outcome.result.has_value());
  EXPECT_FALSE(outcome.result->has_cursor);
  const auto output = json_of(outcome.result->output);
  return output.at("items").as_array();
}

TEST(Sample, UpToFiveOfTheNewest) {
  Things things(R"({"strategy": "top", "key": ["/id"], "order": {"by": "/id"}})");
  things.add_ids(1, 12);
  const auto items = sample(things.trigger.plan, things.trigger.serve, 1);
  EXPECT_EQ(items, json_of(R"([{"id": 12}, {"id": 11}, {"id": 10}, {"id": 9}, {"id": 8}])"));
}

TEST(Sample, OfEveryEmailTriggerLooksLikeItsEvents) {
  Account account(3);
  for (int i = 0; i < 5; ++i) account.make_plain_changes();
  const auto serve = [&](const Request &request) { return account.serve(request); };
  for (const char *id :
       {"mailing_list.created", "subscriber.added", "subscriber.unsubscribed", "campaign.created",
        "campaign.status_changed", "campaign.statistics_changed"}) {
    const auto items = sample(email_plan(id), serve, 4);
    EXPECT_FALSE(items.empty()) << id;
    for (const auto &item : items) {
      EXPECT_TRUE(item.is_object());
      if (std::string_view(id) == "campaign.status_changed") {
        EXPECT_TRUE(item.as_object().contains("previous_status"));
      }
      if (std::string_view(id) == "campaign.statistics_changed") {
        EXPECT_TRUE(item.as_object().contains("delta"));
      }
    }
  }
}

TEST(Sample, LeavesOutWhatDoesNotFitTheEvents) {
  PollPlan plan = plan_of(R"({"request": {"method": "GET", "path": "/things"},
                              "paging": {"style": "none"}})",
                          R"({"strategy": "set", "key": ["/id"]})");
  plan.output =
      OutputForm::compile(json_of(R"({"type": "object", "required": ["name"], "properties": {
                    "name": {"type": "string"}, "size": {"type": "integer"}}})"),
                          {}, "/output");
  const auto serve = [](const Request &) {
    return Answer{
        .status = 200,
        .body = R"([{"id": 1, "name": {"odd": 1}}, {"id": 2, "name": "b", "size": "no"}])"};
  };
  EXPECT_EQ(sample(plan, serve, 1), json_of(R"([{"id": 2, "name": "b"}])"));
}

TEST(Sample, OfNothingIsEmpty) {
  Things things(R"({"strategy": "set", "key": ["/id"]})");
  EXPECT_TRUE(sample(things.trigger.plan, things.trigger.serve, 1).empty());
}

TEST(Sample, OfAListThatSaysItFailedIsAFailure) {
  const PollPlan plan = plan_of(R"({"request": {"method": "GET", "path": "/things"},
                                    "paging": {"style": "none", "rows": "/data"}})",
                                R"({"strategy": "set", "key": ["/id"]})");
  for (const char *body :
       {R"({"status":"error","data":[]})", R"({"status":"error","data":[{"id":1}]})"}) {
    const boost::json::object input;
    ScriptedHost host;
    const auto outcome = host.run(
        [&](Channel &channel) { return run_sample(channel, input, plan); }, 1'740'819'600'000,
        [&](const Request &) { return Answer{.status = 200, .body = body}; },
        [](const Batch &) { return false; });
    ASSERT_TRUE(outcome.failure) << body;
    EXPECT_EQ(outcome.failure->error_class, ErrorClass::bad_response);
  }
}

}  // namespace
}  // namespace cpi::detection
