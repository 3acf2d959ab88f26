// What compiled templates say that they read.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "cpi/language/placement.hpp"
#include "cpi/language/request_template.hpp"
#include "json_text.hpp"

namespace cpi::language::test {
namespace {

// "value /a/*/b at /body/$from", with what else there is to say behind it.
std::vector<std::string> lines(const std::vector<Read> &reads) {
  std::vector<std::string> out;
  for (const Read &read : reads) {
    std::string line = read.as == Read::As::list          ? "list "
                       : read.as == Read::As::placeholder ? "placeholder "
                                                          : "value ";
    for (const std::string &token : read.tokens) line += "/" + token;
    line += " (" + read.text + ") at " + read.place;
    if (read.in_url) line += " in the URL";
    if (!read.drops_offset.empty()) line += " drops the offset at " + read.drops_offset;
    out.push_back(line);
  }
  return out;
}

std::vector<std::string> reads_of(std::string_view node) {
  return lines(Placement::compile(json(node), "/b").reads());
}

using Lines = std::vector<std::string>;

TEST(PlacementReads, LiteralsReadNothing) {
  EXPECT_EQ(reads_of(R"({"a": [1, {"b": null}], "path": "/x", "limit": "/x"})"), Lines{});
}

TEST(PlacementReads, EveryKindOfPlacement) {
  EXPECT_EQ(reads_of(R"({"a": {"$from": "/x/y"}})"), (Lines{"value /x/y (/x/y) at /b/a/$from"}));
  EXPECT_EQ(
      reads_of(R"([{"$merge": [{"$from": "/x"}, {"y": {"$from": "/y"}}]}])"),
      (Lines{"value /x (/x) at /b/0/$merge/0/$from", "value /y (/y) at /b/0/$merge/1/y/$from"}));
  EXPECT_EQ(reads_of(R"({"$concat": [{"$from": "/x"}]})"),
            (Lines{"value /x (/x) at /b/$concat/0/$from"}));
  EXPECT_EQ(
      reads_of(
          R"({"$switch": "/x", "$cases": {"a/b": {"$from": "/y"}}, "$default": {"$from": "/z"}})"),
      (Lines{"value /x (/x) at /b/$switch", "value /y (/y) at /b/$cases/a~1b/$from",
             "value /z (/z) at /b/$default/$from"}));
}

TEST(PlacementReads, PointersInEachAreResolved) {
  EXPECT_EQ(
      reads_of(R"({"$each": "/a/list", "$item": {"s": {"$from": "."}, "t": {"$from": "/t"},
                         "in": {"$each": "./in", "$item": {"$switch": "./x~1y",
                                                           "$cases": {"1": 1}}}}})"),
      (Lines{"list /a/list (/a/list) at /b/$each", "value /a/list/* (.) at /b/$item/s/$from",
             "value /t (/t) at /b/$item/t/$from", "list /a/list/*/in (./in) at /b/$item/in/$each",
             "value /a/list/*/in/*/x/y (./x~1y) at /b/$item/in/$item/$switch"}));
}

TEST(PlacementReads, OfAValueOnlyWhatTheItemReads) {
  EXPECT_EQ(reads_of(R"({"$with": "/a", "$item": {"$from": "./x"}})"),
            (Lines{"value /a/x (./x) at /b/$item/$from"}));
  EXPECT_EQ(reads_of(R"({"$with": "", "$item": {"$each": "./rows", "$item": {"$from": "./y"}}})"),
            (Lines{"list /rows (./rows) at /b/$item/$each",
                   "value /rows/*/y (./y) at /b/$item/$item/$from"}));
}

TEST(PlacementReads, EncodersThatDropAnOffset) {
  EXPECT_EQ(reads_of(R"({"$from": "/at", "$encode": ["lower", "datetime"]})"),
            (Lines{"value /at (/at) at /b/$from drops the offset at /b/$encode"}));
  for (const char *keeps : {"unix", "utc_minute", "text", "json"}) {
    const std::string node = R"({"$from": "/at", "$encode": ")" + std::string(keeps) + "\"}";
    EXPECT_EQ(reads_of(node), (Lines{"value /at (/at) at /b/$from"})) << keeps;
  }
}

TEST(RequestTemplateReads, PathSegmentsQueryAndBody) {
  const auto request = RequestTemplate::compile(json(R"({"method": "POST",
      "path": "/a/{id}/{/in/name?}/{kind}", "segments": {"kind": {"$from": "/kinds"}},
      "query": {"q": {"$from": "/word"}}, "body": {"x": {"$from": "/x"}}})"),
                                                network(), false, "/r");
  EXPECT_EQ(lines(request.reads()),
            (Lines{"placeholder /id (id) at /r/path in the URL",
                   "placeholder /in/name (/in/name) at /r/path in the URL",
                   "value /kinds (/kinds) at /r/segments/kind/$from in the URL",
                   "value /word (/word) at /r/query/q/$from in the URL",
                   "value /x (/x) at /r/body/x/$from"}));
  EXPECT_EQ(request.path_shape(), "/a/{}/{}/{}");
  EXPECT_EQ(request.method(), "POST");
}

}  // namespace
}  // namespace cpi::language::test
