#include "cli/json_input.hpp"

#include <gtest/gtest.h>

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/system/error_code.hpp>
#include <random>

#include "../temporary_folder.hpp"
#include "cli/failure.hpp"

namespace host::cli {
namespace {

struct Case {
  std::string_view text;
  std::size_t line;
  std::size_t column;
  std::string_view found;
  std::string_view expected;
};

TEST(JsonMistake, HasItsPlaceAndWhatWasExpected) {
  const std::array cases{
      Case{"{'a': 1}", 1, 2, "\"'\"", "a member name in double quotes, or }"},
      Case{R"({"a": 1,})", 1, 9, "\"}\"", "a member name in double quotes"},
      Case{R"({"a" 1})", 1, 6, "\"1\"", "a colon after the member name"},
      Case{R"({"a": })", 1, 7, "\"}\"", "the member's value"},
      Case{R"({"a": 1 "b": 2})", 1, 9, "\"\"\"", "a comma or }"},
      Case{"[1 2]", 1, 4, "\"2\"", "a comma or ]"},
      Case{"{\n \"a\": [1,\n  tru]}", 3, 3, "\"t\"",
           "true, false, null, or a text in double quotes"},
      Case{R"({"a": "b)", 1, 9, "the end", "a closing double quote"},
      Case{R"("\x")", 1, 3, "\"x\"", "one of \" \\ / b f n r t u after a backslash"},
      Case{R"("\u12g4")", 1, 6, "\"g\"", "four hexadecimal digits after \\u"},
      Case{"01", 1, 2, "\"1\"", "the end of the input"},
      Case{"1.", 1, 3, "the end", "a digit after the decimal point"},
      Case{"-", 1, 2, "the end", "a digit"},
      Case{"1e+", 1, 4, "the end", "a digit of the exponent"},
      Case{"{} x", 1, 4, "\"x\"", "the end of the input"},
      Case{"", 1, 1, "the end", "a JSON value"},
      Case{"[ж]", 1, 2, "\"ж\"", "a JSON value"},
  };
  for (const Case &one : cases) {
    const auto mistake = find_json_mistake(one.text);
    ASSERT_TRUE(mistake) << one.text;
    EXPECT_EQ(mistake->line, one.line) << one.text;
    EXPECT_EQ(mistake->column, one.column) << one.text;
    EXPECT_EQ(mistake->found, one.found) << one.text;
    EXPECT_EQ(mistake->expected, one.expected) << one.text;
  }
}

// The explanation and the judge agree on what is JSON, but for UTF-8, which only the judge checks.
TEST(JsonMistake, AgreesWithBoost) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  constexpr std::string_view letters = "{}[]\",:0123e+-. \n\\utrfalsn";
  constexpr std::string_view base = R"({"a": [1, -2.5e3, true, null], "b\n": {"c": "d"}})";
  for (int i = 0; i < 20'000; ++i) {
    std::string text(base);
    for (int edits = static_cast<int>(random() % 3); edits >= 0; --edits) {
      const std::size_t at = random() % text.size();
      if (random() % 2 == 0) {
        text[at] = letters[random() % letters.size()];
      } else {
        text.erase(at, 1);
      }
    }
    boost::system::error_code refused;
    (void)boost::json::parse(text, refused);
    EXPECT_EQ(find_json_mistake(text).has_value(), static_cast<bool>(refused)) << text;
  }
}

CommandFailure failure_of(std::string_view argument) {
  try {
    (void)read_json_object(argument, "--input");
  } catch (const CommandFailure &failure) {
    return failure;
  }
  ADD_FAILURE() << "was accepted: " << argument;
  return usage_failure("");
}

TEST(ReadJsonObject, TakesTextFilesAndNothing) {
  const TemporaryFolder folder;
  EXPECT_EQ(boost::json::serialize(read_json_object(R"({"a": 1})", "--input")), R"({"a":1})");
  EXPECT_TRUE(read_json_object("", "--input").empty());
  EXPECT_TRUE(read_json_object(" \n", "--input").empty());
  const std::string file = folder.file("input.json", "{\"a\": [true]}\n");
  EXPECT_EQ(boost::json::serialize(read_json_object("@" + file, "--input")), R"({"a":[true]})");
}

TEST(ReadJsonObject, TellsWhereTheMistakeIs) {
  const CommandFailure failure = failure_of("{'a': 1}");
  EXPECT_EQ(failure.exit, ExitCode::bad_data);
  EXPECT_EQ(failure.error.message,
            "--input is not JSON: line 1, column 2: found \"'\", expected a member name in double "
            "quotes, or }.");
  EXPECT_NE(failure.error.advice, "");
  EXPECT_EQ(boost::json::parse(failure.error.details).at("column").to_number<int>(), 2);
}

TEST(ReadJsonObject, RefusesOtherJsonAndMissingFiles) {
  EXPECT_EQ(failure_of("[1]").exit, ExitCode::bad_data);
  EXPECT_EQ(failure_of("@/does/not/exist").exit, ExitCode::no_input);
  EXPECT_EQ(failure_of("\"\xff\"").exit, ExitCode::bad_data);
  EXPECT_EQ(failure_of(std::string(100, '[')).exit, ExitCode::bad_data);
}

}  // namespace
}  // namespace host::cli
