// Actions, what is looked up after one whose effect is unknown, and the lookups themselves.
#include "control/acting.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "control/duplicate_check.hpp"
#include "control/lookup.hpp"
#include "session_fixture.hpp"

namespace host::test {
namespace {

using testing::HasSubstr;
namespace json = boost::json;

class Acting : public SessionFixture {
 protected:
  ActionResult get(const std::string &key = {}) {
    return run_action(session, connection,
                      {.action = "thing.get", .input = {{"id", 1}}, .key = key});
  }
  ActionResult add_shelf(const std::string &key = {}) {
    return run_action(
        session, connection,
        {.action = "shelf.add", .input = {{"box_id", 3}, {"name", "Upper"}}, .key = key});
  }
  ActionResult add_box() {
    return run_action(session, connection,
                      {.action = "box.add", .input = {{"name", "Big"}}, .key = "k"});
  }
  static LookupCall asked(const std::string &lookup, bool fresh = false) {
    return {.lookup = lookup, .input = {}, .search = {}, .page = {}, .fresh = fresh};
  }
  // The label of the only box.
  std::string box(bool fresh = false) {
    const LookupPage page = look_up(session, connection, asked("boxes", fresh));
    return std::string(page.items.at(0).at("label").as_string());
  }
  static OperationOutcome box_called(const std::string &label) {
    return succeeded(R"({"items":[{"value":1,"label":")" + label + R"("}]})");
  }
  static json::object check_in(const Failure &failure) {
    const json::value *check = failure.more.if_contains("duplicate_check");
    return check == nullptr ? json::object() : check->as_object();
  }

  ConnectionRecord connection = connect();
};

TEST_F(Acting, AnActionThatOnlyReadsNeedsNoKeyAndIsRunEachTime) {
  operations.outcomes = {succeeded(R"({"id":1})"), succeeded(R"({"id":2})")};
  EXPECT_EQ(get().output, (json::value{{"id", 1}}));
  const ActionResult second = get();
  EXPECT_EQ(second.output, (json::value{{"id", 2}}));
  EXPECT_TRUE(second.key.empty());
  EXPECT_FALSE(second.replayed);
  EXPECT_EQ(second.requests, 1u);
}

TEST_F(Acting, AnActionIsRunOnceUnderItsKey) {
  operations.outcomes = {succeeded(R"({"id":1})")};
  EXPECT_FALSE(add_shelf("k1").replayed);
  const ActionResult again = add_shelf("k1");
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.output, (json::value{{"id", 1}}));
  EXPECT_EQ(again.requests, 0u);
  ASSERT_EQ(operations.ran.size(), 1u);
  EXPECT_EQ(operations.ran[0].id, "shelf.add");
  EXPECT_EQ(operations.ran[0].input, (json::value{{"box_id", 3}, {"name", "Upper"}}));
}

TEST_F(Acting, NotesAboutTheOutputComeWithIt) {
  OperationOutcome noted = succeeded(R"({"id":1})");
  noted.notes = {"/name was left out."};
  operations.outcomes = {noted, noted};
  EXPECT_EQ(get().notes, noted.notes);
  EXPECT_EQ(add_shelf("k1").notes, noted.notes);
  EXPECT_TRUE(add_shelf("k1").notes.empty()) << "a stored result has none";
}

TEST_F(Acting, AnActionThatOnlyReadsIsRunOnceUnderAKeyThatIsGiven) {
  operations.outcomes = {succeeded(R"({"id":1})")};
  get("k1");
  EXPECT_TRUE(get("k1").replayed);
}

TEST_F(Acting, AnActionWithoutAKeyGetsANewOneEachTime) {
  operations.outcomes = {succeeded("{}"), succeeded("{}")};
  const std::string first = add_shelf().key;
  EXPECT_THAT(first, testing::StartsWith("key_"));
  EXPECT_NE(add_shelf().key, first);
  EXPECT_EQ(operations.ran.size(), 2u);
}

TEST_F(Acting, AnInputThatDoesNotFitIsRefusedAndItsKeyStaysFree) {
  const Failure failure = refused([&] {
    run_action(session, connection, {.action = "shelf.add", .input = {{"box_id", 0}}, .key = "k1"});
  });
  EXPECT_EQ(failure.error.error_class, ErrorClass::invalid_input);
  EXPECT_THAT(failure.error.details, HasSubstr("/box_id"));
  EXPECT_TRUE(operations.ran.empty());
  operations.outcomes = {succeeded("{}")};
  EXPECT_FALSE(add_shelf("k1").replayed);
}

TEST_F(Acting, AnUnknownActionIsRefusedWithTheNearestName) {
  const Failure failure = refused(
      [&] { run_action(session, connection, {.action = "shelf.ad", .input = {}, .key = {}}); });
  EXPECT_EQ(failure.kind, Failure::Kind::unknown);
  EXPECT_THAT(failure.error.advice, HasSubstr("shelf.add"));
}

TEST_F(Acting, AFailureOfTheServiceIsThrownAsItIs) {
  operations.outcomes = {failed(ErrorClass::not_found, "There is no such box.")};
  const Failure failure = refused([&] { add_shelf(); });
  EXPECT_EQ(failure.error.error_class, ErrorClass::not_found);
  EXPECT_EQ(failure.error.message, "There is no such box.");
  EXPECT_TRUE(check_in(failure).empty()) << "nothing was done, and nothing is looked for";
}

TEST_F(Acting, APreviewShowsTheRequestAndSendsNothing) {
  const ActionPreview preview = preview_action(
      session, connection,
      {.action = "shelf.add", .input = {{"box_id", 3}, {"name", "Upper"}}, .key = {}});
  EXPECT_TRUE(preview.sends);
  EXPECT_EQ(preview.value.at("method"), "POST");
  EXPECT_EQ(preview.value.at("body"), (json::value{{"box_id", 3}, {"name", "Upper"}}));
  EXPECT_TRUE(operations.ran.empty());
}

// ---- nobody knows whether it took effect

TEST_F(Acting, AfterAnUnknownOutcomeWhatItShouldHaveMadeIsLookedFor) {
  operations.outcomes = {
      failed(ErrorClass::unknown_outcome),
      succeeded(R"({"items":[{"value":7,"label":"Upper"},{"value":8,"label":"Lower"}]})")};
  const Failure failure = refused([&] { add_shelf("k1"); });
  EXPECT_EQ(failure.error.error_class, ErrorClass::unknown_outcome);
  EXPECT_EQ(failure.more.at("idempotency_key"), "k1");
  const json::object check = check_in(failure);
  EXPECT_EQ(check.at("outcome"), "there");
  EXPECT_EQ(check.at("found"), json::parse(R"([{"value":7,"label":"Upper"}])"));
  EXPECT_THAT(failure.error.advice, HasSubstr("Upper"));
  ASSERT_EQ(operations.ran.size(), 2u);
  EXPECT_EQ(operations.ran[1].kind, OperationKind::lookup);
  EXPECT_EQ(operations.ran[1].id, "shelves");
  EXPECT_EQ(operations.ran[1].input, json::parse(R"({"input":{"box_id":3}})"))
      << "of the action's input, what the lookup depends on";
}

TEST_F(Acting, AnUnknownOutcomeIsReadToTheLastPageOfTheLookup) {
  operations.outcomes = {failed(ErrorClass::unknown_outcome),
                         succeeded(R"({"items":[{"value":8,"label":"Lower"}],"next":"p2"})"),
                         succeeded(R"({"items":[{"value":7,"label":"Upper"}]})")};
  EXPECT_EQ(check_in(refused([&] { add_shelf("k1"); })).at("outcome"), "there");
  EXPECT_EQ(operations.ran[2].input.at("page"), "p2");
}

TEST_F(Acting, WhatIsNotFoundProvesNothing) {
  operations.outcomes = {failed(ErrorClass::unknown_outcome), succeeded(R"({"items":[]})")};
  const Failure failure = refused([&] { add_shelf("k1"); });
  EXPECT_EQ(check_in(failure).at("outcome"), "not_there");
  EXPECT_EQ(check_in(failure).at("looked"), true);
  EXPECT_THAT(failure.error.advice, HasSubstr("may take effect twice"));
}

TEST_F(Acting, AMatchThatMayBeOlderLeavesTheOutcomeUnknown) {
  operations.outcomes = {failed(ErrorClass::unknown_outcome),
                         succeeded(R"({"items":[{"value":7,"label":"Big"}]})")};
  const json::object check = check_in(refused([&] { add_box(); }));
  EXPECT_EQ(check.at("outcome"), "unknown");
  EXPECT_EQ(check.at("found").as_array().size(), 1u);
}

TEST_F(Acting, ALookupThatFailsLeavesTheOutcomeUnknown) {
  operations.outcomes = {failed(ErrorClass::unknown_outcome), failed(ErrorClass::unavailable)};
  const Failure failure = refused([&] { add_shelf("k1"); });
  EXPECT_EQ(failure.error.error_class, ErrorClass::unknown_outcome);
  EXPECT_EQ(check_in(failure).at("outcome"), "unknown");
  EXPECT_EQ(check_in(failure).at("looked"), false);
}

TEST_F(Acting, AnActionThatFailedAfterItActedIsLookedForToo) {
  OperationOutcome half = failed(ErrorClass::unavailable);
  half.error.acted = true;
  operations.outcomes = {half, succeeded(R"({"items":[]})")};
  EXPECT_EQ(check_in(refused([&] { add_shelf("k1"); })).at("outcome"), "not_there");
}

TEST_F(Acting, AKeyWhoseOutcomeIsUnknownIsNotRunAgain) {
  operations.outcomes = {failed(ErrorClass::unknown_outcome), succeeded(R"({"items":[]})"),
                         succeeded(R"({"items":[]})")};
  refused([&] { add_shelf("k1"); });
  EXPECT_EQ(refused([&] { add_shelf("k1"); }).error.error_class, ErrorClass::unknown_outcome);
  for (std::size_t i = 1; i < operations.ran.size(); ++i)
    EXPECT_EQ(operations.ran[i].kind, OperationKind::lookup);
}

TEST_F(Acting, AnInterruptedActionHasAnUnknownOutcomeAndNamesItsKey) {
  operations.interrupted = true;
  const Failure failure = refused([&] { add_shelf("k1"); });
  EXPECT_EQ(failure.error.error_class, ErrorClass::unknown_outcome);
  EXPECT_EQ(failure.more.at("idempotency_key"), "k1");
}

TEST_F(Acting, AnInterruptedReadingIsJustInterrupted) {
  operations.interrupted = true;
  EXPECT_THROW(get(), Interrupted);
}

TEST(DuplicateText, SaysWhatWasFoundAndWhatToDo) {
  DuplicateCheck check;
  check.place = "shelves";
  check.title = "Shelves";
  EXPECT_THAT(duplicate_text(check), HasSubstr("It is unknown whether"));
  EXPECT_EQ(name(check.outcome), "unknown");
  check.outcome = DuplicateCheck::Outcome::not_there;
  EXPECT_THAT(duplicate_text(check), HasSubstr("Not found under \"Shelves\""));
  EXPECT_EQ(name(check.outcome), "not_there");
}

TEST(DuplicateAge, IsKnownOnlyWhereTheTimeIsAnInstant) {
  constexpr std::int64_t called = 1'772'355'600'400;  // 2026-03-01T09:00:00.4Z
  EXPECT_EQ(age_of("2026-03-01T09:00:00+00:00", called), Age::newer);
  EXPECT_EQ(age_of("2026-03-01 12:00:03.000000+03:00", called), Age::newer);
  EXPECT_EQ(age_of("2026-03-01T08:59:59Z", called), Age::unknown);
  EXPECT_EQ(age_of("2026-03-01T08:40:00Z", called), Age::older);
  EXPECT_EQ(age_of("2026-03-01T09:00Z", called), Age::unknown);
  for (const char *stamp : {"2026-03-01 09:00:00", "2026-03-01 23:00:00", "2026-02-28 21:00:00",
                            "2026-03-01 09:00", "2026-03-01", "", "soon"})
    EXPECT_EQ(age_of(stamp, called), Age::unknown) << stamp;
  EXPECT_EQ(age_of("2026-02-28 20:00:00", called), Age::older);
  EXPECT_EQ(age_of("2026-01-10 09:00", called), Age::older);
}

// ---- lookups

TEST_F(Acting, ALookupGivesItsChoicesAndTheNextPage) {
  operations.outcomes = {succeeded(R"({"items":[{"value":1,"label":"Big"}],"next":"p2"})")};
  const LookupPage page =
      look_up(session, connection, {.lookup = "boxes", .input = {}, .search = "bi", .page = "p1"});
  EXPECT_EQ(page.items, json::parse(R"([{"value":1,"label":"Big"}])").as_array());
  EXPECT_EQ(page.next, "p2");
  EXPECT_EQ(operations.ran.at(0).input, json::parse(R"({"input":{},"search":"bi","page":"p1"})"));
}

TEST_F(Acting, ALookupWithoutWhatItDependsOnIsRefused) {
  const Failure failure = refused([&] { look_up(session, connection, asked("shelves")); });
  EXPECT_EQ(failure.error.error_class, ErrorClass::invalid_input);
  EXPECT_THAT(failure.error.details, HasSubstr("/box_id"));
  EXPECT_TRUE(operations.ran.empty());
}

TEST_F(Acting, AnUnknownLookupIsRefusedWithTheNearestName) {
  const Failure failure = refused([&] { look_up(session, connection, asked("boxs")); });
  EXPECT_EQ(failure.kind, Failure::Kind::unknown);
  EXPECT_THAT(failure.error.advice, HasSubstr("boxes"));
}

// ---- choices that are kept (the manifest says 60 s for boxes, and nothing for shelves)

TEST_F(Acting, ChoicesAreKeptForTheSecondsThatTheManifestSays) {
  operations.outcomes = {box_called("Old"), box_called("New")};
  EXPECT_EQ(box(), "Old");
  now += std::chrono::seconds(59);
  EXPECT_EQ(box(), "Old");
  EXPECT_EQ(look_up(session, connection, asked("boxes")).age, std::chrono::seconds(59));
  EXPECT_EQ(operations.ran.size(), 1u);
  now += std::chrono::seconds(1);
  EXPECT_EQ(box(), "New");
  EXPECT_EQ(operations.ran.size(), 2u);
}

TEST_F(Acting, ChoicesWithoutALifetimeAreAskedForEachTime) {
  operations.outcomes = {box_called("Old"), box_called("New")};
  LookupCall shelves = asked("shelves");
  shelves.input = {{"box_id", 3}};
  look_up(session, connection, shelves);
  EXPECT_FALSE(look_up(session, connection, shelves).age.has_value());
  EXPECT_EQ(operations.ran.size(), 2u);
}

TEST_F(Acting, ChoicesOfAnotherSearchPageOrConnectionAreOthers) {
  operations.outcomes = {box_called("a"), box_called("b"), box_called("c"), box_called("d")};
  EXPECT_EQ(box(), "a");
  LookupCall call = asked("boxes");
  call.search = "b";
  look_up(session, connection, call);
  call.page = "p2";
  look_up(session, connection, call);
  look_up(session, connect("con_two", "Joan"), asked("boxes"));
  EXPECT_EQ(operations.ran.size(), 4u);
  EXPECT_EQ(box(), "a");
}

TEST_F(Acting, FreshChoicesAreAskedForAndKeptAndShareNoMomentOldAnswer) {
  operations.outcomes = {box_called("Old"), box_called("New")};
  EXPECT_EQ(box(), "Old");
  EXPECT_TRUE(operations.ran.back().shares_answers);
  EXPECT_EQ(box(true), "New");
  EXPECT_FALSE(operations.ran.back().shares_answers);
  EXPECT_EQ(box(), "New");
  EXPECT_EQ(operations.ran.size(), 2u);
}

TEST_F(Acting, AFailureToLoadChoicesIsNotKept) {
  operations.outcomes = {failed(ErrorClass::unavailable), box_called("Big")};
  EXPECT_EQ(refused([&] { box(); }).error.error_class, ErrorClass::unavailable);
  EXPECT_EQ(box(), "Big");
}

TEST_F(Acting, AnActionThatMayHaveChangedSomethingDropsTheChoicesOfItsConnection) {
  operations.outcomes = {box_called("Old"), box_called("Of another"), succeeded("{}"),
                         box_called("New")};
  const ConnectionRecord other = connect("con_two", "Joan");
  EXPECT_EQ(box(), "Old");
  look_up(session, other, asked("boxes"));
  add_box();
  EXPECT_EQ(box(), "New");
  EXPECT_TRUE(look_up(session, other, asked("boxes")).age.has_value());
}

TEST_F(Acting, AnActionThatFailedDropsThemToo) {
  operations.outcomes = {box_called("Old"), failed(ErrorClass::unavailable), box_called("New")};
  EXPECT_EQ(box(), "Old");
  refused([&] { add_box(); });
  EXPECT_EQ(box(), "New");
}

TEST_F(Acting, AnActionThatOnlyReadsLeavesTheChoices) {
  operations.outcomes = {box_called("Old"), succeeded(R"({"id":1})"), succeeded(R"({"id":1})")};
  EXPECT_EQ(box(), "Old");
  get();
  get("under a key");
  EXPECT_EQ(box(), "Old");
}

TEST_F(Acting, TheCheckAfterAnUnknownOutcomeAsksTheService) {
  operations.outcomes = {box_called("Small"), failed(ErrorClass::unknown_outcome),
                         box_called("Big")};
  EXPECT_EQ(box(), "Small");
  const Failure failure = refused([&] { add_box(); });
  EXPECT_EQ(check_in(failure).at("found").as_array().size(), 1u);
  EXPECT_FALSE(operations.ran.back().shares_answers);
}

TEST_F(Acting, ChoicesOfFormerCredentialsAreNotFound) {
  operations.outcomes = {box_called("Old"), box_called("New")};
  EXPECT_EQ(box(), "Old");
  // As another process saves a sign-in.
  session.store().set_connection_input(
      connection.id,
      seal_input(session.key(), connection.id, {{"api_key", "secret-key-2"}},
                 sealed_endpoints(connection, EndpointSettings())),
      connection.settings);
  connection = session.connection(connection.id);
  EXPECT_EQ(box(), "New");
}

TEST_F(Acting, ChoicesOfAnotherManifestAreNotFound) {
  operations.outcomes = {box_called("Old")};
  EXPECT_EQ(box(), "Old");
  Session same(context);
  EXPECT_TRUE(look_up(same, connection, asked("boxes")).age.has_value());
  std::ofstream(puppet.path() / "puppet.yaml", std::ios::app) << "# another one\n";
  Session later(context);
  // Not kept ones: the plugin is asked, and its library does not belong to this manifest.
  EXPECT_THROW(look_up(later, connection, asked("boxes")), PluginRefused);
}

}  // namespace
}  // namespace host::test
