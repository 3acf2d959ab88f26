// Every check both ways, and what decides nothing.
#include "probe/verdict.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "probe_fixture.hpp"

namespace host::test {
namespace {

using Kind = ProbeVerdict::Kind;

ProbeVerdict judged(std::string_view check, ProbeAnswer things,
                    ProbeAnswer more = answer_of("[]")) {
  const cpi::Probe probe = probe_with(check);
  const auto errors = cpi::ErrorRule::compile_list(
      boost::json::parse(R"([{"pointer": "/error_code", "equals": 401, "class": "auth_expired"}])"),
      "/errors");
  return judge(probe, probe.assumptions.front(), answers_of(std::move(things), std::move(more)),
               errors);
}

struct Case {
  std::string_view check;
  std::string_view body;
  Kind kind;
};

TEST(Judge, EachCheckOfRows) {
  constexpr Kind yes = Kind::holds;
  constexpr Kind no = Kind::does_not_hold;
  constexpr Kind open = Kind::could_not_be_checked;
  const Case cases[] = {
      {R"({"descending": "/id"})", R"([{"id": 3}, {"id": 2}, {"id": 2}])", yes},
      {R"({"descending": "/id"})", R"([{"id": 2}, {"id": 3}])", no},
      {R"({"descending": "/id"})", R"([{"id": "10"}, {"id": "9"}])", yes},
      {R"({"descending": "/id"})", R"([{"id": 3}])", open},
      {R"({"descending": "/id"})", R"([{"id": 3}, {"id": 3}])", open},
      {R"({"descending": "/id"})", R"([{"id": 3}, {"id": null}])", open},
      {R"({"descending": "/id"})", R"([{"id": 3}, {"id": "2026-01-01"}])", open},
      {R"({"descending": "/at"})",
       R"([{"at": "2026-03-01T03:10:00+03:00"}, {"at": "2026-02-28T23:40:00Z"}])", yes},
      {R"({"ascending": "/at"})",
       R"([{"at": "2026-03-01 09:00:00"}, {"at": "2026-03-01 09:00:01"}])", yes},
      {R"({"ascending": "/at"})", R"([{"at": "2026-03-02"}, {"at": "2026-03-01"}])", no},
      {R"({"unique": "/email"})", R"([{"email": "a@example.org"}, {"email": "b@example.org"}])",
       yes},
      {R"({"unique": "/email"})", R"([{"email": "a@example.org"}, {"email": "A@example.org"}])",
       no},
      {R"({"unique": "/email"})", R"([{"email": "a@example.org"}, {}])", open},
      {R"({"format": {"at": "/at", "is": ["date"]}})",
       R"([{"at": "2026-03-01"}, {"at": null}, {}])", yes},
      {R"({"format": {"at": "/at", "is": ["date"]}})", R"([{"at": "2026-03-01"}, {"at": "soon"}])",
       no},
      {R"({"format": {"at": "/at", "is": ["date"]}})", R"([{"at": 20260301}])", no},
      {R"({"format": {"at": "/at", "is": ["date"]}})", R"([{"at": null}])", open},
      {R"({"type": {"at": "/id", "is": ["integer"]}})", R"([{"id": 18446744073709551615}])", yes},
      {R"({"type": {"at": "/id", "is": ["integer"]}})", R"([{"id": 1}, {"id": "1"}])", no},
      {R"({"type": {"at": "/id", "is": ["integer"]}})", R"([{}])", open},
      {R"({"present": ["/id", "/name"]})", R"([{"id": 1, "name": ""}])", yes},
      {R"({"present": ["/id", "/name"]})", R"([{"id": 1, "name": "x"}, {"id": 2}])", no},
      {R"({"present": ["/id"]})", R"([{"id": null}])", no},
      {R"({"present": ["/id"]})", "[]", open},
      {R"({"absent": ["/tags"]})", R"([{"id": 1}])", yes},
      {R"({"absent": ["/tags"]})", R"([{"tags": []}, {}])", no},
      {R"({"sum": {"at": "/all", "of": ["/a", "/b"]}})", R"([{"all": 3, "a": "1", "b": 2}])", yes},
      {R"({"sum": {"at": "/all", "of": ["/a", "/b"]}})", R"([{"all": 4, "a": 1, "b": 2}])", no},
      {R"({"sum": {"at": "/all", "of": ["/a", "/b"]}})", R"([{"all": 4, "a": 1}])", open},
      // An object whose names are numbers is a list; null is an empty one.
      {R"({"descending": "/id"})", R"({"0": {"id": 3}, "2": {"id": 2}})", yes},
      {R"({"descending": "/id"})", "null", open},
      {R"({"descending": "/id"})", R"({"list": []})", open},
      {R"({"present": ["/id"]})", R"({"error_code": 401})", open},
      {R"({"present": ["/id"]})", "<html>", open},
      // Types count: true is not "true".
      {R"({"value": {"at": "/ok", "is": [true]}})", R"([{"ok": true}])", yes},
      {R"({"value": {"at": "/ok", "is": [true]}})", R"([{"ok": "true"}])", no},
      {R"({"value": {"at": "/ok", "is": [0, "0"]}})", R"([{"ok": 0}, {"ok": "0"}])", yes},
      {R"({"value": {"at": "/ok", "is": [true]}})", R"([{"ok": true}, {}])", no},
      {R"({"value": {"at": "/ok", "is": [true]}})", "[]", open},
      {R"({"has": {"at": "/email", "is": ["a@example.org"]}})",
       R"([{}, {"email": "A@example.org"}])", yes},
      {R"({"has": {"at": "/email", "is": ["a@example.org", "b@example.org"]}})",
       R"([{"email": "a@example.org"}])", no},
      {R"({"has": {"at": "/email", "is": ["a@example.org"]}})", "[]", no},
      {R"({"has_none": {"at": "/email", "is": ["a@example.org"]}})", "[]", yes},
      {R"({"has_none": {"at": "/email", "is": ["a@example.org"]}})", "null", yes},
      {R"({"has_none": {"at": "/email", "is": ["a@example.org"]}})",
       R"([{"email": "A@EXAMPLE.org"}])", no},
      {R"({"has_none": {"at": "/email", "is": ["a@example.org"]}})", "<html>", open},
      {R"({"has_none": {"at": "/email", "is": ["a@example.org"]}})", R"({"error_code": 401})",
       open},
      {R"({"row_count": 0})", "[]", yes},
      {R"({"row_count": 0})", R"([{}])", no},
      {R"({"row_count": 0})", R"({"message": "x"})", open},
      {R"({"error_members": ["/message"]})", R"({"message": "x"})", no},
      {R"({"past_the_end": [404]})", "[]", yes},
      {R"({"past_the_end": [404]})", "null", yes},
      {R"({"past_the_end": [404]})", R"([{"id": 1}])", no},
      {R"({"past_the_end": [404]})", R"({"message": "x"})", no},
  };
  for (const Case &each : cases) {
    const ProbeVerdict verdict = judged(each.check, answer_of(std::string(each.body)));
    EXPECT_EQ(verdict_name(verdict.kind), verdict_name(each.kind))
        << each.check << " of " << each.body << ": " << verdict.seen;
    EXPECT_FALSE(verdict.seen.empty());
  }
}

std::string things(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += (out.empty() ? "" : ",") + std::string(R"({"id": 1})");
  return '[' + out + ']';
}

TEST(Judge, APageThatIsNotFullDecidesNothingUnlessThereAreMoreRows) {
  const std::string_view check = R"({"page_maximum": {"rows": 3, "next": "more"}})";
  const auto verdict = [&](int rows, int more) {
    return judged(check, answer_of(things(rows)), answer_of(things(more))).kind;
  };
  EXPECT_EQ(verdict(3, 1), Kind::holds);
  EXPECT_EQ(verdict(4, 0), Kind::does_not_hold);
  EXPECT_EQ(verdict(2, 1), Kind::does_not_hold);
  EXPECT_EQ(verdict(2, 0), Kind::could_not_be_checked);
  EXPECT_EQ(verdict(3, 0), Kind::could_not_be_checked);
  EXPECT_EQ(judged(check, answer_of("{}", 422)).kind, Kind::holds);
  EXPECT_EQ(judged(check, answer_of("{}", 403)).kind, Kind::could_not_be_checked);
  EXPECT_EQ(judged(check, answer_of(things(3)), answer_of("{}", 500)).kind,
            Kind::could_not_be_checked);
  EXPECT_EQ(judged(R"({"page_maximum": {"rows": 3}})", answer_of(things(3))).kind,
            Kind::could_not_be_checked);
}

TEST(Judge, ARefusalOrNoAnswerDecidesNothing) {
  for (const std::string_view check :
       {R"({"status": [200]})", R"({"past_the_end": [404]})", R"({"present": ["/id"]})"}) {
    for (const int status : {401, 403, 429, 500, 503}) {
      const ProbeVerdict verdict = judged(check, answer_of("{}", status));
      EXPECT_EQ(verdict.kind, Kind::could_not_be_checked) << check << ' ' << status;
      EXPECT_NE(verdict.seen.find(std::to_string(status)), std::string::npos);
    }
    ProbeAnswer none;
    none.state = ProbeAnswer::State::no_answer;
    none.why = "the service did not answer in time";
    EXPECT_EQ(judged(check, none).seen, none.why);
    EXPECT_EQ(judged(check, none).kind, Kind::could_not_be_checked);
  }
  EXPECT_EQ(judged(R"({"status": [200]})", answer_of("{}", 404)).kind, Kind::does_not_hold);
  EXPECT_EQ(judged(R"({"status": [200]})", answer_of("{}")).kind, Kind::holds);
  EXPECT_EQ(judged(R"({"past_the_end": [404]})", answer_of("{}", 404)).kind, Kind::holds);
  EXPECT_EQ(judged(R"({"past_the_end": [404]})", answer_of("{}", 400)).kind, Kind::does_not_hold);
}

TEST(Judge, TheFutureNeedsTheAnswersDate) {
  const std::string_view check = R"({"not_in_future": "/at"})";
  const std::vector<HttpHeader> date{{"date", "Sun, 01 Mar 2026 09:00:00 GMT"}};
  const auto verdict = [&](std::string body, std::vector<HttpHeader> headers) {
    return judged(check, answer_of(std::move(body), 200, std::move(headers)));
  };
  EXPECT_EQ(verdict(R"([{"at": "2026-03-01 09:00:30"}])", date).kind, Kind::holds);
  EXPECT_EQ(verdict(R"([{"at": "2026-03-01 12:00:00+03:00"}])", date).kind, Kind::holds);
  const ProbeVerdict ahead = verdict(R"([{"at": "2026-03-01 11:59:00"}])", date);
  EXPECT_EQ(ahead.kind, Kind::does_not_hold);
  EXPECT_NE(ahead.seen.find("by up to 3 hours"), std::string::npos) << ahead.seen;
  EXPECT_EQ(verdict(R"([{"at": "2026-03-01 11:59:00"}])", {}).kind, Kind::could_not_be_checked);
  EXPECT_EQ(verdict(R"([{"at": "soon"}])", date).kind, Kind::could_not_be_checked);
}

TEST(Judge, AnErrorHasItsMembers) {
  const std::string_view check = R"({"error_members": ["/message", "/error_code"]})";
  EXPECT_EQ(judged(check, answer_of(R"({"message": "x", "error_code": 5})", 404)).kind,
            Kind::holds);
  EXPECT_EQ(judged(check, answer_of(R"({"message": "x"})", 422)).seen,
            "HTTP 422, without /error_code");
  EXPECT_EQ(judged(check, answer_of("<p>", 404)).kind, Kind::does_not_hold);
  EXPECT_EQ(judged(check, answer_of("{}", 500)).kind, Kind::could_not_be_checked);
}

TEST(Judge, TwoAnswersAreTheSameByStatusMembersTypesAndTruth) {
  const auto verdict = [](ProbeAnswer one, ProbeAnswer other) {
    return judged(R"({"same_as": "more"})", std::move(one), std::move(other)).kind;
  };
  EXPECT_EQ(verdict(answer_of(R"({"ok": true, "id": 1})"), answer_of(R"({"id": 2, "ok": true})")),
            Kind::holds);
  EXPECT_EQ(verdict(answer_of("", 204), answer_of("", 204)), Kind::holds);
  for (const std::string_view other :
       {R"({"ok": false, "id": 1})", R"({"ok": "true", "id": 1})", R"({"ok": true})",
        R"({"ok": true, "id": 1, "x": 1})", "[]", ""})
    EXPECT_EQ(verdict(answer_of(R"({"ok": true, "id": 1})"), answer_of(std::string(other))),
              Kind::does_not_hold)
        << other;
  EXPECT_EQ(verdict(answer_of("{}", 404), answer_of("{}")), Kind::does_not_hold);
  EXPECT_EQ(verdict(answer_of("{}"), answer_of("{}", 403)), Kind::could_not_be_checked);
  EXPECT_EQ(verdict(answer_of("{}"), ProbeAnswer()), Kind::could_not_be_checked);
}

TEST(Judge, TheHeadAlone) {
  EXPECT_EQ(judged(R"({"http_version": "2"})", answer_of("x", 500)).kind, Kind::holds);
  EXPECT_EQ(judged(R"({"http_version": "1.1"})", answer_of("[]")).kind, Kind::does_not_hold);
  ProbeAnswer unknown = answer_of("[]");
  unknown.http_version = 0;
  EXPECT_EQ(judged(R"({"http_version": "2"})", unknown).kind, Kind::could_not_be_checked);
  const std::string_view check = R"({"absent_headers": ["retry-after"]})";
  EXPECT_EQ(judged(check, answer_of("[]")).kind, Kind::holds);
  EXPECT_EQ(judged(check, answer_of("[]", 200, {{"retry-after", "1"}})).kind, Kind::does_not_hold);
}

TEST(Judge, AFullPageIsNoProofThatSomethingIsNowhere) {
  const auto verdict_of = [](std::string_view check, std::size_t rows) {
    const cpi::Probe probe = probe_with(check);
    std::string body;
    for (std::size_t i = 0; i < rows; ++i)
      body += (i == 0 ? "" : ",") + std::string(R"({"email": "b@example.org"})");
    const ProbeAnswers answers = answers_of(answer_of('[' + body + ']'));
    return judge(probe, probe.assumptions.front(), answers, {}).kind;
  };
  constexpr std::string_view none = R"({"has_none": {"at": "/email", "is": ["a@example.org"]}})";
  EXPECT_EQ(verdict_of(none, 999), Kind::holds);
  EXPECT_EQ(verdict_of(none, 1000), Kind::could_not_be_checked);
  constexpr std::string_view there = R"({"has_none": {"at": "/email", "is": ["b@example.org"]}})";
  EXPECT_EQ(verdict_of(there, 1000), Kind::does_not_hold);
  constexpr std::string_view has = R"({"has": {"at": "/email", "is": ["b@example.org"]}})";
  EXPECT_EQ(verdict_of(has, 1000), Kind::holds);
}

}  // namespace
}  // namespace host::test
