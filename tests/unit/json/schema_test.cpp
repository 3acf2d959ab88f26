#include "cpi/json/schema.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "document.hpp"

namespace {

using cpi::Schema;
using documents::json;
using documents::object;

Schema compile(std::string_view schema, std::string_view defs = "{}") {
  return Schema::compile(json(schema), object(defs), "/input");
}

std::vector<std::string> messages(const Schema &schema, std::string_view document) {
  std::vector<std::string> out;
  for (const auto &each : schema.validate(json(document)).listed) {
    out.push_back(each.pointer + " | " + each.message);
  }
  return out;
}

using Strings = std::vector<std::string>;

constexpr auto subscriber = R"({
  "type": "object", "required": ["list_id", "email"], "additionalProperties": false,
  "properties": {
    "list_id": {"type": "integer", "minimum": 1, "title": "Mailing list"},
    "email": {"type": "string", "format": "email", "minLength": 3, "title": "E-mail"},
    "when": {"enum": ["now", "later"]},
    "send_at": {"type": "string", "format": "date-time", "title": "Send at"},
    "tags": {"type": "array", "items": {"type": "integer"}, "maxItems": 2, "uniqueItems": true}
  },
  "if": {"required": ["when"], "properties": {"when": {"const": "later"}}},
  "then": {"required": ["send_at"]}
})";

TEST(Schema, TakesWhatFits) {
  const auto schema = compile(subscriber);
  EXPECT_EQ(messages(schema, R"({"list_id": 1, "email": "a@b.c"})"), Strings{});
  EXPECT_EQ(messages(schema, R"({"list_id": 1.0, "email": "a@b.c", "when": "later",
                                 "send_at": "2025-03-01T09:00:00Z", "tags": [1, 2]})"),
            Strings{});
}

TEST(Schema, ReportsEverythingAtOnce) {
  EXPECT_EQ(messages(compile(subscriber),
                     R"({"list_id": 0, "emial": "x", "when": "later", "tags": [1, "x", 1]})"),
            (Strings{
                "/email | E-mail is required.",
                "/list_id | Mailing list must be 1 or more, not 0.",
                "/emial | \"emial\" is not a known field; did you mean email?",
                "/tags | \"tags\" must have at most 2 items, and has 3.",
                "/tags | \"tags\" has the same item twice, as number 1 and 3.",
                "/tags/1 | Item 2 of \"tags\" must be a whole number, not the text \"x\".",
                "/send_at | Send at is required.",
            }));
}

TEST(Schema, SpeaksOfValuesAsPeopleDo) {
  struct Case {
    const char *schema, *document, *message;
  };
  for (const Case &each : std::initializer_list<Case>{
           {R"({"type": ["string", "integer"]})", "null",
            "The input must be a whole number or text, not null."},
           {R"({"type": "integer"})", "1.5",
            "The input must be a whole number, not the number 1.5."},
           {R"({"type": "boolean"})", "[]", "The input must be true or false, not a list."},
           {R"({"enum": ["a", 2, null]})", R"("b")",
            "The input must be one of \"a\", 2 or null, not \"b\"."},
           {R"({"const": 5})", "6", "The input must be 5, not 6."},
           {R"({"oneOf": [{"const": 1, "title": "New"}, {"const": 2}]})", "3",
            "The input must be one of 1 or 2, not 3."},
           {R"({"minLength": 2})", R"("ю")",
            "The input must have at least 2 characters, and has 1."},
           {R"({"minLength": 1})", R"("")", "The input must not be empty."},
           {R"({"maxLength": 1})", R"("ab")",
            "The input must have at most 1 character, and has 2."},
           {R"({"pattern": "^a"})", R"("b")", "The input must match the pattern ^a."},
           {R"({"format": "date"})", R"("soon")",
            "The input must be a date like 2025-03-01, not \"soon\"."},
           {R"({"contentEncoding": "base64"})", R"("%")", "The input must be base64 text."},
           {R"({"exclusiveMaximum": 3})", "3", "The input must be less than 3, not 3."},
           {R"({"multipleOf": 0.01})", "0.005", "The input must be a multiple of 0.01, not 0.005."},
           {R"({"minProperties": 1})", "{}", "The input must have at least 1 member."},
           {R"({"not": {"required": ["a", "b"]}})", R"({"a": 1, "b": 2})",
            "The input must not have \"a\" and \"b\" together."},
           {R"({"contains": {"const": 1}})", "[2]",
            "The input has no item of the kind it must have."},
           {R"(false)", "1", "The input is not allowed here."},
           {R"({"properties": {"a": false}})", R"({"a": 1})",
            "\"a\" is not used with the other values given; leave it out."}}) {
    const auto violations = compile(each.schema).validate(json(each.document));
    ASSERT_EQ(violations.count(), 1U) << each.schema;
    EXPECT_EQ(violations.listed[0].message, each.message);
  }
}

TEST(Schema, SaysWhichAlternativeWasMeant) {
  const auto schema = compile(R"({"oneOf": [
    {"type": "object", "required": ["kind", "text"], "properties": {"kind": {"const": "text"}}},
    {"type": "object", "required": ["kind", "url"], "properties": {"kind": {"const": "image"}}}]})");
  EXPECT_EQ(messages(schema, R"({"kind": "image"})"), Strings{"/url | \"url\" is required."});
  EXPECT_EQ(messages(schema, R"({"kind": "sound"})"),
            Strings{" | The input must be an object with \"kind\" and \"text\" or an object with "
                    "\"kind\" and \"url\"."});
  EXPECT_EQ(messages(compile(R"({"anyOf": [{"type": "integer", "minimum": 1},
                                           {"type": "string"}]})"),
                     "0"),
            Strings{" | The input must be 1 or more, not 0."});
  EXPECT_EQ(messages(compile(R"({"oneOf": [{"type": "integer"}, {"minimum": 1}]})"), "1"),
            Strings{" | The input fits more than one of the forms it may have."});
}

TEST(Schema, NeverShowsASecret) {
  const auto schema = compile(R"({
    "type": "object", "additionalProperties": false,
    "properties": {
      "api_key": {"type": "string", "pattern": "^k", "format": "uuid", "enum": ["one"],
                  "writeOnly": true, "title": "API key"},
      "pin": {"type": "integer", "minimum": 10000, "writeOnly": true},
      "box": {"type": "object", "writeOnly": true,
              "properties": {"inner": {"type": "string", "const": "z"}}}
    },
    "allOf": [{"properties": {"api_key": {"format": "email"}, "pin": {"const": 3}}}]
  })");
  const auto violations =
      schema.validate(json(R"({"api_key": "s3cr3t", "pin": 4711, "box": {"inner": "s3cr3t"}})"));
  EXPECT_GE(violations.count(), 7U);
  for (const auto &each : violations.listed) {
    EXPECT_EQ(each.message.find("s3cr3t"), std::string::npos) << each.message;
    EXPECT_EQ(each.message.find("4711"), std::string::npos) << each.message;
  }
  EXPECT_TRUE(schema.has_secrets());
  EXPECT_FALSE(compile(subscriber).has_secrets());
  EXPECT_EQ(messages(schema, R"({"pin": "s3cr3t"})"),
            (Strings{"/pin | \"pin\" must be a whole number, not text.",
                     "/pin | \"pin\" has a value that is not allowed."}));
}

TEST(Schema, SuggestsTheNameThatWasMeant) {
  const auto schema = compile(R"({"additionalProperties": false, "properties":
    {"list_id": {}, "email": {}, "sender_name": {}}})");
  const auto suggestion = [&](const std::string &name) {
    return schema.validate(json("{\"" + name + "\": 1}")).listed[0].message;
  };
  EXPECT_EQ(suggestion("listId"), "\"listId\" is not a known field; did you mean list_id?");
  EXPECT_EQ(suggestion("emial"), "\"emial\" is not a known field; did you mean email?");
  EXPECT_EQ(suggestion("sender-nam"),
            "\"sender-nam\" is not a known field; did you mean sender_name?");
  EXPECT_EQ(suggestion("colour"), "\"colour\" is not a known field.");
}

TEST(Schema, FollowsReferencesIntoThemselves) {
  const auto schema = compile(R"({"$ref": "#/$defs/tree"})", R"({"tree": {
    "type": "object", "required": ["name"], "properties": {
      "name": {"type": "string"},
      "children": {"type": "array", "items": {"$ref": "#/$defs/tree"}}}}})");
  EXPECT_EQ(messages(schema, R"({"name": "a", "children": [{"name": "b", "children": [{}]}]})"),
            Strings{"/children/0/children/0/name | \"name\" is required."});
}

TEST(Schema, ComparesNumbersExactly) {
  const auto schema = compile(R"({"maximum": 9007199254740993})");
  EXPECT_EQ(messages(schema, "9007199254740993").size(), 0U);
  EXPECT_EQ(messages(schema, "9007199254740994").size(), 1U);
  EXPECT_EQ(messages(compile(R"({"const": 18446744073709551615})"), "18446744073709551614").size(),
            1U);
  EXPECT_EQ(messages(compile(R"({"minimum": -1})"), "18446744073709551615").size(), 0U);
  EXPECT_EQ(messages(compile(R"({"multipleOf": 0.1})"), "0.3").size(), 0U);
  EXPECT_EQ(messages(compile(R"({"uniqueItems": true})"), "[1, 1.0]").size(), 1U);
  EXPECT_EQ(messages(compile(R"({"uniqueItems": true})"), "[1, \"1\", true, [1], {}]").size(), 0U);
}

TEST(Schema, RefusesSchemasItWouldGetWrong) {
  struct Case {
    const char *schema, *place;
  };
  for (const Case &each : std::initializer_list<Case>{
           {R"({"properties": {"a": {"typ": "string"}}})", "/input/properties/a/typ"},
           {R"({"type": "text"})", "/input/type"},
           {R"({"type": []})", "/input/type"},
           {R"({"minimum": "1"})", "/input/minimum"},
           {R"({"minLength": -1})", "/input/minLength"},
           {R"({"pattern": "("})", "/input/pattern"},
           {R"({"format": "ean13"})", "/input/format"},
           {R"({"items": [{}]})", "/input/items"},
           {R"({"prefixItems": [{}]})", "/input/prefixItems"},
           {R"({"$ref": "#/$defs/none"})", "/input/$ref"},
           {R"({"$ref": "https://example.org/"})", "/input/$ref"},
           {R"({"$ref": "#/$defs/loop"})", "/input"},
           {R"({"$ref": "#/$defs/ok", "minimum": 1})", "/input/$ref"},
           {R"({"enum": []})", "/input/enum"},
           {R"({"required": "a"})", "/input/required"},
           {R"({"multipleOf": 0})", "/input/multipleOf"},
           {R"(5)", "/input"}}) {
    try {
      compile(each.schema, R"({"loop": {"allOf": [{"$ref": "#/$defs/loop"}]}, "ok": {}})");
      FAIL() << each.schema;
    } catch (const std::invalid_argument &error) {
      EXPECT_TRUE(std::string(error.what()).starts_with(std::string(each.place) + ":"))
          << error.what();
    }
  }
}

TEST(Schema, TakesLongTexts) {
  const std::string text(200'000, 'x');
  const auto schema = compile(R"({"properties": {"body": {"type": "string", "maxLength": 200000,
                                  "pattern": "^[^<]*$"}}})");
  boost::json::object document;
  document["body"] = text;
  EXPECT_TRUE(schema.validate(document).empty());
  document["body"] = text + "y";
  const auto violations = schema.validate(document);
  ASSERT_EQ(violations.count(), 1U);
  EXPECT_LT(violations.listed[0].message.size(), 200U);
}

constexpr auto campaign = R"({
  "type": "object", "required": ["subject", "content"], "additionalProperties": false,
  "properties": {
    "subject": {"type": "string", "title": "Subject"},
    "content": {"title": "Content", "oneOf": [{"const": "html"}, {"const": "template"}]},
    "html": {"type": "string", "title": "HTML"},
    "template_id": {"type": "string", "title": "Template"},
    "list_ids": {"type": "array", "title": "Mailing lists", "items": {"type": "integer"}},
    "segment_id": {"type": "integer", "title": "Segment"}
  },
  "allOf": [
    {"if": {"required": ["content"], "properties": {"content": {"const": "html"}}},
     "then": {"required": ["html"]}, "else": {"properties": {"html": false}}},
    {"if": {"required": ["content"], "properties": {"content": {"const": "template"}}},
     "then": {"required": ["template_id"]}, "else": {"properties": {"template_id": false}}}],
  "anyOf": [{"required": ["list_ids"]}, {"required": ["segment_id"]}]
})";

TEST(Schema, OneSentenceWhereItDoesNotMatterWhichMemberIsGiven) {
  EXPECT_EQ(messages(compile(campaign), "{}"),
            (Strings{"/subject | Subject is required.", "/content | Content is required.",
                     " | Mailing lists or Segment is required."}));
  EXPECT_EQ(messages(compile(R"({"anyOf": [{"required": ["a", "b"]}, {"required": ["c"]}]})"),
                     R"({"a": 1})"),
            Strings{" | \"b\" or \"c\" is required."});
  EXPECT_EQ(
      messages(compile(R"({"anyOf": [{"required": ["a", "b"]}, {"required": ["c"]}]})"), "{}"),
      Strings{" | \"a\" and \"b\", or \"c\" are required."});
  EXPECT_EQ(messages(compile(R"({"properties": {"x": {"items": {
                       "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}}}})"),
                     R"({"x": [{}]})"),
            Strings{"/x/0 | Item 1 of \"x\": \"a\" or \"b\" is required."});
}

// The answer to an `if` is not known while what it asks about is wrong or missing.
TEST(Schema, SaysNothingThatFollowsFromAnotherMistake) {
  EXPECT_EQ(messages(compile(campaign),
                     R"({"subject": "s", "content": "htlm", "html": "x", "segment_id": 1})"),
            Strings{"/content | Content must be one of \"html\" or \"template\", not \"htlm\"."});
  EXPECT_EQ(messages(compile(campaign), R"({"subject": "s", "html": "x", "segment_id": 1})"),
            Strings{"/content | Content is required."});
  EXPECT_EQ(
      messages(compile(campaign), R"({"subject": "s", "content": "html", "html": "x",
                                            "template_id": "t", "segment_id": 1})"),
      Strings{"/template_id | Template is not used with the other values given; leave it out."});
}

// A condition that says `false` of a member: the place is the member's, wherever the condition is.
TEST(Schema, NamesWhatAConditionExcludes) {
  const auto schema = compile(R"({
    "properties": {"to": {}, "tag": {"type": "string"}, "list": {"items": {"$ref": "#/$defs/n"}}},
    "allOf": [{"if": {"required": ["to"], "properties": {"to": {"const": "tag"}}},
               "then": {"required": ["tag"]}, "else": {"properties": {"tag": false}}}]})",
                              R"({"n": {"if": {"required": ["a"]},
                                        "then": {"properties": {"b": false}}}})");
  const std::string why = "is not used with the other values given; leave it out.";
  EXPECT_EQ(messages(schema, R"({"to": "tag", "tag": "vip"})"), Strings{});
  EXPECT_EQ(messages(schema, R"({"to": "all"})"), Strings{});
  EXPECT_EQ(messages(schema, R"({"to": "all", "tag": "vip"})"), Strings{"/tag | \"tag\" " + why});
  EXPECT_EQ(messages(schema, R"({"tag": "vip"})"), Strings{"/tag | \"tag\" " + why});
  EXPECT_EQ(messages(schema, R"({"list": [{"b": 1}, {"a": 1, "b": 1}]})"),
            Strings{"/list/1/b | \"b\" " + why});
}

TEST(Schema, CallsMembersByTheirTitlesWhereverTheyAreMentioned) {
  const auto schema = compile(R"({
    "properties": {"a": {"title": "First"}, "b": {"title": "Second"},
                   "l": {"title": "Numbers", "items": {"type": "integer", "title": "Number"}}},
    "not": {"required": ["a", "b"]}})");
  EXPECT_EQ(messages(schema, R"({"a": 1, "b": 2})"),
            Strings{" | The input must not have First and Second together."});
  EXPECT_EQ(messages(schema, R"({"l": [1, "x"]})"),
            Strings{"/l/1 | Item 2 of Numbers must be a whole number, not the text \"x\"."});
}

TEST(Schema, ShowsAnExampleInsteadOfAPattern) {
  EXPECT_EQ(
      messages(compile(R"({"pattern": "^[+][0-9]+$", "examples": ["+380501234567"]})"), R"("x")"),
      Strings{" | The input must be written like +380501234567."});
}

TEST(Schema, ListsAHundredViolationsAndCountsTheOthers) {
  const auto schema = compile(R"({"properties": {"ids": {"items": {"type": "integer"}}}})");
  boost::json::array ids;
  for (int i = 0; i < 200'000; ++i) ids.emplace_back("x");
  const auto violations = schema.validate(boost::json::object{{"ids", ids}});
  EXPECT_EQ(violations.listed.size(), 100U);
  EXPECT_EQ(violations.others, 199'900U);
  EXPECT_EQ(violations.listed.back().pointer, "/ids/99");
  EXPECT_EQ(cpi::summary_of(violations),
            "The input has 200000 problems; the first 100 are listed.");
  const auto details = cpi::details_of(violations);
  ASSERT_EQ(details.size(), 101U);
  EXPECT_EQ(details.back(), json(R"({"pointer": "", "keyword": "",
    "message": "There are 199900 more problems, which are not listed."})"));
  ids.resize(101);
  const auto one_more = schema.validate(boost::json::object{{"ids", ids}});
  EXPECT_EQ(cpi::details_of(one_more).back().at("message"),
            "There is 1 more problem, which is not listed.");
}

TEST(Schema, SummarisesInOneSentence) {
  EXPECT_EQ(cpi::summary_of(compile(campaign).validate(json("{}"))), "The input has 3 problems.");
  EXPECT_EQ(cpi::summary_of(compile(campaign).validate(json("[]"), "The sample")),
            "The sample must be an object, not a list.");
}

// Each item is compared with all before it; in pairs that would be 20,000,000,000 comparisons.
TEST(Schema, FindsEqualItemsOfALongList) {
  const auto schema = compile(R"({"uniqueItems": true})");
  boost::json::array list;
  for (int i = 0; i < 100'000; ++i) {
    list.push_back(boost::json::object{{"a", i}, {"b", {i, 0.5}}});
    list.emplace_back(i + 0.25);
  }
  EXPECT_TRUE(schema.validate(list).empty());
  list.push_back(json(R"({"b": [7.0, 0.5], "a": 7})"));
  EXPECT_EQ(schema.validate(list).listed.at(0).message,
            "The input has the same item twice, as number 15 and 200001.");
}

TEST(SchemaDocument, ReachesAllOfItself) {
  const auto schema = Schema::compile_document(json(R"({
    "$id": "https://example.org/tree", "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object", "required": ["name"],
    "properties": {"name": {"$ref": "#/definitions/a~1b"}, "inner": {"$ref": "#"},
                   "same": {"$ref": "#/properties/name"}},
    "dependencies": {"same": ["inner"], "odd": {"required": ["even"]}},
    "definitions": {"a/b": {"type": "string", "format": "who-knows"}}})"));
  EXPECT_EQ(messages(schema, R"({"name": "a", "inner": {"name": "b"}})"), Strings{});
  EXPECT_EQ(messages(schema, R"({"name": "a", "inner": {"name": 1}})"),
            Strings{"/inner/name | \"name\" must be text, not the number 1."});
  EXPECT_EQ(messages(schema, R"({"name": "a", "same": "b"})"),
            Strings{"/inner | \"inner\" is required with \"same\"."});
  EXPECT_EQ(messages(schema, R"({"name": "a", "odd": 1})"),
            Strings{"/even | \"even\" is required."});
  EXPECT_THROW(Schema::compile_document(json(R"({"items": {"$id": "x"}})")), cpi::SchemaError);
  EXPECT_THROW(Schema::compile_document(json(R"({"$ref": "other.json"})")), cpi::SchemaError);
  EXPECT_THROW(Schema::compile_document(json(R"({"$ref": "#/nowhere"})")), cpi::SchemaError);
}

TEST(SchemaError, NamesPlaceKeywordAndReason) {
  try {
    compile(R"({"properties": {"a/b": {"pattern": "("}}})");
    FAIL();
  } catch (const cpi::SchemaError &error) {
    EXPECT_EQ(error.place, "/input/properties/a~1b/pattern");
    EXPECT_EQ(error.keyword, "pattern");
    EXPECT_EQ(error.place + ": " + error.why, error.what());
  }
}

TEST(SchemaErrors, AreFoundAllAtOnce) {
  const auto errors = Schema::errors_in(json(R"({"type": "text", "properties": {
                          "a": {"pattern": "(", "minLength": -1}, "b": {"$ref": "#/$defs/c"},
                          "d": 5}})"),
                                        object(R"({"c": {"enum": []}})"), "/input");
  std::vector<std::string> places;
  for (const auto &each : errors) places.push_back(each.place);
  EXPECT_EQ(places,
            (Strings{"/input/type", "/input/properties/a/pattern", "/input/properties/a/minLength",
                     "/$defs/c/enum", "/input/properties/d"}));
  EXPECT_TRUE(Schema::errors_in(json(subscriber), {}, "/input").empty());
}

}  // namespace
