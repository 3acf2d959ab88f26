#include "control/trigger_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <functional>

#include "control/failure.hpp"

namespace host {
namespace {

using testing::HasSubstr;

boost::json::object trigger(std::string_view text) {
  return boost::json::parse(text).as_object();
}

const boost::json::object open_trigger = trigger(R"({
  "interval_s": 300, "min_interval_s": 60, "start": {"default": "now", "allow": ["now", "last_n", "all"]},
  "cost": {"idle_requests": 2, "change_requests": "1 for every 100 lists", "shared": true}})");
const boost::json::object closed_trigger = trigger(R"({
  "interval_s": 600, "start": {"default": "now", "allow": ["now"]},
  "cost": {"idle_requests": "one for each list"}})");

std::string refused(const std::function<void()> &call) {
  try {
    call();
  } catch (const Failure &failure) {
    EXPECT_EQ(failure.kind, Failure::Kind::wrong_call);
    return failure.error.message;
  }
  ADD_FAILURE() << "was accepted";
  return {};
}

TEST(ParseStart, TakesWhatTheTriggerAllows) {
  EXPECT_EQ(parse_start("", open_trigger).mode, StartMode::now);
  EXPECT_EQ(parse_start("now", open_trigger).mode, StartMode::now);
  EXPECT_EQ(parse_start("all", open_trigger).mode, StartMode::all);
  const Start last = parse_start("last:25", open_trigger);
  EXPECT_EQ(last.mode, StartMode::last_n);
  EXPECT_EQ(last.count, 25U);
  EXPECT_EQ(parse_start("now", trigger("{}")).mode, StartMode::now);
}

TEST(ParseStart, RefusesTheRestAndNamesTheChoices) {
  EXPECT_THAT(refused([] { parse_start("all", closed_trigger); }), HasSubstr("Choose now."));
  EXPECT_THAT(refused([] { parse_start("yesterday", open_trigger); }),
              HasSubstr("Choose now, last:N, all."));
  for (const char *wrong : {"last:", "last:0", "last:-1", "last:x", "last:9999999999999999999999"})
    EXPECT_THAT(refused([wrong] { parse_start(wrong, open_trigger); }), HasSubstr("last:N"));
}

TEST(Interval, IsTheTriggersOwnAndNeverBelowItsMinimum) {
  EXPECT_EQ(interval_ms({}, open_trigger), 300'000);
  EXPECT_THAT(refused([] { interval_ms(0, open_trigger); }), HasSubstr("too short"));
  EXPECT_EQ(interval_ms(60, open_trigger), 60'000);
  EXPECT_EQ(interval_ms(90.5, open_trigger), 90'500);
  EXPECT_THAT(refused([] { interval_ms(59, open_trigger); }),
              HasSubstr("the minimum for this trigger is 60 seconds"));
  EXPECT_EQ(interval_ms(60, closed_trigger), 60'000);
  EXPECT_THAT(refused([] { interval_ms(59, closed_trigger); }),
              HasSubstr("the minimum for this trigger is 60 seconds"));
  EXPECT_THAT(refused([] { interval_ms(1e9, open_trigger); }), HasSubstr("longer than a month"));
}

TEST(Cost, IsTheRequestsOfAnIdlePollAndOfADay) {
  const Cost cost = cost_of(open_trigger, 300'000);
  EXPECT_EQ(boost::json::serialize(cost_json(cost)),
            R"({"polls_per_day":288,"idle_requests":2,"idle_requests_per_day":576,)"
            R"("change_requests":"1 for every 100 lists","shared":true,)"
            R"("needs_acceptance":false})");
  EXPECT_EQ(cost_text(cost),
            "2 requests a poll when nothing changed: 576 a day in 288 polls a day; when something "
            "changed: 1 for every 100 lists; shared with the account's other triggers");
}

TEST(Cost, MayBeToldInWords) {
  const Cost cost = cost_of(closed_trigger, 600'000);
  EXPECT_EQ(boost::json::serialize(cost_json(cost)),
            R"({"polls_per_day":144,"idle_requests":"one for each list","shared":false,)"
            R"("needs_acceptance":true})");
  EXPECT_EQ(cost_text(cost), "one for each list a poll when nothing changed, in 144 polls a day");
  EXPECT_EQ(cost_text(cost_of(trigger("{}"), 300'000)), "288 polls a day");
}

TEST(Cost, SaysHowItGrows) {
  const Cost cost = cost_of(trigger(R"({"cost": {
    "idle_requests": {"requests": 1, "more": [{"counts": "read_lists", "each": "course"}]},
    "change_requests": 2, "change_polls": 2,
    "full_requests": {"requests": 2, "more": [{"counts": "rows", "every": 95, "of": "students",
                                               "beyond": 100}]}}})"),
                            300'000);
  EXPECT_EQ(
      boost::json::serialize(cost_json(cost)),
      R"json({"polls_per_day":288,"idle_requests":"1 request, and 1 more for each course",)json"
      R"json("change_requests":"2 requests (in 2 polls)","full_requests":)json"
      R"json("2 requests, and 1 more for every 95 students beyond the first 100",)json"
      R"json("full_every_s":21600,"shared":false,)json"
      R"json("large_account":{"of_each":150,"requests_per_day":43492},)json"
      R"json("needs_acceptance":true})json");
  EXPECT_EQ(
      cost_text(cost),
      "1 request a poll when nothing changed, and 1 more for each course, in 288 polls a day; "
      "when something changed: 2 requests (in 2 polls); every 6 hours, when everything is "
      "read: 2 requests, and 1 more for every 95 students beyond the first 100; "
      "in an account with 150 of each: 43492 a day while nothing changes");
}

RequestUse after_polls(const std::vector<RequestUse::Poll> &polls) {
  RequestUse use;
  for (const RequestUse::Poll &poll : polls) use.add(poll);
  return use;
}

TEST(ExcessText, SaysThatTheLatestPollsMadeManyTimesTheStatedRequests) {
  const Cost cost =
      cost_of(trigger(R"({"cost": {"idle_requests": 4, "change_requests": 20}})"), 300'000);
  EXPECT_EQ(excess_text(cost, after_polls({{12}, {40}, {13}, {12}, {99}})),
            "Each of the last 5 polls made 12 requests or more; stated are at most 4. Either the "
            "account has much more than that, or the service answers in a way that the connector "
            "does not expect. A longer interval lowers the number of requests.");
  EXPECT_EQ(excess_text(cost, after_polls({{12}, {12}, {12}, {12}})), "") << "too few polls";
  EXPECT_EQ(excess_text(cost, after_polls({{12}, {12}, {11}, {12}, {12}})), "") << "not in a row";
  EXPECT_EQ(excess_text(cost, after_polls({{12}, {12}, {59, true}, {12}, {12}})), "")
      << "a poll that finds something may cost more";
  EXPECT_THAT(excess_text(cost, after_polls({{12}, {12}, {60, true}, {12}, {12}})),
              HasSubstr("stated are at most 20."));
}

TEST(ExcessText, SaysNothingOfFewRequestsOrOfAnUnknownCost) {
  const auto five = after_polls({{10}, {10}, {10}, {10}, {10}});
  EXPECT_EQ(excess_text(cost_of(trigger(R"({"cost": {"idle_requests": 1}})"), 300'000), five), "");
  const auto many = after_polls({{500}, {500}, {500}, {500}, {500}});
  EXPECT_EQ(excess_text(cost_of(closed_trigger, 300'000), many), "");
  EXPECT_EQ(excess_text(cost_of(trigger("{}"), 300'000), many), "");
}

TEST(ExcessText, ExpectsEverythingToBeReadWhereThePollsAreFarApart) {
  const auto definition = trigger(R"({"cost": {"idle_requests": 1, "full_requests": 30}})");
  const auto use = after_polls({{31}, {31}, {31}, {31}, {31}});
  EXPECT_NE(excess_text(cost_of(definition, 300'000), use), "");
  EXPECT_EQ(excess_text(cost_of(definition, 21'600'000), use), "");
}

TEST(NeedsAcceptance, IsTrueAboveTenThousandRequestsADay) {
  const auto costly = [](const char *idle, std::int64_t interval_s) {
    const std::string cost = R"({"cost": {"idle_requests": )" + std::string(idle) + "}}";
    return needs_acceptance(cost_of(trigger(cost.c_str()), interval_s * 1000));
  };
  EXPECT_FALSE(costly("34", 300));
  EXPECT_TRUE(costly("35", 300));
  EXPECT_TRUE(costly("7", 60));
  EXPECT_FALSE(costly("35", 600));
  EXPECT_TRUE(costly(R"({"requests": 1, "more": [{"counts": "rows", "each": "row"}]})", 300));
  EXPECT_FALSE(
      costly(R"({"requests": 1, "more": [{"counts": "rows", "every": 95, "of": "rows"}]})", 300));
  EXPECT_FALSE(needs_acceptance(cost_of(trigger("{}"), 60'000)));
}

}  // namespace
}  // namespace host
