#include "cpi/manifest/merge.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cpi/manifest/check.hpp"
#include "good_manifest.hpp"

namespace cpi::manifest::test {
namespace {

TEST(Merge, MapsKeyByKeyAndListsInOrder) {
  const std::vector<Document> parts = {
      document_of("actions: [{id: a}]\n$defs: {x: 1}\n", "one.yaml"),
      document_of("id: acme\nactions: [{id: b}, {id: c}]\n$defs: {z: 2}\n", "two.yaml")};
  const MergeResult merged = merge(parts);
  EXPECT_TRUE(merged.problems.empty());
  EXPECT_EQ(boost::json::serialize(merged.document.value),
            R"({"id":"acme","actions":[{"id":"a"},{"id":"b"},{"id":"c"}],"$defs":{"x":1,"z":2}})");
}

TEST(Merge, EveryPartKeepsItsPlaces) {
  const std::vector<Document> parts = {
      document_of("actions:\n  - id: a\n", "one.yaml"),
      document_of("# c\nid: acme\nactions:\n  - {id: b}\n  - {id: c}\n", "two.yaml")};
  const SourceMap map = merge(parts).document.map;
  const auto place = [&](std::string_view pointer) {
    const Location at = map.locate(pointer);
    return std::string(map.file_name(at.file)) + ':' + std::to_string(at.line) + ':' +
           std::to_string(at.column);
  };
  EXPECT_EQ(place("/actions/0/id"), "one.yaml:2:5");
  EXPECT_EQ(place("/actions/1"), "two.yaml:4:5");
  EXPECT_EQ(place("/actions/2/id"), "two.yaml:5:6");
  EXPECT_EQ(place("/id"), "two.yaml:2:1");
  EXPECT_EQ(place(""), "one.yaml:1:1");
}

TEST(Merge, M120SaidTwice) {
  const std::vector<Document> parts = {
      document_of("id: a\n$defs: {x: {type: string}}\nicon: {light: a}\n", "one.yaml"),
      document_of("title: t\nid: a\n$defs: {x: {type: string}}\n", "two.yaml")};
  const MergeResult merged = merge(parts);
  EXPECT_EQ(briefs(merged.problems),
            (std::vector<std::string>{"M120 2:1 /id", "M120 3:13 /$defs/x/type"}));
  EXPECT_EQ(merged.problems[0].file, "two.yaml");
  EXPECT_NE(merged.problems[0].message.find("one.yaml line 1"), std::string::npos);
}

TEST(Merge, M120ListsBelowTheTopAreNotConcatenated) {
  const std::vector<Document> parts = {document_of("network: {allowed_hosts: [a]}\n", "one.yaml"),
                                       document_of("network: {allowed_hosts: [b]}\n", "two.yaml")};
  EXPECT_EQ(codes_of(merge(parts).problems), (std::vector<std::string>{"M120"}));
}

TEST(Merge, M121OtherKind) {
  const std::vector<Document> parts = {
      document_of("actions: []\n", "one.yaml"), document_of("actions: {a: 1}\n", "two.yaml"),
      document_of("actions: 7\n", "three.yaml"), document_of("- 1\n", "four.yaml")};
  EXPECT_EQ(codes_of(merge(parts).problems), (std::vector<std::string>{"M121", "M121", "M121"}));
}

TEST(Merge, ProblemsOfTheWholeNameTheirFile) {
  const std::string text = edited("use: thing.create", "use: thing.make");
  const auto cut = text.find("actions:\n");
  const auto defs = text.find("$defs:\n");
  const std::vector<Document> parts = {
      document_of(text.substr(0, cut), "base.yaml"),
      document_of("\n\n" + text.substr(cut, defs - cut), "actions.yaml"),
      document_of(text.substr(defs), "defs.yaml")};
  const MergeResult merged = merge(parts);
  EXPECT_TRUE(merged.problems.empty());
  const std::vector<Problem> problems = check(merged.document);
  ASSERT_EQ(codes_of(problems), (std::vector<std::string>{"M330"}));
  EXPECT_EQ(problems[0].file, "actions.yaml");
  const std::string before = "\n\n" + text.substr(cut, text.find("use: thing.make") - cut);
  EXPECT_EQ(problems[0].line, std::count(before.begin(), before.end(), '\n') + 1);
}

TEST(Merge, OfOnePartIsThatPartInOrder) {
  const Document good = document_of(good_manifest());
  const MergeResult merged = merge(std::vector<Document>{good});
  EXPECT_TRUE(merged.problems.empty());
  EXPECT_EQ(merged.document.value, good.value);
  EXPECT_TRUE(check(merged.document).empty());
}

}  // namespace
}  // namespace cpi::manifest::test
