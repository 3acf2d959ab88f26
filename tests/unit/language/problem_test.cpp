// Compiling tells every problem at once; the variant for plugins throws the first of them.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "cpi/language/answer_shape.hpp"
#include "cpi/language/error_rule.hpp"
#include "cpi/language/paging.hpp"
#include "cpi/language/placement.hpp"
#include "cpi/language/request_template.hpp"
#include "json_text.hpp"

namespace cpi::language::test {
namespace {

std::vector<std::string> places(const Problems &problems) {
  std::vector<std::string> out;
  for (const LanguageProblem &problem : problems.listed()) {
    EXPECT_FALSE(problem.why.empty());
    out.push_back(problem.place);
  }
  return out;
}

TEST(Problems, APlacementTellsAllOfThem) {
  const auto node = json(R"({"a": {"$from": "x"}, "b": [{"$each": "/l"}, {"$form": "/x"}],
                             "c": {"$from": "/x", "also": 1, "$encode": ["rot13", 7, "text"]},
                             "d": {"$switch": "/x", "$cases": {"y": {"$merge": []}}},
                             "e": {"$from": "/good"}})");
  Problems problems;
  const Placement compiled = Placement::compile(node, "/body", problems);
  EXPECT_EQ(places(problems),
            (std::vector<std::string>{"/body/a/$from", "/body/b/0", "/body/b/1/$form",
                                      "/body/c/also", "/body/c/$encode/0", "/body/c/$encode/1",
                                      "/body/d/$cases/y/$merge"}));
  EXPECT_EQ(problems.listed()[4].kind, ProblemKind::unknown_encoder);
  EXPECT_EQ(problems.listed()[5].kind, ProblemKind::malformed);
  bool good = false;
  for (const Read &read : compiled.reads()) good = good || read.text == "/good";
  EXPECT_TRUE(good);
  try {
    Placement::compile(node, "/body");
    FAIL();
  } catch (const LanguageError &error) {
    EXPECT_EQ(error.problem.place, "/body/a/$from");
    EXPECT_STREQ(error.what(), "/body/a/$from: \"x\" is not a JSON Pointer");
  }
}

TEST(Problems, ARequestTellsAllOfThem) {
  Problems problems;
  RequestTemplate::compile(json(R"({"method": "GOT", "path": "/a/../{b", "host": "evil.example",
      "query": {"q": {"$from": 1}}, "headers": {"A": "x\n", "B": 1}, "content": "xml",
      "shareable": "yes", "more": 1, "body": {"$concat": 1}})"),
                           network(), false, "/r", false, problems);
  EXPECT_EQ(places(problems),
            (std::vector<std::string>{"/r/more", "/r/method", "/r/path", "/r/host",
                                      "/r/query/q/$from", "/r/headers/A", "/r/headers/B",
                                      "/r/content", "/r/body/$concat", "/r/shareable"}));
  EXPECT_EQ(problems.listed()[3].kind, ProblemKind::foreign_host);
}

TEST(Problems, PagingTellsAllOfThem) {
  Problems problems;
  Paging::compile(json(R"({"style": "page", "in": "header", "size": {"name": "", "value": 0},
      "after": {"name": "a"}, "rows": "rows", "total": 1, "also": 1})"),
                  "/p", problems);
  EXPECT_EQ(places(problems),
            (std::vector<std::string>{"/p/also", "/p", "/p/in", "/p/size/name", "/p/size/value",
                                      "/p/after", "/p/rows", "/p/total"}));
}

TEST(Problems, AnAnswerTellsAllOfThem) {
  Problems problems;
  AnswerShape::compile(json(R"({"pick": "x", "first": 1, "file": true, "as": "",
      "numbers": ["/a", "b", 3], "texts": {}, "accept": {"pointer": "/a"}, "also": 1})"),
                       "/a", problems);
  EXPECT_EQ(places(problems),
            (std::vector<std::string>{"/a/also", "/a/pick", "/a/first", "/a/as", "/a/numbers/1",
                                      "/a/numbers/2", "/a/texts", "/a/accept", "/a"}));
}

TEST(Problems, ErrorRulesTellAllOfThem) {
  Problems problems;
  ErrorRule::compile_list(json(R"([{"status": [], "class": "odd"}, 7, {"class": "quota"},
      {"status": [400], "class": "conflict", "fault": "nobody", "retry_after_s": -1, "also": 1},
      {"pointer": "", "message": 1}, {"status": [404], "equals": 1, "class": "not_found"}])"),
                          "/errors", problems);
  EXPECT_EQ(places(problems), (std::vector<std::string>{
                                  "/errors/0/status", "/errors/0/class", "/errors/1", "/errors/2",
                                  "/errors/3/also", "/errors/3/retry_after_s", "/errors/3/fault",
                                  "/errors/4", "/errors/4/message", "/errors/4", "/errors/5"}));
  EXPECT_EQ(problems.listed()[3].kind, ProblemKind::matches_everything);
}

TEST(Problems, TheAnswersToARepeatedRequestTellAllOfThem) {
  Problems problems;
  AnswerCondition::of_repeated(
      boost::json::object(
          json(R"({"handler": "h", "effects": {"read_only": true}, "done_if_repeated": [
          {}, 7, {"status": [404], "class": "not_found"}, {"status": [404], "equals": 1},
          {"pointer": ""}]})")
              .get_object()),
      "/actions/0", problems);
  EXPECT_EQ(places(problems), (std::vector<std::string>{
                                  "/actions/0/done_if_repeated/0", "/actions/0/done_if_repeated/1",
                                  "/actions/0/done_if_repeated/2/class",
                                  "/actions/0/done_if_repeated/3", "/actions/0/done_if_repeated/4",
                                  "/actions/0/done_if_repeated", "/actions/0/done_if_repeated"}));
  EXPECT_EQ(problems.listed()[0].kind, ProblemKind::matches_everything);
  for (const auto *list : {"[]", "7"}) {
    Problems wrong;
    AnswerCondition::of_repeated(
        {{"effects", {{"idempotent", true}}}, {"done_if_repeated", json(list)}}, "/a", wrong);
    EXPECT_EQ(places(wrong), (std::vector<std::string>{"/a/done_if_repeated"})) << list;
  }
}

TEST(Problems, EveryErrorClassHasARow) {
  for (int number = 1; number <= static_cast<int>(ErrorClass::limitation); ++number) {
    const ErrorClassRow &row = about(static_cast<ErrorClass>(number));
    EXPECT_EQ(find_error_class(row.name), &row);
  }
  EXPECT_EQ(find_error_class("odd"), nullptr);
}

// Of an element of a list that could not be read, nothing is known.
TEST(Problems, ThePointersInABrokenEachAreNoReads) {
  Problems problems;
  const auto compiled = Placement::compile(
      json(R"({"$each": "list", "$item": {"a": {"$from": "./a"}}})"), "/b", problems);
  EXPECT_EQ(places(problems), (std::vector<std::string>{"/b/$each"}));
  EXPECT_TRUE(compiled.reads().empty());
}

TEST(Problems, APlacementThatNestsTooDeeply) {
  std::string text = "1";
  for (int i = 0; i < 60; ++i) text = "[" + text + "]";
  boost::json::parse_options options;
  options.max_depth = 100;
  const auto node = boost::json::parse(text, {}, options);
  EXPECT_THROW(Placement::compile(node, "/b"), LanguageError);
  Problems problems;
  Placement::compile(node, "/b", problems);
  EXPECT_EQ(problems.listed().size(), 1U);
}

TEST(Network, HostOf) {
  EXPECT_EQ(host_of("https://A.example/x"), "a.example");
  EXPECT_EQ(host_of("https://a.example:443"), "a.example");
  EXPECT_EQ(host_of("https://a.example:8443?x"), "a.example:8443");
  EXPECT_EQ(host_of("https://u:p@a.example/"), "");
  EXPECT_EQ(host_of("http://a.example/"), "");
}

TEST(RequestTemplate, PathShape) {
  const auto shape = [](std::string_view path) {
    return RequestTemplate::compile({{"method", "GET"}, {"path", path}}, network(), false, "/r")
        .path_shape();
  };
  EXPECT_EQ(shape("/a/{b}/c"), "/a/{}/c");
  EXPECT_EQ(shape("/a/{/b/0}"), "/a/{}");
  EXPECT_EQ(shape("/a/{/b?}"), "/a/{}");
  EXPECT_EQ(shape("/a"), "/a");
}

// Services of some frameworks (Django's) know a list only with the slash at its end.
TEST(RequestTemplate, OneSlashAtTheEndOfAPath) {
  for (const char *path : {"/", "/things/", "/things/{id}/"}) {
    EXPECT_NO_THROW(
        RequestTemplate::compile({{"method", "GET"}, {"path", path}}, network(), false, "/r"))
        << path;
  }
}

}  // namespace
}  // namespace cpi::language::test
