#include "cpi/manifest/manifest_schema.hpp"

#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "cpi/json/pointer.hpp"

namespace cpi::manifest::test {
namespace {

namespace json = boost::json;

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
  for (const Violation &violation : Schema::compile_document(rules).validate(whole).listed) {
    ADD_FAILURE() << violation.pointer << ' ' << violation.message;
  }
}

void check_references(const json::value &root, const json::value &value,
                      const std::string &pointer) {
  if (const auto *array = value.if_array()) {
    for (std::size_t i = 0; i < array->size(); ++i) {
      check_references(root, (*array)[i], pointer_join(pointer, i));
    }
  }
  const auto *object = value.if_object();
  if (object == nullptr) return;
  if (const auto *reference = object->if_contains("$ref");
      reference != nullptr && reference->is_string()) {
    const std::string target = std::string(reference->get_string()).substr(1);
    EXPECT_NE(find_at(root, target), nullptr) << pointer << " refers to " << target;
  }
  for (const auto &member : *object) {
    check_references(root, member.value(), pointer_join(pointer, std::string(member.key())));
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
