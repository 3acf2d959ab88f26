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
            R"("change_requests":"1 for every 100 lists","shared":true})");
  EXPECT_EQ(cost_text(cost),
            "288 polls a day, each 2 requests while nothing changes: 576 a day; when something "
            "changed: 1 for "
            "every 100 lists; shared with the account's other triggers");
}

TEST(Cost, MayBeToldInWords) {
  const Cost cost = cost_of(closed_trigger, 600'000);
  EXPECT_EQ(boost::json::serialize(cost_json(cost)),
            R"({"polls_per_day":144,"idle_requests":"one for each list","shared":false})");
  EXPECT_EQ(cost_text(cost), "144 polls a day, each while nothing changes: one for each list");
  EXPECT_EQ(cost_text(cost_of(trigger("{}"), 300'000)), "288 polls a day");
}

}  // namespace
}  // namespace host
