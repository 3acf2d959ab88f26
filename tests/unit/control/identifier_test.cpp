#include "control/identifier.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <set>
#include <string>

namespace host {
namespace {

using boost::json::parse;

TEST(NewId, IsThePrefixAndSixteenLetters) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = new_id("trg_");
    ASSERT_EQ(id.size(), 20U);
    EXPECT_TRUE(id.starts_with("trg_"));
    EXPECT_EQ(id.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567", 4), std::string::npos) << id;
    EXPECT_TRUE(seen.insert(id).second) << "twice: " << id;
  }
}

TEST(CanonicalJson, DoesNotDependOnTheOrderOfMembers) {
  EXPECT_EQ(canonical_json(parse(R"({"b": [1, {"d": null, "c": "é"}], "a": true})")),
            R"({"a":true,"b":[1,{"c":"é","d":null}]})");
  EXPECT_EQ(canonical_json(parse("{}")), "{}");
  EXPECT_EQ(canonical_json(parse("[]")), "[]");
  EXPECT_EQ(canonical_json(parse(R"("a\"b")")), R"("a\"b")");
}

TEST(ConfigHash, ChangesWithEachOfItsParts) {
  const auto input = parse(R"({"list_id": 1, "x": 2})");
  const std::string hash = config_hash("subscriber.added", input, 1);
  EXPECT_EQ(hash.size(), 64U);
  EXPECT_EQ(config_hash("subscriber.added", parse(R"({"x": 2, "list_id": 1})"), 1), hash);
  EXPECT_NE(config_hash("subscriber.removed", input, 1), hash);
  EXPECT_NE(config_hash("subscriber.added", parse(R"({"list_id": 2, "x": 2})"), 1), hash);
  EXPECT_NE(config_hash("subscriber.added", input, 2), hash);
}

}  // namespace
}  // namespace host
