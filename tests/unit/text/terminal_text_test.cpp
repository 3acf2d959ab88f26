#include "text/terminal_text.hpp"

#include <gtest/gtest.h>

namespace host {
namespace {

constexpr std::string_view bad = "\xEF\xBF\xBD";

TEST(OneLine, DisarmsEscapeSequences) {
  EXPECT_EQ(one_line("a\x1b[31mred\x07"), "a" + std::string(bad) + "[31mred" + std::string(bad));
  EXPECT_EQ(one_line("\x7f"), bad);
  EXPECT_EQ(one_line("\xC2\x9B"
                     "31m"),
            std::string(bad) + "31m");  // CSI as one C1 character
}

TEST(OneLine, DisarmsTheDirectionOfText) {
  EXPECT_EQ(one_line("\xE2\x80\xAE"
                     "gpj.exe"),
            std::string(bad) + "gpj.exe");   // U+202E
  EXPECT_EQ(one_line("\xE2\x81\xA6"), bad);  // U+2066
}

TEST(OneLine, ReplacesWhatIsNoUtf8) {
  EXPECT_EQ(one_line("a\xFFz"), "a" + std::string(bad) + "z");
  EXPECT_EQ(one_line("\xC0\xAF"), std::string(bad) + std::string(bad));  // overlong
  EXPECT_EQ(one_line("\xED\xA0\x80").substr(0, 3), bad);                 // surrogate
  EXPECT_EQ(one_line("\xF0\x9F\x98"), std::string(bad) + std::string(bad) + std::string(bad));
}

TEST(OneLine, KeepsPeoplesTexts) {
  EXPECT_EQ(one_line("Розсилка, 通讯, \xF0\x9F\x98\x80"), "Розсилка, 通讯, \xF0\x9F\x98\x80");
}

TEST(Lines, AreKeptOnlyWhereWanted) {
  EXPECT_EQ(one_line("a\nb\tc\r"), "a b c ");
  EXPECT_EQ(many_lines("a\nb\tc"), "a\nb c");
}

TEST(HarmlessJson, WritesWhatSteersATerminalAsEscapes) {
  EXPECT_EQ(harmless_json("{\"a\":\"\x7f\xC2\x9B"
                          "31m\xE2\x80\xAE\xE2\x81\xA6\xE2\x80\xA8\"}"),
            "{\"a\":\"\\u007f\\u009b31m\\u202e\\u2066\\u2028\"}");
  EXPECT_EQ(harmless_json("\"a\xFFz\""), "\"a" + std::string(bad) + "z\"");
}

TEST(HarmlessJson, KeepsEverythingElse) {
  const std::string_view json = "{\n\t\"Розсилка\": \"\\u001b 通讯 \xF0\x9F\x98\x80\"}\r\n";
  EXPECT_EQ(harmless_json(json), json);
}

TEST(Width, CountsCells) {
  EXPECT_EQ(width("abc"), 3U);
  EXPECT_EQ(width("Привіт"), 6U);
  EXPECT_EQ(width("通讯"), 4U);
  EXPECT_EQ(width("e\xCC\x81"), 1U);  // e and a combining acute
  EXPECT_EQ(width("\xF0\x9F\x98\x80"), 2U);
}

TEST(Shortened, NeverCutsACharacter) {
  EXPECT_EQ(shortened("abcdef", 6), "abcdef");
  EXPECT_EQ(shortened("abcdef", 4), "abc\xE2\x80\xA6");
  EXPECT_EQ(shortened("通讯录", 4), "通\xE2\x80\xA6");
  EXPECT_EQ(shortened("abc", 0), "");
}

}  // namespace
}  // namespace host
