#include "plugins/text_check.hpp"

#include <gtest/gtest.h>

#include <string>

namespace host {
namespace {

TEST(TextCheck, Utf8) {
  for (const std::string_view good :
       {"", "plain", "J\xC3\xBCrgen", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xED\x9F\xBF",
        "\xEE\x80\x80", "\xF4\x8F\xBF\xBF", "\xEF\xBB\xBFmarked"})
    EXPECT_TRUE(is_utf8(good)) << testing::PrintToString(good);
  for (const std::string_view bad : {"J\xFCrgen",         // Latin-1
                                     "\x80", "\xC3",      // a lone continuation, a lone lead
                                     "\xC0\xAF",          // overlong
                                     "\xE0\x80\xAF",      // overlong
                                     "\xF0\x80\x80\xAF",  // overlong
                                     "\xED\xA0\x80",      // surrogate
                                     "\xF4\x90\x80\x80",  // above U+10FFFF
                                     "\xF8\x88\x80\x80\x80", "\xFF", "\xE2\x82", "\xF0\x9F\x98"})
    EXPECT_FALSE(is_utf8(bad)) << testing::PrintToString(bad);
  EXPECT_TRUE(is_utf8(std::string_view("a\0b", 3)));
}

TEST(TextCheck, Json) {
  for (const std::string_view good : {"{}", " [1, 2.5e3, null] ", "\"text\"", "7", "true"})
    EXPECT_TRUE(is_json(good)) << good;
  for (const std::string_view bad : {"", " ", "{", "{'a':1}", "[1,]", "{} {}", "nul", "\"a", "{}x",
                                     "\xEF\xBB\xBF{}", "\"\xFC\"", "NaN", "// note\n1"})
    EXPECT_FALSE(is_json(bad)) << bad;
}

TEST(TextCheck, JsonNestedTooDeepIsRefusedRatherThanOverflowing) {
  EXPECT_TRUE(is_json(std::string(32, '[') + std::string(32, ']')));
  EXPECT_FALSE(is_json(std::string(33, '[') + std::string(33, ']')));
  EXPECT_FALSE(is_json(std::string(10'000'000, '[')));
}

TEST(TextCheck, JsonObject) {
  EXPECT_TRUE(is_json_object("{\"a\": {}}"));
  EXPECT_TRUE(is_json_object("\n {}"));
  for (const std::string_view bad : {"[]", "7", "", "{", "\"{}\""})
    EXPECT_FALSE(is_json_object(bad)) << bad;
}

}  // namespace
}  // namespace host
