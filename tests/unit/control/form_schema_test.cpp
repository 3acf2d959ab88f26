#include "control/form_schema.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace host {
namespace {

using boost::json::parse;

TEST(FormSchema, PutsReferencesInPlace) {
  const auto form = form_schema(parse(R"({
    "properties": {"secret": {"$ref": "#/$defs/secret", "title": "Mine"}, "list": {"items": {"$ref": "#/$defs/word"}}},
    "$defs": {"secret": {"$ref": "#/$defs/word", "writeOnly": true, "title": "Theirs"}, "word": {"type": "string"}}})"));
  const auto &secret = form.at("properties").at("secret").as_object();
  EXPECT_TRUE(secret.at("writeOnly").as_bool());
  EXPECT_EQ(secret.at("type").as_string(), "string");
  EXPECT_EQ(secret.at("title").as_string(), "Mine");
  EXPECT_FALSE(secret.contains("$ref"));
  EXPECT_EQ(form.at("properties").at("list").at("items").at("type").as_string(), "string");
  EXPECT_FALSE(form.contains("$defs"));
}

TEST(FormSchema, EndsWithReferencesThatDoNot) {
  const auto form = form_schema(parse(R"({
    "properties": {"a": {"$ref": "#/$defs/loop"}, "b": {"$ref": "#/nowhere"}, "c": {"$ref": 1}},
    "$defs": {"loop": {"properties": {"again": {"$ref": "#/$defs/loop"}}}}})"));
  EXPECT_TRUE(form.at("properties").at("a").at("properties").as_object().contains("again"));
  EXPECT_EQ(form.at("properties").at("b").at("$ref").as_string(), "#/nowhere");
  EXPECT_TRUE(form_schema(parse("true")).empty());
}

}  // namespace
}  // namespace host
