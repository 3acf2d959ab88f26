#include "cpi/json/pattern.hpp"

#include <initializer_list>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace {

using cpi::Pattern;

bool matches(std::string_view pattern, std::string_view text) {
  return Pattern::compile(pattern).search(text);
}

TEST(Pattern, FollowsEcma262) {
  EXPECT_TRUE(matches("b", "abc"));
  EXPECT_FALSE(matches("^b", "abc"));
  EXPECT_TRUE(matches("^[0-9a-f]{24}$", "5f8f8c44b54764421b7156c1"));
  EXPECT_FALSE(matches("^[0-9a-f]{24}$", "5f8f8c44b54764421b7156c"));
  EXPECT_TRUE(matches("^/(?!/)[^\\s\\\\#]*$", "/addressbooks/1"));
  EXPECT_FALSE(matches("^/(?!/)[^\\s\\\\#]*$", "//evil.example"));
  EXPECT_TRUE(matches("^(?=.*[0-9])(?=.*[a-z]).{4,}$", "ab12"));
  EXPECT_FALSE(matches("^(?=.*[0-9])(?=.*[a-z]).{4,}$", "abcd"));
  EXPECT_TRUE(matches("^(a|b)*?c{0,2}$", "abbac"));
  EXPECT_TRUE(matches("\\bcat\\b", "the cat."));
  EXPECT_FALSE(matches("\\bcat\\b", "concat"));
  EXPECT_TRUE(matches("^[\\]\\-x]+$", "]-x"));
  EXPECT_TRUE(matches("^[a-]$", "-"));
  EXPECT_FALSE(matches("^.$", "\n"));
  EXPECT_TRUE(matches("", ""));
  EXPECT_TRUE(matches("^$", ""));
  EXPECT_FALSE(matches("[]", "a"));
  EXPECT_TRUE(matches("[^]", "\n"));
  EXPECT_TRUE(matches("^\\u0041\\x42\\u{1F600}$", "AB\U0001F600"));
}

TEST(Pattern, CountsCodePointsNotBytes) {
  EXPECT_TRUE(matches("^.{3}$", "ю\U0001F600é"));
  EXPECT_TRUE(matches("^[а-я]+$", "привет"));
  EXPECT_TRUE(matches("^[^a]$", "\xFF"));
}

TEST(Pattern, RefusesWhatItDoesNotOffer) {
  for (const auto *pattern : {"(",
                              ")",
                              "a)",
                              "[a",
                              "*",
                              "a**",
                              "a{2,1}",
                              "a{",
                              "{1}",
                              "\\",
                              "\\1",
                              "\\p{L}",
                              "(?<n>a)",
                              "(?<=a)",
                              "[b-a]",
                              "[\\d-x]",
                              "\\u12",
                              "a{99999}",
                              "(((a{100}){100}){100})",
                              "^*",
                              "]",
                              "\\k"}) {
    EXPECT_THROW(Pattern::compile(pattern), std::invalid_argument) << pattern;
  }
  EXPECT_THROW(Pattern::compile(std::string(200, '(') + std::string(200, ')')),
               std::invalid_argument);
}

// Patterns on which backtracking matchers take years.
TEST(Pattern, TakesLinearSteps) {
  const std::string text(50'000, 'a');
  EXPECT_FALSE(matches("^(a+)+$", text + "b"));
  EXPECT_FALSE(matches("^(a|aa)+$", text + "b"));
  EXPECT_FALSE(matches("(.*)*x", text));
}

}  // namespace
