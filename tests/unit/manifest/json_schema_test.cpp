#include "cpi/manifest/json_schema.hpp"

#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "cpi/manifest/pointer.hpp"

namespace cpi::manifest::test {
namespace {

namespace json = boost::json;

std::vector<std::string> findings(std::string_view schema, std::string_view value) {
  std::vector<std::string> result;
  for (const Violation &violation : JsonSchema(json::parse(schema)).validate(json::parse(value))) {
    result.push_back(violation.pointer + ": " + violation.message);
  }
  return result;
}

using Texts = std::vector<std::string>;

TEST(JsonSchema, NamesPlaceAndReason) {
  EXPECT_EQ(findings(R"({"type": "object", "required": ["a"]})", "{}"),
            (Texts{": lacks the required member \"a\""}));
  EXPECT_EQ(findings(R"({"properties": {}, "additionalProperties": false})", R"({"it's": 1})"),
            (Texts{"/it's: has an unknown member \"it's\""}));
  EXPECT_EQ(
      findings(R"({"properties": {"a": {"items": {"type": "integer"}}}})", R"({"a": [1, "x"]})"),
      (Texts{"/a/1: may not be text"}));
  EXPECT_EQ(findings(R"({"properties": {"a/b~": {"enum": [1]}}})", R"({"a/b~": 2})"),
            (Texts{"/a~1b~0: is none of the allowed values"}));
  EXPECT_EQ(findings(R"({"type": "string", "pattern": "^a+$"})", R"("b")"),
            (Texts{": is not written the way its pattern says"}));
  EXPECT_EQ(findings(R"({"type": "integer"})", "7"), Texts{});
}

TEST(JsonSchema, FollowsReferencesAndConditions) {
  const std::string_view schema = R"({
    "properties": {"a": {"$ref": "#/$defs/n"}},
    "if": {"required": ["b"]}, "then": {"required": ["c"]},
    "$defs": {"n": {"type": "number"}}})";
  EXPECT_EQ(findings(schema, R"({"a": 1})"), Texts{});
  EXPECT_EQ(findings(schema, R"({"a": "1"})"), (Texts{"/a: may not be text"}));
  EXPECT_EQ(findings(schema, R"({"b": 1})"), (Texts{": lacks the required member \"c\""}));
}

// A condition that says `false` of a member: the place is the member's, wherever the condition is.
TEST(JsonSchema, NamesWhatAConditionExcludes) {
  const std::string_view schema = R"({
    "properties": {"to": {}, "tag": {"type": "string"}, "list": {"items": {"$ref": "#/$defs/n"}}},
    "allOf": [{"if": {"required": ["to"], "properties": {"to": {"const": "tag"}}},
               "then": {"required": ["tag"]}, "else": {"properties": {"tag": false}}}],
    "$defs": {"n": {"if": {"required": ["a"]}, "then": {"properties": {"b": false}}}}})";
  const std::string why = ": is not used with the other values given; leave it out";
  EXPECT_EQ(findings(schema, R"({"to": "tag", "tag": "vip"})"), Texts{});
  EXPECT_EQ(findings(schema, R"({"to": "all"})"), Texts{});
  EXPECT_EQ(findings(schema, R"({"to": "all", "tag": "vip"})"), (Texts{"/tag" + why}));
  EXPECT_EQ(findings(schema, R"({"tag": "vip"})"), (Texts{"/tag" + why}));
  EXPECT_EQ(findings(schema, R"({"list": [{"b": 1}, {"a": 1, "b": 1}]})"),
            (Texts{"/list/1/b" + why}));
}

// std::regex would overflow the stack.
TEST(JsonSchema, LongTextsMeetNoPattern) {
  const json::value schema = json::parse(R"({
    "properties": {"p": {"$ref": "#/$defs/p"}, "free": {"type": "string"}},
    "$defs": {"p": {"type": "string", "pattern": "^(a|b)*$"}}})");
  const JsonSchema compiled(schema);
  json::object value;
  value["free"] = std::string(1'000'000, 'a');
  value["p"] = std::string(1024, 'a');
  EXPECT_TRUE(compiled.validate(value).empty());
  value["p"] = std::string(1'000'000, 'a');
  const std::vector<Violation> violations = compiled.validate(value);
  ASSERT_EQ(violations.size(), 1U);
  EXPECT_EQ(violations[0].pointer, "/p");
}

TEST(JsonSchema, UnusableSchemasAreRefused) {
  EXPECT_THROW(JsonSchema(json::parse(R"({"type": "lorry"})")), std::invalid_argument);
  EXPECT_THROW(JsonSchema(json::parse(R"({"properties": 7})")), std::invalid_argument);
  EXPECT_THROW(JsonSchema(json::parse(R"({"$ref": "#/nowhere"})")), std::invalid_argument);
}

// The file is itself what it asks others to be: JSON, draft-07, closed, described.
TEST(ManifestSchema, IsADraft07SchemaOfKnownKeywords) {
  const json::value schema = json::parse(manifest_schema_text());
  EXPECT_EQ(schema.at("$schema").as_string(), "http://json-schema.org/draft-07/schema#");
  EXPECT_NO_THROW((void)manifest_schema());
  // Its own definition of embedded schemas fits it, but for the words of a whole document.
  json::object whole = schema.as_object();
  for (const char *word : {"$schema", "$id", "definitions"}) whole.erase(word);
  json::object rules = schema.at("definitions").at("json_schema").as_object();
  rules["definitions"] = schema.at("definitions");
  for (const Violation &violation : JsonSchema(rules).validate(whole)) {
    ADD_FAILURE() << violation.pointer << ' ' << violation.message;
  }
}

void check_references(const json::value &root, const json::value &value,
                      const std::string &pointer) {
  if (const auto *array = value.if_array()) {
    for (std::size_t i = 0; i < array->size(); ++i) {
      check_references(root, (*array)[i], child(pointer, i));
    }
  }
  const auto *object = value.if_object();
  if (object == nullptr) return;
  if (const auto *reference = object->if_contains("$ref");
      reference != nullptr && reference->is_string()) {
    const std::string target = std::string(reference->get_string()).substr(1);
    EXPECT_NE(resolve(root, target), nullptr) << pointer << " refers to " << target;
  }
  for (const auto &member : *object) {
    check_references(root, member.value(), child(pointer, std::string(member.key())));
  }
}

TEST(ManifestSchema, EveryReferenceLeadsSomewhere) {
  const json::value schema = json::parse(manifest_schema_text());
  check_references(schema, schema, "");
}

TEST(StandaloneSchema, TakesWhatIsUsedAlong) {
  const json::value defs = json::parse(R"({
    "a": {"items": {"$ref": "#/$defs/b"}}, "b": {"type": "string"}, "c": {}})");
  EXPECT_EQ(standalone_schema(json::parse(R"({"$ref": "#/$defs/a"})"), defs.as_object()),
            json::parse(R"({"$ref": "#/$defs/a", "$defs": {
              "a": {"items": {"$ref": "#/$defs/b"}}, "b": {"type": "string"}}})"));
  EXPECT_EQ(standalone_schema(json::parse(R"({"type": "null"})"), defs.as_object()),
            json::parse(R"({"type": "null"})"));
}

}  // namespace
}  // namespace cpi::manifest::test
