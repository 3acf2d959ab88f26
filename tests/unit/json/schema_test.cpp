#include "cpi/json/schema.hpp"

#include <random>
#include <stdexcept>

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

// Boost.JSON is compiled once, elsewhere; valijson's adapter includes it whole.
#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "document.hpp"

namespace {

using cpi::Problem;
using cpi::Schema;
using documents::json;
using documents::object;

Schema compile(std::string_view schema, std::string_view defs = "{}") {
  return Schema::compile(json(schema), object(defs), "/input");
}

std::vector<std::string> messages(const Schema &schema, std::string_view document) {
  std::vector<std::string> out;
  for (const auto &each : schema.validate(json(document))) {
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
                "/send_at | \"send_at\" is required.",
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
           {R"({"pattern": "^a"})", R"("b")",
            "The input does not have the form that is asked for, which is ^a."},
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
    const auto problems = compile(each.schema).validate(json(each.document));
    ASSERT_EQ(problems.size(), 1U) << each.schema;
    EXPECT_EQ(problems[0].message, each.message);
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
  const auto problems =
      schema.validate(json(R"({"api_key": "s3cr3t", "pin": 4711, "box": {"inner": "s3cr3t"}})"));
  EXPECT_GE(problems.size(), 7U);
  for (const auto &each : problems) {
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
    return schema.validate(json("{\"" + name + "\": 1}"))[0].message;
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
           {R"({"$ref": "#/$defs/ok", "minimum": 1})", "/input/minimum"},
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
  EXPECT_EQ(schema.validate(document).size(), 0U);
  document["body"] = text + "y";
  const auto problems = schema.validate(document);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_LT(problems[0].message.size(), 200U);
}

// ---- Against another validator ----

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  boost::json::value document(int depth) {
    switch (random_() % (depth > 0 ? 7 : 5)) {
      case 0:
        return nullptr;
      case 1:
        return random_() % 2 == 0;
      case 2:
        return static_cast<std::int64_t>(random_() % 5);
      case 3:
        return 0.5 + static_cast<double>(random_() % 4);
      case 4:
        return boost::json::value(text());
      case 5: {
        boost::json::array list;
        for (auto n = random_() % 4; n > 0; --n) list.push_back(document(depth - 1));
        return list;
      }
      default: {
        boost::json::object members;
        for (auto n = random_() % 4; n > 0; --n) members[name()] = document(depth - 1);
        return members;
      }
    }
  }

  boost::json::value schema(int depth) {
    boost::json::object out;
    for (auto n = 1 + random_() % 3; n > 0; --n) add_keyword(out, depth);
    return out;
  }

 private:
  std::string text() { return std::string("abxyю").substr(0, 1 + random_() % 4); }
  std::string name() { return std::string(1, "abcd"[random_() % 4]); }
  std::int64_t small() { return static_cast<std::int64_t>(random_() % 4); }
  boost::json::array schemas(int depth) {
    boost::json::array list;
    for (auto n = 1 + random_() % 3; n > 0; --n) list.push_back(schema(depth - 1));
    return list;
  }

  void add_keyword(boost::json::object &out, int depth) {
    static const char *types[] = {"null",   "boolean", "integer", "number",
                                  "string", "array",   "object"};
    switch (random_() % (depth > 0 ? 25 : 14)) {
      case 0:
      case 1:
      case 2:
        out["type"] = types[random_() % 7];
        break;
      case 3:
        out["type"] = boost::json::array{types[random_() % 3], types[3 + random_() % 4]};
        break;
      case 4:
        out["enum"] = boost::json::array{document(1), document(0), document(0)};
        break;
      case 5:
        out["const"] = document(1);
        break;
      case 6:
        out["minimum"] = small();
        break;
      case 7:
        out["exclusiveMaximum"] = small();
        break;
      case 8:
        out["minLength"] = small();
        break;
      case 9:
        out["maxLength"] = small();
        break;
      case 10:
        out["pattern"] = random_() % 2 == 0 ? "^a" : "b";
        break;
      case 11:
        out["required"] = boost::json::array{boost::json::value(name())};
        break;
      case 12:
        out["maxItems"] = small();
        break;
      case 13:
        out["uniqueItems"] = true;
        break;
      case 14:
        out["minItems"] = small();
        break;
      case 15:
      case 16: {
        boost::json::object properties;
        for (auto n = 1 + random_() % 3; n > 0; --n) properties[name()] = schema(depth - 1);
        out["properties"] = std::move(properties);
        if (random_() % 2 == 0) out["additionalProperties"] = false;
        break;
      }
      case 17:
        out["additionalProperties"] = schema(depth - 1);
        break;
      case 18:
        out["items"] = schema(depth - 1);
        break;
      case 19:
        out["allOf"] = schemas(depth);
        break;
      case 20:
        out["anyOf"] = schemas(depth);
        break;
      case 21:
        out["oneOf"] = schemas(depth);
        break;
      case 22:
        out["not"] = schema(depth - 1);
        break;
      case 23:
        out["patternProperties"] = boost::json::object{{"^[ab]", schema(depth - 1)}};
        break;
      default:
        out["if"] = schema(depth - 1);
        out["then"] = schema(depth - 1);
        out["else"] = schema(depth - 1);
        break;
    }
  }

  std::mt19937 random_;
};

TEST(Schema, AgreesWithValijson) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Generator generate(seed);
  int valid = 0;
  int total = 0;
  for (int i = 0; i < 1500; ++i) {
    const auto schema = generate.schema(3);
    valijson::Schema reference;
    valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
    valijson::adapters::BoostJsonAdapter schema_adapter(schema);
    parser.populateSchema(schema_adapter, reference);
    const auto ours = Schema::compile(schema, {}, "/input");
    for (int j = 0; j < 12; ++j) {
      const auto document = generate.document(3);
      valijson::adapters::BoostJsonAdapter document_adapter(document);
      valijson::Validator validator(valijson::Validator::kStrongTypes);
      const bool expected = validator.validate(reference, document_adapter, nullptr);
      const auto problems = ours.validate(document);
      ASSERT_EQ(problems.empty(), expected) << boost::json::serialize(schema) << "\n"
                                            << boost::json::serialize(document) << "\n"
                                            << cpi::problems_json(problems);
      ++total;
      valid += expected ? 1 : 0;
    }
  }
  // Otherwise the documents prove little.
  EXPECT_GT(valid, total / 20);
  EXPECT_LT(valid, total * 19 / 20);
}

}  // namespace
