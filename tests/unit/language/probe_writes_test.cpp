// Writes of a probe: what is read of them, and that none is accepted which could reach a person,
// touch something else, or not be taken back.
#include "cpi/language/probe_writes.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "json_text.hpp"

namespace cpi::language::test {
namespace {

// One action of each kind, and a probe with the writes.
std::string writing_manifest(std::string_view writes) {
  return R"({"network": {"base_url": "https://api.example.org", "allowed_hosts": ["api.example.org"]},
    "actions": [
      {"id": "add", "effects": {"read_only": false, "destructive": false, "idempotent": true},
       "request": {"method": "POST", "path": "/boxes/{box}/people", "body": {"email": {"$from": "/email"}}}},
      {"id": "invite", "effects": {"read_only": false, "destructive": false, "idempotent": false},
       "request": {"method": "POST", "path": "/boxes/{box}/people", "body": {"email": {"$from": "/email"}, "invite": true}}},
      {"id": "queue", "effects": {"read_only": false, "destructive": false, "idempotent": true, "queued": true},
       "request": {"method": "POST", "path": "/boxes/{box}/people"}},
      {"id": "remove", "effects": {"read_only": false, "destructive": true, "idempotent": true},
       "request": {"method": "DELETE", "path": "/boxes/{box}/people", "body": {"email": {"$from": "/email"}}}},
      {"id": "drop", "effects": {"read_only": false, "destructive": true, "idempotent": true},
       "request": {"method": "DELETE", "path": "/boxes/{box}/history"}},
      {"id": "everywhere", "effects": {"read_only": false, "destructive": true, "idempotent": true},
       "request": {"method": "DELETE", "path": "/people/{email}"}},
      {"id": "get", "effects": {"read_only": true, "destructive": false, "idempotent": true},
       "request": {"method": "GET", "path": "/boxes/{box}/people/{email}"}},
      {"id": "coded", "effects": {"read_only": false, "destructive": false, "idempotent": true}, "handler": "coded"}
    ],
    "probe": {"writes": )" +
         std::string(writes) + "}}";
}

constexpr std::string_view good_input = R"({"box": {"$from": "/box"}, "email": "a@example.org"})";
constexpr std::string_view good_steps =
    R"({"id": "add", "action": "add", "input": {"box": {"$from": "/box"}, "email": "a@example.org"}, "undo": "people"},
       {"id": "listed", "request": {"method": "GET", "path": "/boxes/{box}/people"}, "rows": "",
        "until": {"check": {"has": {"at": "/email", "is": ["a@example.org"]}}, "times": 5, "every_ms": 10}})";

std::string writes_text(std::string_view steps, std::string_view most = "60",
                        std::string_view check = R"({"at_once": true})",
                        std::string_view by = "remove",
                        std::string_view verify = "/boxes/{box}/people") {
  return R"({"max_requests": )" + std::string(most) +
         R"(, "place": {"name": "box", "title": "box", "type": "integer", "make": "Make one."},
    "description": ["Adds an address."],
    "before": [{"id": "empty", "request": {"method": "GET", "path": "/boxes/{box}/people"}, "rows": "",
                "needs": [{"check": {"row_count": 0}, "refusal": "It is not empty."}]}],
    "steps": [)" +
         std::string(steps) +
         R"(], "cleanup": [{"id": "people", "description": "Removes it.", "action": ")" +
         std::string(by) + R"(", "input": )" + std::string(good_input) +
         R"(, "verify": {"request": {"method": "GET", "path": ")" + std::string(verify) +
         R"("}, "rows": "",
                 "check": {"has_none": {"at": "/email", "is": ["a@example.org"]}}}, "by_hand": "Remove it."}],
    "assumptions": [{"id": "one", "description": "It is so.", "of": "listed", "check": )" +
         std::string(check) + "}]}";
}

std::vector<LanguageProblem> problems_of(const std::string &writes) {
  const boost::json::object manifest = json(writing_manifest(writes)).as_object();
  Problems problems;
  ProbeWrites::compile(manifest, Network::compile(manifest), problems);
  return problems.listed();
}

TEST(ProbeWrites, WhatIsReadOfThem) {
  const boost::json::object manifest = json(writing_manifest(writes_text(good_steps))).as_object();
  const auto writes = ProbeWrites::compile(manifest, Network::compile(manifest));
  ASSERT_TRUE(writes);
  std::vector<std::string> ids;
  for (const ProbeRequest &each : writes->asked.requests) ids.push_back(each.id);
  EXPECT_EQ(ids, (std::vector<std::string>{"empty", "add", "listed", "people"}));
  EXPECT_TRUE(writes->steps[0].call.writes);
  EXPECT_EQ(writes->steps[0].undo, "people");
  EXPECT_FALSE(writes->steps[1].call.writes);
  EXPECT_EQ(writes->steps[1].until->times, 5U);
  EXPECT_EQ(writes->own_texts, std::vector<std::string>{"a@example.org"});
  const Request built =
      writes->steps[0].call.build(writes->place.scope(*writes->place.value("77")));
  EXPECT_EQ(built.url, "https://api.example.org/boxes/77/people");
  EXPECT_EQ(built.body, R"({"email":"a@example.org"})");
}

TEST(ProbeWrites, AManifestWithoutThem) {
  const boost::json::object manifest = json(R"({"probe": {"requests": []}})").as_object();
  EXPECT_FALSE(ProbeWrites::compile(manifest, Network()));
}

TEST(ProbeWrites, WhatCouldNotBeTakenBackIsRefused) {
  const auto step = [](std::string_view action, std::string_view input = good_input,
                       std::string_view undo = R"(, "undo": "people")") {
    return R"({"id": "x", "action": ")" + std::string(action) + R"(", "input": )" +
           std::string(input) + std::string(undo) + "}, " + std::string(good_steps);
  };
  const std::string at = "/probe/writes/steps/0";
  const struct {
    std::string steps;
    std::string place;
  } wrong[] = {
      // It could reach a person, now or later.
      {step("invite"), at + "/action"},
      {step("queue", R"({"box": {"$from": "/box"}})"), at + "/action"},
      {step("add", R"({"box": {"$from": "/box"}, "email": "jane@acme.com"})"), at + "/input"},
      {step("add", R"({"box": {"$from": "/box"}, "email": "a@example.org.acme.com"})"),
       at + "/input"},
      {step("add",
            R"({"box": {"$from": "/box"}, "email": {"$from": "/no", "$default": "a@acme.com"}})"),
       at + "/input"},
      // Nobody takes it back.
      {step("add", good_input, ""), at + "/action"},
      {step("drop", R"({"box": {"$from": "/box"}})"), at + "/action"},
      // It is somewhere else.
      {step("add", R"({"box": 5, "email": "a@example.org"})"), at + "/input"},
      {step("everywhere"), at + "/input"},
      {R"({"id": "x", "request": {"method": "GET", "path": "/boxes"}}, )" + std::string(good_steps),
       at + "/request"},
      {R"({"id": "x", "request": {"method": "GET", "path": "/boxes", "query": {"box": {"$from": "/box"}}}}, )" +
           std::string(good_steps),
       at + "/request"},
  };
  for (const auto &each : wrong) {
    const auto problems = problems_of(writes_text(each.steps));
    ASSERT_FALSE(problems.empty()) << each.steps;
    EXPECT_EQ(problems.front().place, each.place) << problems.front().why << each.steps;
    const bool other = each.steps.find("$default") != std::string::npos;  // a name that is no place
    EXPECT_EQ(problems.front().kind, other ? ProblemKind::malformed : ProblemKind::irreversible)
        << problems.front().why;
  }
  const auto clean_up =
      problems_of(writes_text(good_steps, "60", R"({"at_once": true})", "invite"));
  ASSERT_FALSE(clean_up.empty());
  EXPECT_EQ(clean_up.front().place, "/probe/writes/cleanup/0/action");
  const auto verify =
      problems_of(writes_text(good_steps, "60", R"({"at_once": true})", "remove", "/people"));
  ASSERT_FALSE(verify.empty());
  EXPECT_EQ(verify.front().place, "/probe/writes/cleanup/0/verify/request");
}

TEST(ProbeWrites, WhatIsWrongHasItsPlace) {
  const auto with = [](std::string_view first) {
    return writes_text(std::string(first) + ", " + std::string(good_steps));
  };
  const struct {
    std::string writes;
    std::string_view place;
  } wrong[] = {
      // 2 for the conditions, 1 and 5 for the steps, 16 for the clean-up, 8 for repetitions.
      {writes_text(good_steps, "31"), "/probe/writes/max_requests"},
      {writes_text(good_steps, "60", R"({"same_as": "nothing"})"),
       "/probe/writes/assumptions/0/check/same_as"},
      {with(R"({"id": "x", "action": "make", "input": {}})"), "/probe/writes/steps/0/action"},
      {with(R"({"id": "x", "action": "coded", "input": {}})"), "/probe/writes/steps/0/action"},
      {with(R"({"id": "empty", "request": {"method": "GET", "path": "/boxes/{box}"}})"),
       "/probe/writes/steps/0/id"},
      {with(R"({"id": "x", "request": {"method": "POST", "path": "/boxes/{box}"}})"),
       "/probe/writes/steps/0/request/method"},
      {with(
           R"({"id": "x", "request": {"method": "GET", "path": "/boxes/{box}"}, "undo": "people"})"),
       "/probe/writes/steps/0/undo"},
      {with(
           R"({"id": "x", "action": "add", "input": {"box": {"$from": "/box"}, "email": "a@example.org"}, "undo": "boxes"})"),
       "/probe/writes/steps/0/undo"},
      {with(
           R"({"id": "x", "request": {"method": "GET", "path": "/boxes/{box}"}, "until": {"check": {"at_once": true}, "times": 2, "every_ms": 1}})"),
       "/probe/writes/steps/0/until/check"},
  };
  for (const auto &each : wrong) {
    const auto problems = problems_of(each.writes);
    ASSERT_FALSE(problems.empty()) << each.writes;
    EXPECT_EQ(problems.front().place, each.place) << problems.front().why;
  }
  EXPECT_TRUE(problems_of(writes_text(good_steps, "32")).empty());
}

TEST(ProbeWrites, AConditionIsACheckOrWhereThePlaceIsNamed) {
  const auto with = [](std::string_view needs) {
    std::string text = writes_text(good_steps);
    const std::string_view usual = R"({"check": {"row_count": 0}, "refusal": "It is not empty."})";
    text.replace(text.find(usual), usual.size(), needs);
    return text;
  };
  const boost::json::object manifest =
      json(writing_manifest(with(R"({"place": "/id", "refusal": "Another one."},
           {"check": {"row_count": 0}, "empty": true, "refusal": "It is not empty."})")))
          .as_object();
  const auto writes = ProbeWrites::compile(manifest, Network::compile(manifest));
  ASSERT_TRUE(writes);
  const auto &conditions = writes->before.front().conditions;
  ASSERT_EQ(conditions.size(), 2U);
  ASSERT_TRUE(conditions[0].place_at);
  EXPECT_EQ(conditions[0].place_at_text, "/id");
  EXPECT_FALSE(conditions[0].empty);
  EXPECT_FALSE(conditions[1].place_at);
  EXPECT_TRUE(conditions[1].empty);

  const std::string at = "/probe/writes/before/0/needs/0";
  const struct {
    std::string_view need;
    std::string place;
  } wrong[] = {
      {R"({"refusal": "No."})", at},
      {R"({"check": {"row_count": 0}, "place": "/id", "refusal": "No."})", at},
      {R"({"place": "id", "refusal": "No."})", at + "/place"},
      {R"({"place": "/id", "empty": true, "refusal": "No."})", at + "/empty"},
      {R"({"check": {"row_count": 0}, "empty": "yes", "refusal": "No."})", at + "/empty"},
  };
  for (const auto &each : wrong) {
    const auto problems = problems_of(with(each.need));
    ASSERT_FALSE(problems.empty()) << each.need;
    EXPECT_EQ(problems.front().place, each.place) << problems.front().why << each.need;
  }
}

TEST(ProbePlace, AnIdIsASegmentOfAPath) {
  ProbePlace place;
  EXPECT_EQ(place.value("88210"), boost::json::value(88210));
  for (const std::string_view text :
       {"", "0", "-1", "1/2", "..", "1?x", "1 ", "abc", "1e3", "99999999999999999999999"})
    EXPECT_FALSE(place.value(text)) << text;
  place.integer = false;
  EXPECT_EQ(place.value("5f0A-x_1"), boost::json::value("5f0A-x_1"));
  for (const std::string_view text : {"", "..", "a/b", "a%2Fb", "a?b", "a b"})
    EXPECT_FALSE(place.value(text)) << text;
}

TEST(PathNames, AWholeSegmentOfThePath) {
  const boost::json::value id = 77;
  EXPECT_TRUE(path_names("https://api.example.org/boxes/77/people", id));
  EXPECT_TRUE(path_names("https://api.example.org/boxes/77", id));
  for (const std::string_view url :
       {"https://api.example.org/boxes/770", "https://api.example.org/boxes/7/7",
        "https://api.example.org/boxes?box=77", "https://api.example.org/boxes?x=/77",
        "https://77/boxes", "https://api.example.org", "https://api.example.org/boxes#/77"})
    EXPECT_FALSE(path_names(url, id)) << url;
  EXPECT_FALSE(path_names("https://api.example.org/boxes//", boost::json::value("")));
}

TEST(IsReservedAddress, NobodyCanHaveIt) {
  for (const std::string_view address : {"a@example.org", "a@EXAMPLE.com", "a@mail.example.net",
                                         "a@x.invalid", "a@invalid", "a@b.test", "x@y@example.org"})
    EXPECT_TRUE(is_reserved_address(address)) << address;
  for (const std::string_view address :
       {"a@acme.com", "a@myexample.org", "a@example.org.acme.com", "example.org", "a@",
        "a@example.org@acme.com", "a@example.co"})
    EXPECT_FALSE(is_reserved_address(address)) << address;
}

}  // namespace
}  // namespace cpi::language::test
