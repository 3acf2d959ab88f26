#include "polling/poller.hpp"

#include <future>

#include "../delivery/file_limit.hpp"
#include "poller_fixture.hpp"

namespace host::test {
namespace {

// ---- the first poll

TEST_F(PollerTest, ANewTriggerGetsItsBaselineAtOnce) {
  add("trg_1");
  service.say("trg_1", "done c1");
  start();
  ASSERT_EQ(service.asked.size(), 1u);
  EXPECT_EQ(url(0), "poll/thing.created?mode=1&count=0&cursor=");
  EXPECT_EQ(record("trg_1").state, TriggerState::active);
  EXPECT_EQ(cursor("trg_1"), "c1");
  ASSERT_EQ(reported.size(), 1u);
  EXPECT_TRUE(reported[0].baseline);
  EXPECT_EQ(reported[0].state, TriggerState::active);
}

TEST_F(PollerTest, ABaselineIsCompleteAlsoWhenItsCursorDidNotMove) {
  add("trg_1");
  service.say("trg_1", "done");
  start();
  EXPECT_EQ(record("trg_1").state, TriggerState::active);
}

TEST_F(PollerTest, ATriggerThatStartsWithTheLastFewIsFilledWithThem) {
  add("trg_1", StartMode::last_n, 5);
  start();
  EXPECT_EQ(url(0), "poll/thing.created?mode=3&count=5&cursor=");
}

TEST_F(PollerTest, ATriggerThatStartsWithAllIsFilledWithAll) {
  add("trg_1", StartMode::all);
  start();
  EXPECT_EQ(url(0), "poll/thing.created?mode=3&count=18446744073709551615&cursor=");
}

TEST_F(PollerTest, AnUnfinishedBaselineGoesOnWithItsCursorAndStaysOne) {
  add("trg_1");
  service.say("trg_1", "more c1");
  service.say("trg_1", "more c2");
  service.say("trg_1", "done c3");
  start();
  ASSERT_EQ(service.asked.size(), 3u);
  EXPECT_EQ(url(1), "poll/thing.created?mode=1&count=0&cursor=c1");
  EXPECT_EQ(url(2), "poll/thing.created?mode=1&count=0&cursor=c2");
  EXPECT_EQ(record("trg_1").state, TriggerState::active);
  EXPECT_EQ(reported.size(), 1u) << "all of it is one poll";
}

TEST_F(PollerTest, ABaselineBeyondItsTimeGoesOnASecondLaterSoThatOthersGetTheirTurn) {
  add("trg_1");
  service.say("trg_1", "wait 61000\nmore c1");
  start();
  pass(milliseconds{61'500});
  ASSERT_EQ(service.asked.size(), 1u);
  EXPECT_EQ(record("trg_1").state, TriggerState::initialising);
  ASSERT_EQ(reported.size(), 1u);
  EXPECT_EQ(reported[0].state, TriggerState::initialising);
  pass(milliseconds{500});
  ASSERT_EQ(service.asked.size(), 2u);
  EXPECT_EQ(url(1), "poll/thing.created?mode=1&count=0&cursor=c1");
  EXPECT_EQ(record("trg_1").state, TriggerState::active);
}

TEST_F(PollerTest, ABaselineThatFailsIsBegunAgainAndEmitsNothing) {
  add("trg_1");
  service.say("trg_1", "fail unavailable 0 Away.");
  start();
  EXPECT_EQ(record("trg_1").state, TriggerState::initialising);
  pass(interval);
  ASSERT_GE(service.asked.size(), 2u);
  EXPECT_EQ(url(1), "poll/thing.created?mode=1&count=0&cursor=");
  EXPECT_EQ(record("trg_1").state, TriggerState::active);
  EXPECT_TRUE(keys().empty());
}

TEST_F(PollerTest, ABaselineThatHadFailedAndHasMoreIsNotToldAsActive) {
  add("trg_1");
  service.say("trg_1", "fail unavailable 0 Away.");
  service.say("trg_1", "wait 61000\nmore c1");
  start();
  pass(interval);
  pass(milliseconds{61'100});
  ASSERT_GE(reported.size(), 2u);
  EXPECT_TRUE(reported[1].ok);
  EXPECT_EQ(reported[1].state, TriggerState::initialising);
}

// ---- the schedule

TEST_F(PollerTest, PollsFromStartToStartHoweverLongAPollTakes) {
  add_known("trg_1");
  service.say("trg_1", "wait 100000\ndone");
  start();
  pass(phase() + 2 * interval);
  EXPECT_EQ(service.times("trg_1"),
            (std::vector<milliseconds>{phase(), phase() + interval, phase() + 2 * interval}));
}

TEST_F(PollerTest, AfterARestartEachAccountKeepsItsPlaceInTheInterval) {
  store.add(a_connection_of("con_2"));
  add_known("trg_1");
  add_known("trg_2", "con_2");
  ASSERT_NE(phase("con_1"), phase("con_2"));
  start();
  pass(interval);
  EXPECT_EQ(service.times("trg_1").at(0), phase("con_1"));
  EXPECT_EQ(service.times("trg_2").at(0), phase("con_2"));
}

TEST_F(PollerTest, AfterSleepingForHoursThereIsOneCatchUpPollAndThenTheUsualPace) {
  add_known("trg_1");
  start();
  pass(phase());
  ASSERT_EQ(service.asked.size(), 1u);
  time.pass(3 * hours{1} + seconds{7});
  run_until_quiet();
  ASSERT_EQ(service.asked.size(), 2u);
  pass(interval);
  ASSERT_EQ(service.asked.size(), 3u);
  EXPECT_EQ((service.asked[2].at - phase()) % interval, milliseconds{0}) << "on the account's grid";
}

TEST_F(PollerTest, AfterDowntimeOnePollTellsWhatWasMissed) {
  add_known("trg_1");
  start();
  pass(phase());
  loop.destroy_tasks();
  time.pass(hours{24});
  service.say("trg_1", "events c9 a b\ndone");
  const std::size_t before = service.asked.size();
  start();
  pass(interval);
  EXPECT_EQ(service.asked.size() - before, 1u);
  EXPECT_EQ(url(before), "poll/thing.created?mode=2&count=0&cursor=c0");
  EXPECT_EQ(keys(), (Keys{"a", "b"}));
}

TEST_F(PollerTest, AWallClockThatWasSetBackDelaysNobodyForLongerThanAnHour) {
  const std::int64_t row = add_known("trg_1");
  store.record_failure(row, 1, time.unix_ms, time.unix_ms + 1000, TriggerState::active, "{}");
  time.unix_ms -= milliseconds{hours{24}}.count();
  start();
  pass(hours{1} - seconds{1});
  EXPECT_TRUE(service.asked.empty());
  pass(seconds{2});
  EXPECT_EQ(service.asked.size(), 1u);
}

TEST_F(PollerTest, APollThatStillRunsMakesTheNextOneSkip) {
  add_known("trg_1");
  service.hold("trg_1");
  start();
  pass(phase() + interval);
  EXPECT_EQ(service.asked.size(), 1u);
  EXPECT_EQ(counters.skipped, 1u);
  service.let_go("trg_1");
  pass(interval - seconds{1});
  EXPECT_EQ(service.asked.size(), 1u) << "the one that was skipped is not made up for";
  pass(seconds{1});
  EXPECT_EQ(service.times("trg_1"), (std::vector<milliseconds>{phase(), phase() + 2 * interval}));
}

TEST_F(PollerTest, OneIntervalForAllOverridesTheirOwn) {
  add("trg_1");
  PollOptions options;
  options.interval_override = milliseconds{200};
  start(options);
  pass(milliseconds{1000});
  EXPECT_EQ(service.asked.size(), 6u);
}

TEST_F(PollerTest, ThePollsUnderWayAreBoundedAndOneThatEndsMakesRoomAtOnce) {
  for (const char *id : {"trg_1", "trg_2", "trg_3"}) add(id);
  service.hold("trg_1");
  PollOptions options;
  options.in_flight = 1;
  start(options);
  EXPECT_EQ(service.asked.size(), 1u);
  service.let_go("trg_1");
  run_until_quiet();  // no time goes by
  EXPECT_EQ(service.asked.size(), 3u);
}

TEST_F(PollerTest, NextPollsAreToldInUnixTime) {
  const std::int64_t row = add_known("trg_1");
  start();
  const auto next = poller->next_polls({row, row + 1});
  ASSERT_EQ(next.size(), 1u);
  EXPECT_EQ(next[0].row, row);
  EXPECT_EQ(next[0].at_ms, time.unix_ms + phase().count());
}

TEST_F(PollerTest, TriggersOfOneAccountShareAnswersAndALoneOneDoesNot) {
  store.add(a_connection_of("con_2"));
  add("trg_1");
  add("trg_2");
  add("trg_3", StartMode::now, 0, "con_2");
  start();
  EXPECT_EQ(service.alone, (std::set<std::string>{"trg_3"}));
}

// ---- reload

TEST_F(PollerTest, ReloadPollsANewTriggerAtOnceAndKnownOnesKeepTheirTurn) {
  add_known("trg_1");
  start();
  pass(phase() + seconds{10});
  add("trg_2");
  reload();
  EXPECT_EQ(service.times("trg_1").size(), 1u);
  EXPECT_EQ(service.times("trg_2").size(), 1u);
  pass(interval - seconds{11});
  EXPECT_EQ(service.times("trg_1"), (std::vector<milliseconds>{phase(), phase() + interval}));
}

TEST_F(PollerTest, ReloadForgetsWhatIsGone) {
  add_known("trg_1");
  start();
  store.remove_trigger("trg_1");
  reload();
  EXPECT_EQ(poller->scheduled(), 0u);
  pass(2 * interval);
  EXPECT_TRUE(service.asked.empty());
}

TEST_F(PollerTest, ReloadDoesNotBeginAPollThatIsUnderWayOnceMore) {
  add("trg_1");
  service.hold("trg_1");
  start();
  reload();
  pass(seconds{5});
  EXPECT_EQ(service.asked.size(), 1u);
}

TEST_F(PollerTest, ATriggerOfAnotherWorkersAccountIsLeftAlone) {
  store.add(a_connection_of("con_2"));
  others_account = account_of("con_2");
  add("trg_1");
  add("trg_2", StartMode::now, 0, "con_2");
  start();
  EXPECT_EQ(service.times("trg_1").size(), 1u);
  EXPECT_TRUE(service.times("trg_2").empty());
}

TEST_F(PollerTest, ATriggerPausedSinceTheScheduleWasReadIsNotPolled) {
  const std::int64_t row = add_known("trg_1");
  start();
  store.set_trigger_state(row, TriggerState::paused);
  pass(2 * interval);
  EXPECT_TRUE(service.asked.empty());
}

// ---- events

TEST_F(PollerTest, EventsAndTheirCursorAreStoredTogetherAndTheDeliveryIsWoken) {
  add_known("trg_1");
  service.say("trg_1", "events c1 a b\nevents c2 c\ndone c3");
  start();
  pass(phase());
  EXPECT_EQ(keys(EventState::pending), (Keys{"a", "b", "c"}));
  EXPECT_EQ(cursor("trg_1"), "c3");
  EXPECT_EQ(events_stored, 2);
  EXPECT_EQ(counters.events, 3u);
  ASSERT_EQ(reported.size(), 1u);
  EXPECT_EQ(reported[0].events, 3u);
  const auto events = store.events({});
  EXPECT_EQ(events[0].poll_id, events[2].poll_id) << "of one poll";
  EXPECT_EQ(events[0].dedupe_version, 3) << "the manifest's";
}

TEST_F(PollerTest, TheNextPollGoesOnFromTheStoredCursorUnderAnIdOfItsOwn) {
  add_known("trg_1");
  service.say("trg_1", "events c1 a\ndone");
  service.say("trg_1", "events c2 b\ndone");
  start();
  pass(phase() + interval);
  EXPECT_EQ(url(1), "poll/thing.created?mode=2&count=0&cursor=c1");
  const auto events = store.events({});
  ASSERT_EQ(events.size(), 2u);
  EXPECT_NE(events[0].poll_id, events[1].poll_id);
}

TEST_F(PollerTest, AnIdlePollWithTheUsualRequestsWritesNothingAndSaysNothing) {
  add_known("trg_1");
  start();
  pass(phase() + 3 * interval + seconds{6});
  const std::int64_t before = store.data_version();
  pass(3 * interval);
  EXPECT_EQ(service.asked.size(), 7u);
  EXPECT_EQ(counters.succeeded, 7u);
  EXPECT_EQ(store.data_version(), before);
  EXPECT_TRUE(reported.empty());
}

TEST_F(PollerTest, TheRequestsOfIdlePollsAreStoredWithinSeconds) {
  add_known("trg_1");
  start();
  pass(phase() + seconds{6});
  ASSERT_TRUE(record("trg_1").requests);
  EXPECT_EQ(record("trg_1").requests->last, 1);
  EXPECT_EQ(record("trg_1").requests->polls, 1);
}

TEST_F(PollerTest, TheRequestsOfAPollAreStoredWithItsCursor) {
  add("trg_1");
  service.say("trg_1", "done c1");
  service.say("trg_1", "events c2 a\nmore c3");
  service.say("trg_1", "done c4");
  start();
  EXPECT_EQ(record("trg_1").requests, RequestCounts{.last = 1});
  pass(milliseconds{interval});
  const auto counts = record("trg_1").requests;
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->last, 2) << "of both its operations";
  EXPECT_EQ(counts->polls, 1);
}

TEST_F(PollerTest, TheRequestsAreCountedOnAfterARestart) {
  const std::int64_t row = add_known("trg_1");
  store.set_requests(std::vector<TriggerRequests>{{row, {.requests = 9, .polls = 3, .last = 3}}});
  start();
  pass(phase());
  poller->store_requests();
  run_until_quiet();
  EXPECT_EQ(record("trg_1").requests, (RequestCounts{.requests = 10, .polls = 4, .last = 1}));
}

TEST_F(PollerTest, AnIdlePollIsReportedWhereThatIsAskedFor) {
  add_known("trg_1");
  PollOptions options;
  options.report_idle = true;
  start(options);
  pass(phase());
  EXPECT_EQ(reported.size(), 1u);
}

TEST_F(PollerTest, APollThatHasSomethingToSayIsReported) {
  add_known("trg_1");
  service.say("trg_1", R"(output {"notes":["look"]})");
  start();
  pass(phase());
  EXPECT_EQ(reported.size(), 1u);
}

TEST_F(PollerTest, ARefusedPartIsKeptUntilItAnswersAgain) {
  add_known("trg_1");
  const std::string refused =
      R"(output {"notes":["look"],"refused":[{"name":"Wool","reason":"Disabled."}]})";
  service.say("trg_1", refused);
  start();
  pass(phase());
  const std::string stored = store.trigger("trg_1")->refused;
  EXPECT_NE(stored.find("Wool"), std::string::npos);
  EXPECT_NE(stored.find("Disabled."), std::string::npos);

  service.say("trg_1", R"(output {"notes":["look"],"refused":[{"name":"Wool"}]})");
  pass(interval);
  EXPECT_EQ(store.trigger("trg_1")->refused, stored);  // since when, and why

  pass(interval);  // it answers again
  EXPECT_EQ(store.trigger("trg_1")->refused, "");
  EXPECT_EQ(reported.size(), 3u);  // the end is no idle poll
  pass(interval);
  EXPECT_EQ(reported.size(), 3u);
}

TEST_F(PollerTest, AFloodIsHeld) {
  add_known("trg_1");
  service.say("trg_1", "count c1 101\ndone");
  start();
  pass(phase());
  EXPECT_EQ(keys(EventState::held).size(), 101u);
  EXPECT_TRUE(keys(EventState::pending).empty());
  ASSERT_EQ(reported.size(), 1u);
  EXPECT_EQ(reported[0].held, 101u);
  EXPECT_EQ(counters.held, 101u);
}

TEST_F(PollerTest, AsManyAsTheLimitAreNoFlood) {
  add_known("trg_1");
  service.say("trg_1", "count c1 100\ndone");
  start();
  pass(phase());
  EXPECT_EQ(keys(EventState::pending).size(), 100u);
  EXPECT_EQ(reported.at(0).held, 0u);
}

TEST_F(PollerTest, AFloodInPartsHoldsWhatComesAfterTheLimitAndCountsOnlyThat) {
  add_known("trg_1");
  service.say("trg_1", "count c1 60\ncount c2 60\ndone");
  start();
  pass(phase());
  EXPECT_EQ(keys(EventState::pending).size(), 60u);
  EXPECT_EQ(keys(EventState::held).size(), 60u);
  EXPECT_EQ(reported.at(0).events, 120u);
  EXPECT_EQ(reported.at(0).held, 60u);
}

TEST_F(PollerTest, WhatAPersonAskedForWithTheStartIsNoFlood) {
  add("trg_1", StartMode::all);
  service.say("trg_1", "count c1 150\ndone");
  start();
  EXPECT_EQ(keys(EventState::pending).size(), 150u);
}

// ---- failures

TEST_F(PollerTest, AFailedPollKeepsTheCursorAndIsTriedAgainWithinTheInterval) {
  add_known("trg_1");
  service.say("trg_1", "fail unavailable 0 Away.");
  start();
  pass(phase());
  EXPECT_EQ(record("trg_1").failures, 1);
  EXPECT_EQ(record("trg_1").failing_since, time.unix_ms);
  EXPECT_EQ(record("trg_1").state, TriggerState::active);
  EXPECT_NE(record("trg_1").last_error.find("Away."), std::string::npos);
  EXPECT_EQ(counters.failed, 1u);
  ASSERT_EQ(reported.size(), 1u);
  EXPECT_EQ(reported[0].error, ErrorClass::unavailable);
  pass(interval);
  ASSERT_GE(service.asked.size(), 2u);
  EXPECT_GE(service.asked[1].at - service.asked[0].at, interval / 2);
  EXPECT_EQ(url(1), "poll/thing.created?mode=2&count=0&cursor=c0");
}

TEST_F(PollerTest, FailuresInARowWaitLongerUpToAnHour) {
  add_known("trg_1");
  service.usual = "fail unavailable 0 Away.";
  start();
  pass(hours{8});
  const std::vector<milliseconds> at = service.times("trg_1");
  ASSERT_GE(at.size(), 8u);
  for (std::size_t i = 1; i < at.size(); ++i) {
    const milliseconds most =
        std::min<milliseconds>(interval * (1 << std::min(i - 1, 10ul)), hours{1});
    EXPECT_GE(at[i] - at[i - 1], most / 2) << "between tries " << i << " and " << i + 1;
    EXPECT_LE(at[i] - at[i - 1], most) << "between tries " << i << " and " << i + 1;
  }
  EXPECT_EQ(record("trg_1").state, TriggerState::failing) << "after an hour";
}

TEST_F(PollerTest, ASuccessClearsTheFailures) {
  const std::int64_t row = add_known("trg_1");
  store.record_failure(row, 7, time.unix_ms - 7'200'000, time.unix_ms, TriggerState::failing, "{}");
  start();
  pass(interval);
  EXPECT_EQ(record("trg_1").failures, 0);
  EXPECT_EQ(record("trg_1").state, TriggerState::active);
  EXPECT_TRUE(record("trg_1").last_error.empty());
  ASSERT_GE(reported.size(), 1u) << "a recovery is told, though nothing was found";
  EXPECT_EQ(reported[0].state, TriggerState::active);
}

TEST_F(PollerTest, WhatTheServiceAsksForIsWaited) {
  add_known("trg_1");
  service.say("trg_1", "fail rate_limited 1200000 Slow down.");
  start();
  pass(phase() + minutes{20} - seconds{1});
  EXPECT_EQ(service.asked.size(), 1u);
  pass(seconds{2});
  EXPECT_EQ(service.asked.size(), 2u);
}

TEST_F(PollerTest, AFailureOfOneLeavesTheOthersAlone) {
  add_known("trg_1");
  add_known("trg_2");
  service.say("trg_1", "fail unavailable 0 Away.");
  service.say("trg_2", "events c1 a\ndone");
  start();
  pass(phase());
  EXPECT_EQ(record("trg_2").failures, 0);
  EXPECT_EQ(keys(), (Keys{"a"}));
}

TEST_F(PollerTest, EventsStoredBeforeAFailureStay) {
  add_known("trg_1");
  service.say("trg_1", "events c1 a\nfail unavailable 0 Away.");
  start();
  pass(phase());
  EXPECT_EQ(keys(), (Keys{"a"}));
  EXPECT_EQ(cursor("trg_1"), "c1");
  EXPECT_EQ(record("trg_1").failures, 1);
}

TEST_F(PollerTest, ATriggerThatNeedsASignInIsNotPolledUntilItIsResumed) {
  const std::int64_t row = add_known("trg_1");
  service.say("trg_1", "fail needs_reauth 0 Sign in again.");
  start();
  pass(phase() + 2 * interval);
  EXPECT_EQ(service.asked.size(), 1u);
  EXPECT_EQ(record("trg_1").state, TriggerState::needs_sign_in);
  EXPECT_EQ(reported.at(0).state, TriggerState::needs_sign_in);
  store.set_trigger_state(row, TriggerState::active);
  reload();
  EXPECT_EQ(service.asked.size(), 2u);
}

TEST_F(PollerTest, ALimitationStopsTheTrigger) {
  add_known("trg_1");
  service.say("trg_1", "fail limitation 0 It cannot be watched.");
  start();
  pass(phase() + 2 * interval);
  EXPECT_EQ(record("trg_1").state, TriggerState::stopped);
  EXPECT_EQ(service.asked.size(), 1u);
}

TEST_F(PollerTest, APluginThatIsRefusedIsAFailureAndIsTriedAgain) {
  add_known("trg_1");
  plugin_refused.emplace();
  plugin_refused->plugin = "puppet";
  plugin_refused->found = "no such plugin";
  start();
  pass(phase());
  ASSERT_EQ(reported.size(), 1u);
  EXPECT_EQ(reported[0].error, ErrorClass::plugin_fault);
  plugin_refused.reset();
  pass(interval);
  EXPECT_GE(service.asked.size(), 1u);
  EXPECT_EQ(record("trg_1").failures, 0);
}

TEST_F(PollerTest, ATriggerThatTheConnectorNoLongerHasIsAFailureThatSaysWhatToDo) {
  TriggerRecord trigger = a_trigger("trg_1");
  trigger.trigger = "thing.former";
  store.add(trigger);
  start();
  ASSERT_EQ(reported.size(), 1u);
  EXPECT_FALSE(reported[0].ok);
  EXPECT_NE(reported[0].advice.find("Remove this trigger"), std::string::npos);
  EXPECT_TRUE(service.asked.empty());
}

// ---- credentials

TEST_F(PollerTest, APollWhoseCredentialsAreRefusedIsBegunAgainFromTheStoredCursor) {
  add_known("trg_1");
  service.renews = true;
  service.say("trg_1", "events c1 a");  // and the next request of this operation
  service.refuse("trg_1", 401);
  service.say("trg_1", "events c2 b\ndone");
  start();
  pass(phase());
  EXPECT_EQ(service.renewals, 1);
  ASSERT_EQ(service.asked.size(), 3u);
  EXPECT_EQ(url(2), "poll/thing.created?mode=2&count=0&cursor=c1");
  EXPECT_EQ(keys(), (Keys{"a", "b"}));
  EXPECT_EQ(record("trg_1").failures, 0);
  ASSERT_EQ(reported.size(), 1u);
  EXPECT_EQ(reported[0].events, 2u);
  EXPECT_EQ(counters.requests, 3u) << "of both";
}

TEST_F(PollerTest, CredentialsThatAreRefusedTwiceNeedASignIn) {
  add_known("trg_1");
  service.renews = true;
  service.refuse("trg_1", 401);
  service.refuse("trg_1", 401);
  start();
  pass(phase());
  EXPECT_EQ(service.renewals, 1);
  EXPECT_EQ(record("trg_1").state, TriggerState::needs_sign_in);
}

TEST_F(PollerTest, AServiceThatIsOutOfOrderSignsNobodyOut) {
  add_known("trg_1");
  service.refuse("trg_1", 503);
  start();
  pass(phase());
  EXPECT_EQ(record("trg_1").state, TriggerState::active);
}

// ---- what happens in mid-poll

TEST_F(PollerTest, ATriggerEditedInMidPollStoresNothingOfIt) {
  add_known("trg_1");
  service.say("trg_1", "events c1 a\ndone");
  service.hold("trg_1");
  start();
  pass(phase());
  store.set_trigger_input("trg_1", R"({"box_id":2})", "other hash");
  service.let_go("trg_1");
  run_until_quiet();
  EXPECT_TRUE(keys().empty());
  EXPECT_EQ(counters.stale, 1u);
  EXPECT_EQ(counters.succeeded + counters.failed, 0u);
  EXPECT_TRUE(reported.empty());
  EXPECT_EQ(events_stored, 0);
}

TEST_F(PollerTest, ACursorOfATriggerEditedInMidPollIsNotStored) {
  add_known("trg_1");
  service.say("trg_1", "done c1");
  service.hold("trg_1");
  start();
  pass(phase());
  store.set_trigger_input("trg_1", R"({"box_id":2})", "other hash");
  service.let_go("trg_1");
  run_until_quiet();
  EXPECT_EQ(cursor("trg_1"), "");
  EXPECT_EQ(record("trg_1").state, TriggerState::initialising);
  EXPECT_EQ(counters.stale, 1u);
}

TEST_F(PollerTest, ATriggerRemovedInMidPollComesToNothing) {
  add_known("trg_1");
  service.say("trg_1", "events c1 a\ndone");
  service.hold("trg_1");
  start();
  pass(phase());
  store.remove_trigger("trg_1");
  reload();
  service.let_go("trg_1");
  pass(2 * interval);
  EXPECT_TRUE(keys().empty());
  EXPECT_EQ(service.asked.size(), 1u);
}

TEST_F(PollerTest, AStopInMidPollStoresNothingAndTheNextRunFindsItAgain) {
  add_known("trg_1");
  service.say("trg_1", "events c1 a\ndone");
  service.hold("trg_1");
  start();
  pass(phase());
  ASSERT_EQ(service.asked.size(), 1u);
  loop.destroy_tasks();
  poller.reset();
  EXPECT_TRUE(keys().empty());
  service.let_go("trg_1");
  start();
  pass(interval);
  EXPECT_EQ(url(1), "poll/thing.created?mode=2&count=0&cursor=c0");
  EXPECT_EQ(keys(), (Keys{"a"}));
}

TEST_F(PollerTest, AStopWhileTheStoreIsAtWorkLosesNothingOfWhatItWasGiven) {
  add_known("trg_1");
  service.say("trg_1", "events c1 a\ndone");
  service.hold("trg_1");
  start();
  pass(phase());
  std::promise<void> gate;
  committer.write([opened = gate.get_future().share()](Store &) { opened.wait(); });
  service.let_go("trg_1");
  turn();
  loop.destroy_tasks();
  poller.reset();  // its task is gone; the answer of the store is still to come
  gate.set_value();
  run_until_quiet();
  EXPECT_EQ(keys(), (Keys{"a"}));
  EXPECT_EQ(cursor("trg_1"), "c1");
}

// ---- the store

TEST_F(PollerTest, WhileTheStoreIsFullNobodyIsPolledAndThenAllGoesOn) {
  add_known("trg_1");
  store.add(a_connection_of("con_2"));
  add("trg_2", StartMode::now, 0, "con_2");
  service.hold("trg_2");
  start();
  pass(phase() - seconds{1});
  service.say("trg_1", "events c1 a\ndone");
  service.say("trg_1", "events c1 a\ndone");
  {
    const FileLimit full(1);
    pass(seconds{1});
    EXPECT_EQ(service.times("trg_1").size(), 1u);
    EXPECT_EQ(store_errors, (std::vector{StoreError::Kind::full}));
    service.let_go("trg_2");  // its baseline cannot be stored either
    pass(seconds{4});
    EXPECT_EQ(service.times("trg_1").size(), 1u) << "polling rests for five seconds";
  }
  EXPECT_TRUE(keys().empty());
  EXPECT_EQ(record("trg_1").failures, 0) << "that is no failure of the service";
  pass(2 * interval);
  EXPECT_EQ(keys(), (Keys{"a"}));
  EXPECT_EQ(record("trg_2").state, TriggerState::active);
}

TEST_F(PollerTest, ADatabaseThatCannotBeReadIsTriedAgainAfterARest) {
  add_known("trg_1");
  start();
  pass(phase() - seconds{1});
  in_database("ALTER TABLE triggers RENAME TO aside");
  time.pass(seconds{1});
  turn();
  ASSERT_EQ(store_errors, (std::vector{StoreError::Kind::io}));
  time.pass(seconds{4});
  turn();
  EXPECT_EQ(store_errors.size(), 1u) << "polling rests for five seconds";
  in_database("ALTER TABLE aside RENAME TO triggers");
  pass(seconds{2});
  EXPECT_EQ(service.asked.size(), 1u);
}

// ---- once

TEST_F(PollerTest, OncePollsEachTriggerOnceNowAndEnds) {
  for (const char *id : {"trg_1", "trg_2"}) add_known(id);
  add("trg_3");
  PollOptions options;
  options.once = true;
  start(options);
  pass(seconds{1});
  EXPECT_EQ(service.asked.size(), 3u);
  EXPECT_EQ(loop.tasks(), 0u) << "run() has ended";
}

TEST_F(PollerTest, OncePollsAlsoWhatWaitsAfterAFailure) {
  const std::int64_t row = add_known("trg_1");
  store.record_failure(row, 3, time.unix_ms, time.unix_ms + 600'000, TriggerState::active, "{}");
  PollOptions options;
  options.once = true;
  start(options);
  EXPECT_EQ(service.asked.size(), 1u);
}

TEST_F(PollerTest, OnceTriesAFailedPollNoSecondTime) {
  add_known("trg_1");
  service.usual = "fail unavailable 0 Away.";
  PollOptions options;
  options.once = true;
  start(options);
  pass(hours{1});
  EXPECT_EQ(service.asked.size(), 1u);
  EXPECT_EQ(record("trg_1").failures, 1);
  EXPECT_EQ(loop.tasks(), 0u);
}

TEST_F(PollerTest, OnceWaitsForThePollsThatAreUnderWay) {
  add_known("trg_1");
  service.hold("trg_1");
  PollOptions options;
  options.once = true;
  start(options);
  pass(minutes{1});
  EXPECT_EQ(loop.tasks(), 2u) << "run() and the poll";
  service.let_go("trg_1");
  pass(seconds{1});
  EXPECT_EQ(loop.tasks(), 0u);
}

TEST_F(PollerTest, OnceEndsAlsoWhereTheStoreIsFull) {
  add_known("trg_1");
  service.say("trg_1", "events c1 a\ndone");
  PollOptions options;
  options.once = true;
  {
    const FileLimit full(1);
    start(options);
    pass(seconds{10});
  }
  EXPECT_EQ(store_errors.size(), 1u);
  EXPECT_EQ(loop.tasks(), 0u);
  EXPECT_EQ(cursor("trg_1"), "c0");
}

}  // namespace
}  // namespace host::test
