// The course of a write probe, in an imaginary service: whatever is lost or refused, what was
// written is removed, or said.
#include "probe/write_probe.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace host::test {
namespace {

using State = CleanupResult::State;

constexpr std::string_view box_manifest =
    R"({"network": {"base_url": "https://api.example.org", "allowed_hosts": ["api.example.org"]},
    "actions": [
      {"id": "add", "effects": {"read_only": false, "destructive": false, "idempotent": true},
       "request": {"method": "POST", "path": "/boxes/{box}/people"}},
      {"id": "remove", "effects": {"read_only": false, "destructive": true, "idempotent": true},
       "request": {"method": "DELETE", "path": "/boxes/{box}/people"}}],
    "probe": {"writes": {"max_requests": 60,
      "place": {"name": "box", "title": "box", "type": "integer", "make": "Make one."},
      "description": ["Adds an address."],
      "before": [{"id": "box-itself", "request": {"method": "GET", "path": "/boxes/{box}"}, "rows": "",
                  "needs": [{"place": "/id", "refusal": "It may be another one."}]},
                 {"id": "empty", "request": {"method": "GET", "path": "/boxes/{box}/people"}, "rows": "",
                  "needs": [{"check": {"row_count": 0}, "empty": true, "refusal": "It is not empty."}]}],
      "steps": [
        {"id": "add", "action": "add", "input": {"box": {"$from": "/box"}}, "undo": "people"},
        {"id": "listed", "request": {"method": "GET", "path": "/boxes/{box}/people"}, "rows": "",
         "until": {"check": {"has": {"at": "/email", "is": ["a@example.org"]}}, "times": 3, "every_ms": 100}},
        {"id": "add-again", "action": "add", "input": {"box": {"$from": "/box"}}, "undo": "people"}],
      "cleanup": [{"id": "people", "description": "Removes it.", "action": "remove", "input": {"box": {"$from": "/box"}},
        "verify": {"request": {"method": "GET", "path": "/boxes/{box}/people"}, "rows": "",
                   "check": {"has_none": {"at": "/email", "is": ["a@example.org"]}}},
        "by_hand": "Remove it."}],
      "assumptions": [
        {"id": "at-once", "description": "It is listed at once.", "of": "listed", "check": {"at_once": true}},
        {"id": "again", "description": "Both are answered alike.", "of": "add-again", "check": {"same_as": "add"}}]}}})";

HttpOutcome answered(std::string body, int status = 200) {
  HttpOutcome out;
  out.responded = true;
  out.response.status = status;
  out.response.http_version = 20;
  out.response.body = std::move(body);
  return out;
}
HttpOutcome lost_answer() {
  HttpOutcome out;
  out.failure.kind = NoResponse::timeout;
  out.failure.maybe_sent = true;
  return out;
}

const std::string somebody = R"([{"email": "A@example.org"}])";

class WriteProbeTest : public testing::Test {
 protected:
  WriteProbeTest() {
    const auto manifest = boost::json::parse(box_manifest).as_object();
    writes = *cpi::ProbeWrites::compile(manifest, cpi::Network::compile(manifest));
    probe.emplace(writes, place, std::span<const cpi::ErrorRule>());
  }

  // The first condition: that the answer is about the box.
  void find_box(WriteProbe::Purpose purpose = WriteProbe::Purpose::writes) {
    probe->start_conditions(purpose);
    ASSERT_TRUE(probe->next_condition());
    probe->condition_answered(answered(R"([{"id": 77}])"));
  }
  void pass_conditions() {
    find_box();
    ASSERT_TRUE(probe->next_condition());
    probe->condition_answered(answered("[]"));
    ASSERT_FALSE(probe->next_condition());
    ASSERT_FALSE(probe->refusal());
    ASSERT_FALSE(probe->next_leftover());
  }
  WriteProbe::Next step(std::string_view id, std::size_t sent = 1) {
    auto next = probe->next_step(sent);
    EXPECT_TRUE(next);
    EXPECT_EQ(next ? next->id : "", id);
    return next.value_or(WriteProbe::Next{});
  }
  // The method of the next request of the clean-up; empty: it has ended.
  std::string cleaning() {
    auto next = probe->next_cleanup();
    waited = next ? next->wait : WriteProbe::Milliseconds(0);
    return next ? next->http.method : std::string();
  }

  boost::json::value place = 77;
  cpi::ProbeWrites writes;
  std::optional<WriteProbe> probe;
  WriteProbe::Milliseconds waited{0};
};

TEST_F(WriteProbeTest, AllWell) {
  pass_conditions();
  EXPECT_FALSE(probe->has_written());
  const WriteProbe::Next add = step("add");
  EXPECT_EQ(add.http.url, "https://api.example.org/boxes/77/people");
  EXPECT_FALSE(add.http.repeatable) << "a write is sent once";
  EXPECT_TRUE(probe->has_written());
  probe->step_answered(answered("{}"), WriteProbe::Milliseconds(1000));
  EXPECT_EQ(step("listed").wait.count(), 0);
  probe->step_answered(answered("[]"), WriteProbe::Milliseconds(1100));
  EXPECT_EQ(step("listed").wait.count(), 100);
  probe->step_answered(answered(somebody), WriteProbe::Milliseconds(1600));
  step("add-again");
  probe->step_answered(answered("{}"), WriteProbe::Milliseconds(1700));
  EXPECT_FALSE(probe->next_step(5));

  EXPECT_EQ(cleaning(), "DELETE");
  probe->cleanup_answered(answered("{}"));
  EXPECT_EQ(cleaning(), "GET");
  probe->cleanup_answered(answered("[]"));
  EXPECT_EQ(cleaning(), "");
  EXPECT_EQ(probe->cleanup().front().state, State::clean);
  EXPECT_TRUE(probe->all_clean());
  const auto verdicts = probe->verdicts();
  EXPECT_EQ(verdict_name(verdicts[0].kind), "does not hold");
  EXPECT_EQ(verdicts[0].seen, "so at read 2, 0.6 s after the write was answered");
  EXPECT_EQ(verdict_name(verdicts[1].kind), "holds") << verdicts[1].seen;
  EXPECT_EQ(probe->exchanges().size(), 8U);
}

TEST_F(WriteProbeTest, ConditionsThatDoNotHoldWriteNothing) {
  const struct {
    HttpOutcome outcome;
    bool undecided;
  } cases[] = {{answered(somebody), false},
               {answered("{}", 500), true},
               {answered("<html>"), true},
               {lost_answer(), true}};
  for (const auto &each : cases) {
    find_box();
    ASSERT_TRUE(probe->next_condition());
    probe->condition_answered(each.outcome);
    EXPECT_FALSE(probe->next_condition());
    ASSERT_TRUE(probe->refusal());
    EXPECT_EQ(probe->refusal()->undecided, each.undecided) << probe->refusal()->seen;
    EXPECT_EQ(probe->next_leftover().has_value(), !each.undecided);
    EXPECT_EQ(cleaning(), "");
    EXPECT_EQ(probe->cleanup().front().state, State::not_needed);
  }
  pass_conditions();
}

TEST_F(WriteProbeTest, AnAnswerAboutAnotherPlaceWritesNothing) {
  const struct {
    std::string_view body;
    bool refused;
    bool undecided;
  } cases[] = {{R"([{"id": 77}])", false, false},
               {R"([{"id": "77"}])", false, false},
               {R"([{"id": 78}])", true, false},
               {R"([{"id": "077"}])", true, false},
               {R"([{"id": null}])", true, false},
               {R"([{"name": "box"}])", true, false},
               {R"([{"id": 77}, {"id": 78}])", true, false},
               {R"([])", true, true},
               {R"({"id": 77})", true, true}};
  for (const auto purpose : {WriteProbe::Purpose::writes, WriteProbe::Purpose::clean_up}) {
    for (const auto &each : cases) {
      probe->start_conditions(purpose);
      ASSERT_TRUE(probe->next_condition());
      probe->condition_answered(answered(std::string(each.body)));
      EXPECT_EQ(probe->refusal().has_value(), each.refused) << each.body;
      if (!each.refused) continue;
      EXPECT_EQ(probe->refusal()->undecided, each.undecided) << each.body;
      if (!each.undecided) {
        EXPECT_EQ(probe->refusal()->sentence, "It may be another one.");
      }
      EXPECT_FALSE(probe->next_condition());
      EXPECT_FALSE(probe->next_leftover());
      EXPECT_EQ(cleaning(), "");
    }
  }
}

TEST_F(WriteProbeTest, WhatAnInterruptedProbeLeftIsToldAndNotTouched) {
  const struct {
    HttpOutcome outcome;
    Leftover::State state;
  } cases[] = {{answered(R"([{"email": "b@acme.com"}, {"email": "A@example.org"}])"),
                Leftover::State::found},
               {answered(R"([{"email": "b@acme.com"}])"), Leftover::State::none},
               {answered("{}", 500), Leftover::State::unknown}};
  for (const auto &each : cases) {
    find_box();
    ASSERT_TRUE(probe->next_condition());
    probe->condition_answered(answered(R"([{"email": "b@acme.com"}])"));
    ASSERT_TRUE(probe->refusal());
    EXPECT_TRUE(probe->refusal()->not_empty);
    const auto next = probe->next_leftover();
    ASSERT_TRUE(next);
    EXPECT_EQ(next->http.method, "GET");
    probe->leftover_answered(each.outcome);
    EXPECT_FALSE(probe->next_leftover());
    ASSERT_EQ(probe->leftovers().size(), 1U);
    EXPECT_EQ(probe->leftovers().front().state, each.state) << probe->leftovers().front().seen;
    EXPECT_EQ(cleaning(), "");
    EXPECT_FALSE(probe->has_written());
  }
}

TEST_F(WriteProbeTest, ACleanUpAloneRemovesWhatWasFoundNow) {
  constexpr auto purpose = WriteProbe::Purpose::clean_up;
  for (const bool found : {true, false}) {
    find_box(purpose);
    EXPECT_FALSE(probe->next_condition()) << "it need not be empty";
    ASSERT_TRUE(probe->next_leftover());
    probe->leftover_answered(answered(somebody));
    find_box(purpose);  // again, before it is done
    EXPECT_FALSE(probe->next_condition());
    EXPECT_FALSE(probe->has_written()) << "not by what was found before";
    ASSERT_TRUE(probe->next_leftover());
    probe->leftover_answered(answered(found ? somebody : "[]"));
    EXPECT_EQ(probe->has_written(), found);
    EXPECT_EQ(cleaning(), found ? "DELETE" : "");
    if (!found) continue;
    probe->cleanup_answered(answered("{}"));
    EXPECT_EQ(cleaning(), "GET");
    probe->cleanup_answered(answered("[]"));
    EXPECT_EQ(cleaning(), "");
    EXPECT_EQ(probe->cleanup().front().state, State::clean);
    probe.emplace(writes, place, std::span<const cpi::ErrorRule>());
  }
}

TEST_F(WriteProbeTest, AnInterruptedWriteIsCleanedUpAndVerifiedTwice) {
  pass_conditions();
  step("add");  // and nothing more is heard of it
  EXPECT_EQ(cleaning(), "DELETE");
  EXPECT_EQ(cleaning(), "DELETE") << "the request was interrupted, too";
  probe->cleanup_answered(answered("{}", 404));
  EXPECT_EQ(cleaning(), "GET");
  probe->cleanup_answered(answered("[]"));
  EXPECT_FALSE(probe->all_clean());
  EXPECT_EQ(cleaning(), "GET");
  EXPECT_EQ(waited, WriteProbe::settling);
  // The write arrives late.
  probe->cleanup_answered(answered(somebody));
  EXPECT_EQ(cleaning(), "DELETE");
  probe->cleanup_answered(answered("{}"));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(cleaning(), "GET");
    probe->cleanup_answered(answered("[]"));
  }
  EXPECT_EQ(cleaning(), "");
  EXPECT_TRUE(probe->all_clean());
}

TEST_F(WriteProbeTest, ACleanUpIsBelievedOnlyByItsVerification) {
  pass_conditions();
  step("add");
  probe->step_answered(answered("{}", 403), WriteProbe::Milliseconds(0));
  for (std::size_t i = 0; i < cpi::ProbeCleanup::most_tries; ++i) {
    EXPECT_EQ(cleaning(), "DELETE");
    EXPECT_EQ(waited > WriteProbe::Milliseconds(0), i > 0);
    probe->cleanup_answered(answered(R"({"result": true})"));
    EXPECT_EQ(cleaning(), "GET");
    probe->cleanup_answered(i % 2 == 0 ? answered(somebody) : lost_answer());
  }
  EXPECT_EQ(cleaning(), "");
  EXPECT_EQ(probe->cleanup().front().state, State::left);
  EXPECT_EQ(probe->cleanup().front().seen,
            "the service did not answer in time; the clean-up was answered with HTTP 200");
}

TEST_F(WriteProbeTest, AListIsNotBelievedCleanWhileEachCleanUpFails) {
  pass_conditions();
  step("add");
  probe->step_answered(answered("{}"), WriteProbe::Milliseconds(0));
  for (std::size_t i = 0; i < cpi::ProbeCleanup::most_tries; ++i) {
    EXPECT_EQ(cleaning(), "DELETE");
    probe->cleanup_answered(answered("{}", 500));
    EXPECT_EQ(cleaning(), "GET");
    probe->cleanup_answered(answered("[]"));
  }
  EXPECT_EQ(cleaning(), "");
  EXPECT_EQ(probe->cleanup().front().state, State::left);
}

TEST_F(WriteProbeTest, TheLimitEndsTheStepsAndLeavesRoomForTheCleanUp) {
  pass_conditions();
  step("add", 36);
  probe->step_answered(answered("{}"), WriteProbe::Milliseconds(0));
  EXPECT_FALSE(probe->next_step(37)) << "60 less 16 for the clean-up and 8 for repetitions";
  EXPECT_EQ(probe->answers().at("listed").why, "the probe had sent as many requests as it may");
  EXPECT_EQ(cleaning(), "DELETE");
}

// A service that loses requests and answers, and is late; the truth is in `people`.
TEST_F(WriteProbeTest, CleanIsNeverSaidOfWhatIsLeft) {
  const std::uint32_t first = std::random_device{}();
  std::size_t left = 0;
  for (std::uint32_t seed = first; seed != first + 500; ++seed) {
    std::mt19937 random(seed);
    const auto chance = [&random](unsigned of) { return random() % of == 0; };
    probe.emplace(writes, place, std::span<const cpi::ErrorRule>());
    pass_conditions();
    bool people = false;
    bool late = false;  // a write that takes effect with the next request but one
    const auto answer_to = [&](const HttpRequest &request) -> HttpOutcome {
      if (std::exchange(late, false)) people = true;
      if (request.method == "GET") {
        if (chance(6)) return chance(2) ? lost_answer() : answered("{}", 500);
        return answered(people ? somebody : "[]");
      }
      if (chance(5)) return answered("{}", 403);
      const bool lost = chance(4);
      if (request.method == "DELETE") {
        if (!lost || chance(2)) people = false;
      } else if (lost && chance(3)) {
        late = true;
      } else if (!lost || chance(2)) {
        people = true;
      }
      return lost ? lost_answer() : answered("{}");
    };
    const std::size_t steps = random() % 6;
    for (std::size_t i = 0; i < steps; ++i) {
      const auto next = probe->next_step(i);
      if (!next) break;
      HttpOutcome outcome = answer_to(next->http);
      if (i + 1 == steps && chance(2)) break;  // interrupted
      probe->step_answered(std::move(outcome), WriteProbe::Milliseconds(0));
    }
    std::size_t requests = 0;
    while (auto next = probe->next_cleanup()) {
      ASSERT_LT(++requests, 20U) << "seed " << seed;
      probe->cleanup_answered(answer_to(next->http));
    }
    if (probe->all_clean()) {
      EXPECT_FALSE(people || late) << "seed " << seed;
    } else {
      ++left;
    }
  }
  EXPECT_GT(left, 0U);
  EXPECT_LT(left, 250U);
}

}  // namespace
}  // namespace host::test
