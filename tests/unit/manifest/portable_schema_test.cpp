// Schemas for readers that refuse what the manifest may write.
#include "cpi/manifest/portable_schema.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace cpi::manifest::test {
namespace {

namespace json = boost::json;

void expect_portable(std::string_view schema, std::string_view defs, std::string_view expected) {
  EXPECT_EQ(json::value(portable_schema(json::parse(schema), json::parse(defs).as_object())),
            json::parse(expected));
}

TEST(PortableSchema, RulesOfTheTopStandUnderIfTrue) {
  expect_portable(R"({"type": "object", "allOf": [{"minProperties": 1}], "if": {"maxProperties": 1},
                      "then": {"maxProperties": 0}})",
                  "{}",
                  R"({"type": "object", "if": true, "then": {"allOf": [{"minProperties": 1}],
                      "if": {"maxProperties": 1}, "then": {"maxProperties": 0}}})");
}

TEST(PortableSchema, OneRuleOfTheTopStaysWhereItIs) {
  constexpr std::string_view rule =
      R"({"type": "object", "if": {"maxProperties": 1}, "then": {"maxProperties": 0}})";
  expect_portable(rule, "{}", rule);
}

TEST(PortableSchema, AReferenceIsReplacedByWhatItNames) {
  expect_portable(R"({"$ref": "#/$defs/first"})",
                  R"({"first": {"$ref": "#/$defs/box"}, "unused": {},
                      "box": {"type": "object", "properties": {"in": {"$ref": "#/$defs/box"}}}})",
                  R"({"type": "object", "properties": {"in": {"$ref": "#/$defs/box"}}, "$defs": {
                      "box": {"type": "object", "properties": {"in": {"$ref": "#/$defs/box"}}}}})");
}

TEST(PortableSchema, ARequiredMemberIsDescribedBesideIt) {
  expect_portable(R"({"type": "object", "properties": {"a": {"type": "string"}, "b": {}},
                      "if": {"required": ["a"]},
                      "then": {"required": ["a", "b"], "properties": {"a": {"minLength": 2}}}})",
                  "{}",
                  R"({"type": "object", "properties": {"a": {"type": "string"}, "b": {}},
                      "if": {"required": ["a"], "properties": {"a": true}},
                      "then": {"required": ["a", "b"],
                               "properties": {"a": {"minLength": 2}, "b": true}}})");
}

TEST(PortableSchema, SeveralTypesAreAlternatives) {
  expect_portable(R"({"type": "object", "properties": {
                        "value": {"type": ["string", "number"], "title": "Value"},
                        "text": {"type": ["string", "null"]}}})",
                  "{}",
                  R"({"type": "object", "properties": {
                        "value": {"title": "Value", "anyOf": [{"type": "string"}, {"type": "number"}]},
                        "text": {"type": ["string", "null"]}}})");
}

TEST(PortableSchema, NamesOfMembersAreNoKeywords) {
  constexpr std::string_view named =
      R"({"type": "object", "properties": {"required": {"type": "string"}, "type": {"const": 1}}})";
  expect_portable(named, "{}", named);
}

TEST(AliasOf, WritesDotsAsHyphens) {
  EXPECT_EQ(alias_of("crm.task.create"), "crm-task-create");
  EXPECT_EQ(alias_of("plain_name"), "plain_name");
}

}  // namespace
}  // namespace cpi::manifest::test
