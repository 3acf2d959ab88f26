#include "cpi/json/text_search.hpp"

#include <gtest/gtest.h>

namespace {

TEST(FoldCase, KnowsTheAlphabetsOfOurUsers) {
  EXPECT_EQ(cpi::fold_case("News 2025"), "news 2025");
  EXPECT_EQ(cpi::fold_case("НОВИНИ Ґанок ЇЖАК Ёлка"), "новини ґанок їжак ёлка");
  EXPECT_EQ(cpi::fold_case("ÄÖÜ ÇÉ ŞĞ ŁŻ Ž"), "äöü çé şğ łż ž");
  EXPECT_EQ(cpi::fold_case("ΑΒΓΩ"), "αβγω");
  EXPECT_EQ(cpi::fold_case("× \U0001F600 日本"), "× \U0001F600 日本");
}

TEST(FoldCase, LeavesBrokenTextAlone) {
  EXPECT_EQ(cpi::fold_case("\xD0"), "\xD0");
  EXPECT_EQ(cpi::fold_case(""), "");
}

}  // namespace
