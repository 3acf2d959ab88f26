#include "form_text.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cpi::manifest::test {
namespace {

namespace json = boost::json;

json::value with_fields(std::string_view properties, std::string_view more = "") {
  return json::parse(R"({"type":"object","properties":{)" + std::string(properties) + "}" +
                     std::string(more) + "}");
}

const json::object &manifest() {
  static const json::value value = json::parse(R"({
    "lookups": [{"id": "boxes", "title": "Boxes"}],
    "$defs": {"box": {"type": "integer", "title": "Box", "x-options": {"lookup": "boxes"}}}})");
  return value.get_object();
}

std::vector<FieldRow> rows_of(std::string_view properties, std::string_view more = "") {
  return describe_form(with_fields(properties, more), manifest()).rows;
}

struct Words {
  std::string_view schema;
  std::string_view value;
};

class ValueWords : public testing::TestWithParam<Words> {};

TEST_P(ValueWords, SayWhatToEnter) {
  const auto rows = rows_of("\"a\":" + std::string(GetParam().schema));
  ASSERT_FALSE(rows.empty());
  EXPECT_EQ(rows.front().value, GetParam().value);
}

INSTANTIATE_TEST_SUITE_P(
    FormText, ValueWords,
    testing::Values(
        Words{R"({"type":"string"})", "text"}, Words{R"({"type":"integer"})", "whole number"},
        Words{R"({"type":"number"})", "number"}, Words{R"({"type":"boolean"})", "yes or no"},
        Words{R"({"title":"x"})", "any value"},
        Words{R"({"type":["string","null"]})", "text or nothing"},
        Words{R"({"type":"object","additionalProperties":{}})", "names and values"},
        Words{R"({"type":"string","format":"email"})", "email address"},
        Words{R"({"type":"string","format":"date-time"})", "date and time"},
        Words{R"({"type":"string","format":"date-time-local"})", "date and time"},
        Words{R"({"type":"string","format":"hostname"})", "text"},
        Words{R"({"type":"string","contentMediaType":"text/html"})", "HTML"},
        Words{R"({"type":"string","contentEncoding":"base64"})", "file"},
        Words{R"({"type":"string","writeOnly":true})", "secret"},
        Words{R"({"enum":["a",2,true]})", "one of: a, 2 or yes"},
        Words{R"({"oneOf":[{"const":"a","title":"Apple"},{"const":"b"}]})", "one of: Apple or b"},
        Words{R"({"enum":[1,2,3,4,5,6,7,8,9,10,11,12,13,14]})",
              "one of: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 2 more"},
        Words{R"({"type":"array"})", "list"},
        Words{R"({"type":"array","items":{"type":"string"}})", "list: text each"},
        Words{R"({"type":"array","items":{"enum":["a","b"]}})", "any of: a or b"},
        Words{R"({"$ref":"#/$defs/box"})", "from the account: Boxes"},
        Words{R"({"type":"array","items":{"$ref":"#/$defs/box"}})", "some of the account's: Boxes"},
        Words{R"({"type":"array","x-options":{"lookup":"boxes"}})", "some of the account's: Boxes"},
        Words{R"({"type":"object","x-options":{"lookup":"boxes","keys":true}})",
              "names and values; names from Boxes"},
        Words{R"({"type":"integer","x-options":{"lookup":"gone"}})", "from the account: gone"}));

TEST(FormText, NamesAFieldByItsTitleOrElseByItsKey) {
  const auto rows = rows_of(R"("a":{"title":"Apple"},"b":{"type":"string"})");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].name, "Apple");
  EXPECT_EQ(rows[1].name, "b");
}

TEST(FormText, FieldsOfObjectsAndListsFollowTheirs) {
  const auto rows = rows_of(R"("a":{"type":"array","title":"Files","items":{"type":"object",
    "required":["n"],"properties":{"n":{"type":"string","title":"Name"}}}})");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1].name, "Files › Name");
  EXPECT_EQ(rows[1].needed, "yes");
}

TEST(FormText, TellsWhenAFieldIsNeeded) {
  constexpr std::string_view fields =
      R"("kind":{"title":"Kind","oneOf":[{"const":"t","title":"Text"},{"const":"i","title":"Image"}]},
         "text":{"type":"string","x-ui":{"visible_when":{"kind":"t"}}},
         "url":{"type":"string","x-ui":{"visible_when":{"kind":["i","t"]}}},
         "free":{"type":"string"})";
  constexpr std::string_view rules =
      R"(,"required":["kind"],
         "if":{"properties":{"kind":{"const":"t"}}},"then":{"required":["text"]},
         "allOf":[{"if":{"properties":{"kind":{"enum":["i"]}}},"then":{"required":["url"]}}])";
  const auto rows = rows_of(fields, rules);
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[0].needed, "yes");
  EXPECT_EQ(rows[1].needed, "when Kind is Text");
  EXPECT_EQ(rows[1].about, "");  // shown just when it is needed
  EXPECT_EQ(rows[2].needed, "when Kind is Image");
  EXPECT_EQ(rows[2].about, "Only when Kind is Image or Text.");
  EXPECT_EQ(rows[3].needed, "");
}

TEST(FormText, TellsOfFieldsOfWhichOneIsNeeded) {
  const FormText form =
      describe_form(with_fields(R"("a":{"title":"Lists"},"b":{"title":"Segment"},"c":{})",
                                R"(,"anyOf":[{"required":["a"]},{"required":["b","c"]}])"),
                    manifest());
  EXPECT_EQ(form.either, (std::vector<std::string>{"Lists", "Segment and c"}));
}

TEST(FormText, TellsDescriptionLimitsAndDefault) {
  const auto about = [](std::string_view schema) {
    return rows_of("\"a\":" + std::string(schema)).front().about;
  };
  EXPECT_EQ(about(R"({"type":"string","description":"A word","maxLength":80,"default":"x"})"),
            "A word. At most 80 characters. Default: x.");
  EXPECT_EQ(about(R"({"type":"integer","minimum":1,"maximum":9})"), "Range: 1 to 9.");
  EXPECT_EQ(about(R"({"type":"integer","maximum":9})"), "Range: at most 9.");
  EXPECT_EQ(about(R"({"type":"array","minItems":2})"), "Entries: at least 2.");
  EXPECT_EQ(about(R"({"type":"boolean","default":false})"), "Default: no.");
  EXPECT_EQ(about(R"({"oneOf":[{"const":1,"title":"One"}],"default":1})"), "Default: One.");
  EXPECT_EQ(about(R"({"$ref":"#/$defs/box"})"), "");
}

TEST(FormText, OutputsAreToldByTheirTitles) {
  EXPECT_EQ(field_titles(with_fields(R"("a":{"title":"A"},"b":{"title":"A"},"c":{})"), manifest()),
            (std::vector<std::string>{"A", "A (b)", "c"}));
  EXPECT_TRUE(field_titles(json::parse(R"({"type":"array"})"), manifest()).empty());
  EXPECT_TRUE(field_titles(json::value(true), manifest()).empty());
}

TEST(FormText, EnumeratesAsPeopleDo) {
  EXPECT_EQ(enumerate({}), "");
  EXPECT_EQ(enumerate({"a"}), "a");
  EXPECT_EQ(enumerate({"a", "b"}, "or"), "a or b");
  EXPECT_EQ(enumerate({"a", "b", "c"}), "a, b and c");
}

}  // namespace
}  // namespace cpi::manifest::test
