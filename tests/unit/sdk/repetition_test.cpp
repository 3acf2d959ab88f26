// Which answers an operation never sees, because the request is sent again: through the boundary,
// as a host sees it.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "scripted.hpp"

namespace {

using scripted::Answer;
using scripted::json;
using scripted::manifest;
using scripted::Outcome;
using scripted::Sent;

const std::string &operations() {
  static const std::string text = manifest(R"({
    "errors": [{"status": [409], "class": "conflict"},
               {"pointer": "/error_code", "equals": [77], "class": "rate_limited", "retry_after_s": 1},
               {"pointer": "/error_code", "equals": [78], "class": "rate_limited", "retry_after_s": 60},
               {"pointer": "/error_code", "equals": [401, 403], "class": "auth_expired"},
               {"status": [419], "class": "auth_expired"},
               {"pointer": "/error_code", "equals": 5, "class": "invalid_input"}],
    "actions": [
      {"id": "list.get", "effects": {"read_only": true, "idempotent": true},
       "input": {"type": "object"},
       "request": {"method": "GET", "path": "/lists", "shareable": true}},
      {"id": "campaign.create", "effects": {"read_only": false, "idempotent": false},
       "input": {"type": "object"},
       "request": {"method": "POST", "path": "/campaigns", "body": {"name": "x"}},
       "output": {"type": "object", "required": ["id"]}},
      {"id": "list.all", "effects": {"read_only": true, "idempotent": true},
       "input": {"type": "object"}, "request": {"method": "GET", "path": "/rows"},
       "paging": {"size": {"name": "limit", "value": 2}, "from": {"name": "offset"}}}]
  })");
  return text;
}

Outcome run(std::string_view id, const std::vector<Answer> &answers,
            std::uint32_t host_minor = CPI_ABI_MINOR) {
  return scripted::run(
      operations(), CPI_KIND_ACTION, id, "{}", answers, [](cpi::Connector &) {}, host_minor);
}

const Answer good{.body = R"({"id": 7})"};
const std::string expired = R"({"message": "Unauthorized!", "error_code": 401})";

std::vector<bool> renewals(const Outcome &outcome) {
  std::vector<bool> all;
  for (const Sent &each : outcome.sent) all.push_back(each.renews);
  return all;
}

TEST(Repetition, AsksForRenewedCredentialsUnderAnyStatusAndInAnySpelling) {
  const std::string filler = R"("trace": ")" + std::string(2000, 'x') + '"';
  std::vector<Answer> refusals;
  for (const int status : {200, 201, 400, 403, 404, 422, 500}) {
    refusals.push_back({.status = status, .body = expired});
  }
  for (const std::string &body :
       {std::string(R"({"error_code": "401"})"), "\xEF\xBB\xBF" + expired, "\r\n " + expired,
        "{" + filler + R"(, "error_code": 403})", R"({"error_code": 401, )" + filler + "}"}) {
    refusals.push_back({.body = body});
  }
  refusals.push_back({.status = 419, .body = ""});
  for (const Answer &refusal : refusals) {
    for (const char *id : {"list.get", "campaign.create"}) {
      const Outcome outcome = run(id, {refusal, good});
      EXPECT_TRUE(outcome.done) << refusal.status << refusal.body << outcome.message;
      EXPECT_EQ(renewals(outcome), (std::vector{false, true})) << refusal.body;
      EXPECT_EQ(outcome.sent[0].url, outcome.sent[1].url);
      EXPECT_EQ(outcome.sent[0].body, outcome.sent[1].body);
      EXPECT_EQ(outcome.sent[0].repeatable, outcome.sent[1].repeatable);
    }
  }
}

TEST(Repetition, TakesDataForData) {
  const std::string filler = R"("trace": ")" + std::string(2000, 'x') + '"';
  for (const std::string &body :
       {std::string(R"({"data": {"error_code": 401}})"), std::string(R"([{"error_code": 401}])"),
        R"({"data": [{"error_code": 401}], )" + filler + "}",
        std::string(R"({"message": "error_code"})")}) {
    const Outcome outcome = run("list.get", {{.body = body}});
    EXPECT_TRUE(outcome.done) << body;
  }
}

TEST(Repetition, LeavesOtherRefusalsAndWhatIsNoJsonToTheOperation) {
  for (const Answer &answer : std::vector<Answer>{
           {.status = 400, .body = R"({"error_code": 5, "message": "401"})"},
           {.status = 400, .body = R"({"error_code": 9, "error_code_2": 401})"},
           {.status = 409, .body = R"({"error_code": 401})"},  // the first rule that holds decides
           {.body = R"({"error_code": 401)"},
           {.status = 400, .body = R"({"error_code": "401x"})"},
           {.status = 400, .body = ""}}) {
    const Outcome outcome = run("list.get", {answer});
    EXPECT_FALSE(outcome.done) << answer.body;
    EXPECT_EQ(outcome.sent.size(), 1U);
  }
}

TEST(Repetition, LeavesToTheHostWhatHttpSays) {
  for (const int status : {401, 429, 503}) {
    const Outcome outcome = run("list.get", {{.status = status, .body = expired}});
    EXPECT_EQ(outcome.sent.size(), 1U) << status;
  }
}

TEST(Repetition, GoesOnWhereItWasInTheMiddleOfAList) {
  const Outcome outcome = run("list.all", {{.body = R"([{"id": 1}, {"id": 2}])"},
                                           {.status = 400, .body = expired},
                                           {.body = R"([{"id": 3}])"},
                                           {.body = "[]"}});
  ASSERT_TRUE(outcome.done) << outcome.message;
  EXPECT_EQ(outcome.output,
            json(R"({"items": [{"id": 1}, {"id": 2}, {"id": 3}], "complete": true})"));
  EXPECT_EQ(renewals(outcome), (std::vector{false, false, true, false}));
}

TEST(Repetition, AsksNothingOfAHostThatCannotRenew) {
  const Outcome outcome = run("campaign.create", {{.body = expired}}, 0);
  EXPECT_EQ(outcome.error_class, CPI_CLASS_AUTH_EXPIRED);
  EXPECT_EQ(renewals(outcome), std::vector{false});
}

TEST(Repetition, GivesUpOnCredentialsThatAreRefusedForEver) {
  const Outcome outcome = run("campaign.create", std::vector<Answer>(7, {.body = expired}));
  EXPECT_EQ(outcome.error_class, CPI_CLASS_AUTH_EXPIRED);
  // The host answers for itself when it has no more: then the operation ends at once.
  const Outcome reauthorize =
      run("campaign.create",
          {{.body = expired}, {.body = expired}, {.transport = CPI_TRANSPORT_NO_CREDENTIALS}});
  EXPECT_EQ(reauthorize.error_class, CPI_CLASS_NEEDS_REAUTH);
}

TEST(Repetition, WaitsWhereTooManyRequestsCameAtOnceAndSharesNoAnswerThen) {
  const Answer fast{.status = 400, .body = R"({"error_code": 77})"};
  for (const char *id : {"list.get", "campaign.create"}) {
    const Outcome outcome = run(id, {fast, fast, good});
    ASSERT_TRUE(outcome.done) << outcome.message;
    EXPECT_EQ(outcome.sent[1].after_ms, 1000U);
    EXPECT_EQ(outcome.sent[2].after_ms, 2000U);
    EXPECT_FALSE(outcome.sent[2].shareable);
    EXPECT_EQ(renewals(outcome), (std::vector{false, false, false}));
  }
  const Outcome never = run("campaign.create", {fast, fast, fast, fast});
  EXPECT_EQ(never.error_class, CPI_CLASS_RATE_LIMITED);
  EXPECT_EQ(never.retry_after_ms, 1000U);
}

TEST(Repetition, KeepsNobodyWaitingForLong) {
  const Outcome outcome = run("list.get", {{.status = 400, .body = R"({"error_code": 78})"}});
  EXPECT_EQ(outcome.error_class, CPI_CLASS_RATE_LIMITED);
  EXPECT_EQ(outcome.retry_after_ms, 60'000U);
}

}  // namespace
