#include "cpi/json/document.hpp"

#include <string>

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "cpi/json/number.hpp"
#include "cpi/json/schema.hpp"

namespace cpi {
namespace {

namespace json = boost::json;

json::value read(std::string_view text) {
  json::error_code error;
  json::value value = parse_document(text, error, 32);
  EXPECT_FALSE(error) << text;
  return value;
}

TEST(Document, IsWrittenAsItWasRead) {
  for (const std::string_view text :
       {"0",
        "-1",
        "9223372036854775807",
        "18446744073709551615",
        "18446744073709551616",
        "-99999999999999999999999",
        "0.1",
        "0.10",
        "1E-1",
        "1e-1",
        "1.0",
        "100.00",
        "1e22",
        "3.14159265358979323846",
        "0.000001",
        "-0.0",
        "true",
        "null",
        R"("text")",
        R"("a\"b\\\n")",
        R"({"a":[1.50,{"b":12345678901234567890123}],"":"\u0001","c":{}})",
        "[]"}) {
    EXPECT_EQ(write_document(read(text)), text);
  }
}

TEST(Document, WritesComputedNumbersAsPeopleDo) {
  EXPECT_EQ(write_document(json::array{0.1, 0.05, 12.5, 3.0, -0.25}), "[0.1,0.05,12.5,3,-0.25]");
}

TEST(Document, IsReadInPiecesOfAnyLength) {
  const std::string text = "[" + std::string(5000, '7') + ",\"" + std::string(5000, 'x') + "\"]";
  json::error_code error;
  json::value value = parse_document(text, error, 32);
  // Beyond the range of doubles: no receiver could read it.
  EXPECT_FALSE(error);
  EXPECT_TRUE(value.at(0).is_double());
  EXPECT_EQ(value.at(1).get_string().size(), 5000u);
}

TEST(Document, IsRefusedLikeAnyJson) {
  for (const std::string_view text : {"", "[1", "[1,]", "{} x", "01", "1.",
                                      "\"\xFF"
                                      "1\""}) {
    json::error_code error;
    parse_document(text, error, 32);
    EXPECT_TRUE(error) << text;
  }
  json::error_code error;
  parse_document("[[[1]]]", error, 2);
  EXPECT_EQ(error, json::error::too_deep);
}

TEST(Document, AWrittenNumberIsANumberToSchemasAndText) {
  const json::value big = read("123456789012345678901");
  ASSERT_TRUE(is_written_number(big));
  EXPECT_EQ(scalar_text(big), "123456789012345678901");
  const auto fits = [&](std::string_view schema, const json::value &value) {
    return Schema::compile(json::parse(schema), {}, "").validate(value).empty();
  };
  EXPECT_TRUE(fits(R"({"type": "integer", "minimum": 5})", big));
  EXPECT_FALSE(fits(R"({"type": "string"})", big));
  EXPECT_FALSE(fits(R"({"type": "integer", "maximum": 5})", big));
  EXPECT_TRUE(fits(R"({"type": "number", "enum": [0.1]})", read("0.10")));
  EXPECT_FALSE(fits(R"({"type": "integer"})", read("0.10")));
}

TEST(Document, AZeroWithAnExponentIsZero) {
  for (const std::string_view text : {"0e999", "-0e999", "0.00E+400", "0e5", "-0.0e-400"}) {
    EXPECT_EQ(write_document(read("[" + std::string(text) + "]")), "[0]") << text;
    EXPECT_EQ(write_document(*number_with_digits(text)), "0") << text;
    EXPECT_EQ(parse_number(text)->as_double(), 0) << text;
  }
  EXPECT_EQ(write_document(read("[0.00,1e-400]")), "[0.00,1e-400]");
}

TEST(Document, NumberWithDigitsKeepsThem) {
  EXPECT_EQ(write_document(*number_with_digits("0.10")), "0.10");
  EXPECT_EQ(write_document(*number_with_digits("123456789012345678901")), "123456789012345678901");
  EXPECT_TRUE(number_with_digits("5")->is_int64());
  EXPECT_FALSE(number_with_digits("007"));
  EXPECT_FALSE(number_with_digits("1e400"));
}

}  // namespace
}  // namespace cpi
