#include "cpi/sdk/input.hpp"

#include <string>

#include <gtest/gtest.h>

#include "cpi/language/failure.hpp"
#include "scripted.hpp"

namespace {

using cpi::Schema;
using scripted::json;

constexpr auto subscriber = R"({
  "type": "object", "required": ["list_id", "email"], "additionalProperties": false,
  "properties": {
    "list_id": {"type": "integer", "minimum": 1, "title": "Mailing list"},
    "email": {"type": "string", "format": "email", "minLength": 3, "title": "Email"}
  }
})";

TEST(ValidateInput, ParsesAndReports) {
  const auto schema = Schema::compile(json(subscriber), {}, "/input");
  EXPECT_EQ(cpi::validate_input(schema, " {\"list_id\": 1, \"email\": \"a@b.c\"}\n").at("list_id"),
            json("1"));
  EXPECT_TRUE(cpi::validate_input(Schema(), "").empty());
  struct Case {
    const char *text, *message;
  };
  for (const Case &each : std::initializer_list<Case>{
           {"{\"list_id\": 1,\n  oops}",
            "The input is not JSON: it is malformed at line 2, column 3."},
           {"{\"a\": ", "The input is not JSON: it ends too early at line 1, column 7."},
           {"{} x",
            "The input is not JSON: it has extra content after its end at line 1, column 4."},
           {"{\"\xC3\x28\": 1}", "The input is not JSON: it is malformed at line 1, column 3."},
           {"[]", "The input must be an object, not a list."},
           {"{}", "The input has 2 problems."}}) {
    try {
      cpi::validate_input(schema, each.text);
      FAIL() << each.text;
    } catch (const cpi::Failure &failure) {
      EXPECT_EQ(failure.error_class, cpi::ErrorClass::invalid_input);
      EXPECT_EQ(failure.message, each.message);
      EXPECT_TRUE(json(failure.details).is_array());
    }
  }
  const std::string deep = "{\"a\":" + std::string(1000, '[') + std::string(1000, ']') + "}";
  EXPECT_THROW(cpi::validate_input(Schema(), deep), cpi::Failure);
}

}  // namespace
