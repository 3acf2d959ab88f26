// How what a person names is found, what an operation of a session does besides, and triggers.
#include "control/session.hpp"

#include <gmock/gmock.h>

#include "control/triggers.hpp"
#include "session_fixture.hpp"

namespace host::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
namespace json = boost::json;

class SessionTest : public SessionFixture {
 protected:
  TriggerRecord add(json::object input = {}, const std::string &start = {}) {
    std::vector<std::string> notes;
    TriggerRequest request = request_for("thing.created", std::move(input));
    request.start = start;
    return add_trigger(session, connection, request, notes);
  }
  static TriggerRequest request_for(std::string trigger, json::object input = {}) {
    TriggerRequest request;
    request.trigger = std::move(trigger);
    request.input = std::move(input);
    return request;
  }
  OperationStart a_lookup() const {
    OperationStart start;
    start.kind = OperationKind::lookup;
    start.id = "boxes";
    start.input = "{}";
    return start;
  }

  ConnectionRecord connection = connect();
};

// ---- names

TEST_F(SessionTest, AConnectionIsFoundByItsIdItsLabelOrTheBeginningOfItsId) {
  connect("con_two", "Joe");
  EXPECT_EQ(session.connection("con_one").id, "con_one");
  EXPECT_EQ(session.connection("Joe").id, "con_two");
  EXPECT_EQ(session.connection("con_t").id, "con_two");
}

TEST_F(SessionTest, TwoConnectionsOfOneLabelAreToldApartByTheirIds) {
  connect("con_two", "Jane");
  const Failure failure = refused([&] { session.connection("Jane"); });
  EXPECT_EQ(failure.kind, Failure::Kind::wrong_call);
  EXPECT_THAT(failure.error.message, HasSubstr("con_one, con_two"));
}

TEST_F(SessionTest, ABeginningThatTwoIdsHaveNamesNeither) {
  connect("con_only", "Joe");
  EXPECT_EQ(refused([&] { session.connection("con_on"); }).kind, Failure::Kind::wrong_call);
}

TEST_F(SessionTest, ThePrefixOfAllIdsNamesNothing) {
  EXPECT_EQ(refused([&] { session.connection("con_"); }).kind, Failure::Kind::unknown);
}

TEST_F(SessionTest, AnUnknownConnectionIsRefusedWithTheNearestName) {
  const Failure failure = refused([&] { session.connection("Jone"); });
  EXPECT_EQ(failure.kind, Failure::Kind::unknown);
  EXPECT_EQ(failure.sought, "connection");
  EXPECT_THAT(failure.error.advice, HasSubstr("Jane"));
}

TEST_F(SessionTest, ATriggerIsFoundByTheBeginningOfItsId) {
  const TriggerRecord trigger = add();
  EXPECT_EQ(session.trigger(trigger.id.substr(0, 10)).id, trigger.id);
  EXPECT_EQ(refused([&] { session.trigger("trg_none"); }).sought, "trigger");
}

TEST_F(SessionTest, AnUnknownPluginIsRefusedWithTheNearestName) {
  const Failure failure = refused([&] { session.catalogue().files("pupet"); });
  EXPECT_EQ(failure.kind, Failure::Kind::unknown);
  EXPECT_THAT(failure.error.advice, HasSubstr("puppet"));
}

TEST_F(SessionTest, APluginThatWasFoundBrokenIsRefusedWithItsReason) {
  std::ofstream(puppet.path() / "broken.yaml") << "id: broken\n";
  const Failure failure = refused([&] { session.catalogue().files("broken"); });
  EXPECT_EQ(failure.kind, Failure::Kind::unusable);
  EXPECT_EQ(failure.error.error_class, ErrorClass::plugin_fault);
  EXPECT_THAT(failure.error.message, HasSubstr("broken"));
}

// ---- operations

TEST_F(SessionTest, AnOperationGivesItsOutcome) {
  operations.outcomes = {succeeded(R"({"items":[]})")};
  EXPECT_EQ(session.run(connection, a_lookup()).output, R"({"items":[]})");
  EXPECT_EQ(operations.ran.at(0).connection, "con_one");
}

TEST_F(SessionTest, AnOperationThatFailsIsThrown) {
  operations.outcomes = {failed(ErrorClass::unavailable, "It is away.")};
  EXPECT_EQ(refused([&] { session.run(connection, a_lookup()); }).error.message, "It is away.");
}

TEST_F(SessionTest, TheSecretsOfAnOperationsConnectionAreBlackedOutFromThenOn) {
  EXPECT_THAT(redactor.redact("a secret-key-1 b"), HasSubstr("secret-key-1"));
  operations.outcomes = {succeeded("{}")};
  session.run(connection, a_lookup());
  EXPECT_THAT(redactor.redact("a secret-key-1 b"), testing::Not(HasSubstr("secret-key-1")));
}

TEST_F(SessionTest, ADryRunShowsTheFirstRequestAndRunsNothing) {
  const OperationOutcome outcome = session.dry_run(connection, a_lookup());
  EXPECT_EQ(outcome.kind, OperationOutcome::Kind::dry_run);
  EXPECT_THAT(outcome.output, HasSubstr("https://api.sendpulse.com/lookup/boxes"));
  EXPECT_THAT(operations.ran, IsEmpty());
}

// ---- adding a trigger

TEST_F(SessionTest, ATriggerIsAddedAsTheManifestSaysWhereNothingElseIsAskedFor) {
  const TriggerRecord trigger = session.trigger(add({{"box_id", 3}}).id);
  EXPECT_EQ(trigger.connection_id, "con_one");
  EXPECT_EQ(trigger.plugin, "puppet");
  EXPECT_EQ(trigger.input, R"({"box_id":3})");
  EXPECT_EQ(trigger.interval_ms, 300'000);
  EXPECT_EQ(trigger.start, StartMode::now);
  EXPECT_EQ(trigger.state, TriggerState::initialising);
}

TEST_F(SessionTest, ATriggerMayStartWithTheLastFew) {
  const TriggerRecord trigger = session.trigger(add({}, "last:5").id);
  EXPECT_EQ(trigger.start, StartMode::last_n);
  EXPECT_EQ(trigger.start_count, 5u);
}

TEST_F(SessionTest, ATriggersInputIsCheckedBeforeItIsAdded) {
  EXPECT_THAT(refused([&] { add({{"box_id", "three"}}); }).error.details, HasSubstr("/box_id"));
  EXPECT_THAT(session.store().triggers(), IsEmpty());
}

TEST_F(SessionTest, TheSameTwiceIsAddedWithANote) {
  const std::string first = add({{"box_id", 3}}).id;
  std::vector<std::string> notes;
  add_trigger(session, connection, request_for("thing.created", {{"box_id", 3}}), notes);
  ASSERT_THAT(notes, SizeIs(1));
  EXPECT_THAT(notes[0], HasSubstr(first));
  notes.clear();
  add_trigger(session, connection, request_for("thing.created", {{"box_id", 4}}), notes);
  EXPECT_THAT(notes, IsEmpty());
}

TEST_F(SessionTest, ACostlyTriggerIsAddedOnlyWhenItsCostIsAccepted) {
  std::vector<std::string> notes;
  TriggerRequest request = request_for("thing.viewed");
  const Failure failure = refused([&] { add_trigger(session, connection, request, notes); });
  EXPECT_THAT(failure.error.message, HasSubstr("needs many requests: 40 requests a poll when "
                                               "nothing changed: 11520 a day"));
  EXPECT_THAT(failure.error.message, HasSubstr("More than 10000 a day"));
  EXPECT_EQ(failure.more.at("accept_cost"), true);
  EXPECT_THAT(session.store().triggers(), IsEmpty());
  request.accept_cost = true;
  add_trigger(session, connection, request, notes);
  EXPECT_THAT(session.store().triggers(), SizeIs(1));
}

TEST_F(SessionTest, ACostlyTriggerWithALongerIntervalNeedsNoAcceptance) {
  std::vector<std::string> notes;
  TriggerRequest request = request_for("thing.viewed");
  request.interval_s = 600;
  EXPECT_EQ(add_trigger(session, connection, request, notes).interval_ms, 600'000);
}

TEST_F(SessionTest, AnEditThatMakesATriggerCostlyIsMadeOnlyWhenItsCostIsAccepted) {
  std::vector<std::string> notes;
  TriggerRequest request = request_for("thing.viewed");
  request.interval_s = 600;
  const TriggerRecord cheap = add_trigger(session, connection, request, notes);
  EXPECT_EQ(
      refused([&] { edit_trigger(session, cheap, std::nullopt, 300); }).more.at("accept_cost"),
      true);
  EXPECT_EQ(session.trigger(cheap.id).interval_ms, 600'000);
  const TriggerRecord costly = edit_trigger(session, cheap, std::nullopt, 300, true);
  EXPECT_EQ(costly.interval_ms, 300'000);
  EXPECT_EQ(edit_trigger(session, costly, std::nullopt, 120).interval_ms, 120'000)
      << "it was costly before, and that was accepted";
}

TEST_F(SessionTest, APaceBelowTheTriggersLeastIsRefused) {
  std::vector<std::string> notes;
  TriggerRequest request = request_for("thing.created");
  request.interval_s = 59;
  refused([&] { add_trigger(session, connection, request, notes); });
  request.interval_s = 60;
  EXPECT_EQ(add_trigger(session, connection, request, notes).interval_ms, 60'000);
}

// ---- editing one

class Editing : public SessionTest {
 protected:
  Editing() {
    PollCommit baseline;
    baseline.trigger_row = trigger.row;
    baseline.config_hash = trigger.config_hash;
    baseline.cursor = {'c'};
    baseline.baseline_done = true;
    EXPECT_EQ(session.store().commit(baseline), CommitResult::stored);
  }
  TriggerRecord trigger = add({{"box_id", 3}});
};

TEST_F(Editing, AnotherInputIsAnotherThingToWatchAndStartsAnew) {
  const TriggerRecord edited =
      edit_trigger(session, session.trigger(trigger.id), json::object{{"box_id", 4}}, std::nullopt);
  EXPECT_EQ(edited.id, trigger.id);
  EXPECT_EQ(edited.input, R"({"box_id":4})");
  EXPECT_NE(edited.config_hash, trigger.config_hash);
  EXPECT_EQ(edited.state, TriggerState::initialising);
}

TEST_F(Editing, TheSameInputChangesNothing) {
  const TriggerRecord edited =
      edit_trigger(session, session.trigger(trigger.id), json::object{{"box_id", 3}}, std::nullopt);
  EXPECT_EQ(edited.state, TriggerState::active);
  EXPECT_EQ(edited.config_hash, trigger.config_hash);
}

TEST_F(Editing, AnotherPaceKeepsWhatWasSeen) {
  const TriggerRecord edited =
      edit_trigger(session, session.trigger(trigger.id), std::nullopt, 600);
  EXPECT_EQ(edited.interval_ms, 600'000);
  EXPECT_EQ(edited.state, TriggerState::active);
}

TEST_F(Editing, TheCostIsToldBeforeAnythingIsChanged) {
  const TriggerRecord before = session.trigger(trigger.id);
  EditPreview preview = preview_edit(session, before, json::object{{"box_id", 4}}, 600, 0);
  EXPECT_EQ(preview.effect, EditEffect::new_baseline);
  EXPECT_THAT(preview.message, HasSubstr("since the last check."));
  preview = preview_edit(session, before, json::object{{"box_id", 4}}, {}, 1'740'800'000'000);
  EXPECT_THAT(preview.message, HasSubstr("since the last check at 2025-03-01T03:33:20.000Z."));
  preview = preview_edit(session, before, json::object{{"box_id", 3}}, 600, 0);
  EXPECT_EQ(preview.effect, EditEffect::none);
  EXPECT_EQ(preview_edit(session, before, {}, 600, 0).effect, EditEffect::none);
  refused([&] { preview_edit(session, before, json::object{{"box_id", 0}}, {}, 0); });
  refused([&] { preview_edit(session, before, {}, 1, 0); });
  EXPECT_EQ(session.trigger(trigger.id).config_hash, before.config_hash);
  EXPECT_EQ(session.trigger(trigger.id).interval_ms, before.interval_ms);
}

TEST_F(Editing, OfTwoChangesBothAreMadeOrNeither) {
  refused([&] {
    edit_trigger(session, session.trigger(trigger.id), json::object{{"box_id", 0}}, 600);
  });
  EXPECT_EQ(session.trigger(trigger.id).interval_ms, 300'000);
}

// ---- looking at what there is

TEST_F(SessionTest, RecentItemsAreShownAsEventsWouldCarryThem) {
  operations.outcomes = {succeeded(R"({"items":[{"id":7},{"id":6}]})")};
  const Samples samples = recent_items(session, connection, "thing.created", {{"box_id", 3}});
  EXPECT_EQ(samples.items, json::parse(R"([{"id":7},{"id":6}])").as_array());
  EXPECT_FALSE(samples.example);
  EXPECT_EQ(operations.ran.at(0).kind, OperationKind::sample);
  EXPECT_EQ(operations.ran.at(0).input, (json::value{{"box_id", 3}}));
}

TEST_F(SessionTest, WhereThereIsNothingTheManifestsExampleIsShownAsSuch) {
  operations.outcomes = {succeeded(R"({"items":[]})")};
  const Samples samples = recent_items(session, connection, "thing.created", {});
  EXPECT_EQ(samples.items, json::parse(R"([{"id":1}])").as_array());
  EXPECT_TRUE(samples.example);
}

}  // namespace
}  // namespace host::test
