// What counts as a field that explains itself (M220).
#include "plain_field.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <string_view>

namespace cpi::manifest {
namespace {

bool plain(std::string_view field) {
  const boost::json::object defs =
      boost::json::parse(R"({"tag": {"type": "string", "examples": ["new"]},
                             "bare": {"type": "string"}})")
          .get_object();
  return explains_itself(boost::json::parse(field).get_object(), defs);
}

TEST(PlainField, HasADescriptionAnExampleOrAPlainTitle) {
  EXPECT_TRUE(plain(R"({"type": "string", "title": "Source", "description": "Where from."})"));
  EXPECT_TRUE(plain(R"({"type": "string", "title": "Source", "examples": ["web"]})"));
  EXPECT_TRUE(plain(R"({"type": "string", "title": "First name"})"));
  EXPECT_FALSE(plain(R"({"type": "string", "title": "Source"})"));
  EXPECT_FALSE(plain(R"({"type": "string", "title": "Source", "description": ""})"));
  EXPECT_FALSE(plain(R"({"type": "string", "title": "Source", "examples": []})"));
  EXPECT_FALSE(plain(R"({"type": "string", "title": "first name of the source"})"));
}

TEST(PlainField, OffersChoicesThatHaveTitles) {
  EXPECT_TRUE(plain(R"({"title": "Box", "x-options": {"lookup": "boxes"}})"));
  EXPECT_TRUE(plain(R"({"title": "Kind", "const": 3})"));
  EXPECT_TRUE(plain(R"({"title": "Kind", "oneOf": [{"const": 1, "title": "Text"}]})"));
  EXPECT_FALSE(
      plain(R"({"title": "Kind", "oneOf": [{"const": 1, "title": "Text"}, {"const": 2}]})"));
  EXPECT_FALSE(plain(R"({"title": "Kind", "enum": [1, 2]})"));
}

TEST(PlainField, YesOrNoNeedsASentenceWhateverItsTitle) {
  EXPECT_FALSE(plain(R"({"type": "boolean", "title": "Comment"})"));
  EXPECT_TRUE(plain(R"({"type": "boolean", "title": "Comment", "description": "Shows it."})"));
}

TEST(PlainField, ListIsAsPlainAsItsElements) {
  EXPECT_TRUE(plain(R"({"type": "array", "title": "Tags", "items": {"$ref": "#/$defs/tag"}})"));
  EXPECT_FALSE(plain(R"({"type": "array", "title": "Tags", "items": {"$ref": "#/$defs/bare"}})"));
  EXPECT_FALSE(plain(R"({"type": "array", "title": "Tags"})"));
}

TEST(PlainField, ObjectIsLeftToItsFields) {
  EXPECT_TRUE(plain(R"({"type": "object", "title": "Place",
                        "properties": {"x": {"type": "number", "title": "X"}}})"));
  EXPECT_FALSE(plain(R"({"type": "object", "title": "Filter"})"));
}

}  // namespace
}  // namespace cpi::manifest
