#include "cpi/json/cut_characters.hpp"

#include <gtest/gtest.h>

namespace {

using cpi::with_cut_characters_replaced;

std::string replaced(std::string_view json) {
  return with_cut_characters_replaced(json).value_or("(nothing)");
}

TEST(CutCharacters, HalvesOfSurrogatePairsAreReplaced) {
  EXPECT_EQ(replaced(R"(["cut \ud83d"])"), "[\"cut \xEF\xBF\xBD\"]");
  EXPECT_EQ(replaced(R"(["\uD83D\u00e9","\udE00x"])"),
            "[\"\xEF\xBF\xBD\\u00e9\",\"\xEF\xBF\xBDx\"]");
  EXPECT_EQ(replaced(R"(["\ud83d\ud83d\ude00"])"), "[\"\xEF\xBF\xBD\\ud83d\\ude00\"]");
}

TEST(CutCharacters, BytesThatAreNoCharacterAreReplacedOncePerCharacter) {
  EXPECT_EQ(replaced("[\"\xD0\"]"), "[\"\xEF\xBF\xBD\"]");
  EXPECT_EQ(replaced("[\"\xF0\x9F\x98\",1]"), "[\"\xEF\xBF\xBD\",1]");
  EXPECT_EQ(replaced("[\"\x98\xD0\xB0\"]"), "[\"\xEF\xBF\xBD\xD0\xB0\"]");
  EXPECT_EQ(replaced("{\"\xE4\":1}"), "{\"\xEF\xBF\xBD\":1}");
}

TEST(CutCharacters, WhatIsWholeStays) {
  for (const char *json :
       {"", "[]", R"(["\ud83d\ude00","\\ud83d","\"\\"])", "[\"\xF0\x9F\x98\x80\"]", "<html>\xFF",
        "[\xE4]", "[\"\xE4\",\"\xFF\"]", R"({"a":"\u00e9"})", R"(["\)"}) {
    EXPECT_FALSE(with_cut_characters_replaced(json)) << json;
  }
}

}  // namespace
