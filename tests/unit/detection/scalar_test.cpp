#include "cpi/sdk/detection/scalar.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "trigger.hpp"

namespace cpi::detection {
namespace {

Scalar scalar(std::string_view json) {
  return to_scalar(json_of(json));
}

TEST(Scalar, NumericTextIsTheNumber) {
  EXPECT_EQ(scalar("12"), scalar("\"12\""));
  EXPECT_EQ(scalar("-7"), scalar("\"-7\""));
  EXPECT_EQ(scalar("9007199254740993"), scalar("\"9007199254740993\""));
  EXPECT_EQ(scalar("12.0"), scalar("12"));
}

TEST(Scalar, SpellingsThatMayMatterStayApart) {
  for (const char *other : {"\"007\"", "\"+7\"", "\"7.0\"", "\" 7\"", "\"\"", "null", "true"}) {
    EXPECT_FALSE(scalar("7") == scalar(other)) << other;
  }
  EXPECT_FALSE(scalar("\"A\"") == scalar("\"a\""));
  EXPECT_FALSE(scalar("9007199254740993") == scalar("9007199254740992"));
}

TEST(Scalar, OnlySomethingIdentifies) {
  for (const char *yes : {"0", "\"x\"", "false", "1.5"}) EXPECT_TRUE(scalar(yes).identifies());
  for (const char *no : {"null", "\"\"", "[]", "{}"}) EXPECT_FALSE(scalar(no).identifies()) << no;
}

TEST(Scalar, ComparesIntegersOfAnySizeByValue) {
  EXPECT_LT(compare(scalar("9"), scalar("10")), 0);
  EXPECT_GT(compare(scalar("-9"), scalar("-10")), 0);
  EXPECT_LT(compare(scalar("-1"), scalar("0")), 0);
  EXPECT_GT(compare(scalar("18446744073709551616"), scalar("18446744073709551615")), 0);
  EXPECT_LT(compare(scalar("1.5"), scalar("2")), 0);
  EXPECT_LT(compare(scalar("\"2025-03-01 09:00:00\""), scalar("\"2025-03-01 09:00:01\"")), 0);
  EXPECT_EQ(compare(scalar("\"12\""), scalar("12")), 0);
}

std::string round_trip(const Scalar &value) {
  const DigestKey key{1, 2};
  std::string bytes;
  pack(value, key, bytes);
  std::string_view rest = bytes;
  boost::json::value back;
  EXPECT_TRUE(unpack(rest, back));
  EXPECT_TRUE(rest.empty());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    std::string_view cut = std::string_view(bytes).substr(0, size);
    EXPECT_FALSE(unpack(cut, back) && cut.empty() && size + 1 == bytes.size() && size == 0);
  }
  std::string_view again = bytes;
  unpack(again, back);
  return boost::json::serialize(back);
}

TEST(Scalar, PackedValuesComeBack) {
  for (const char *text : {"0", "3", "-3", "31", "32", "2305843009213693951", "\"sent\"", "null",
                           "true", "false", "1.5", "-0.25", "\"\""}) {
    EXPECT_EQ(json_of(round_trip(scalar(text))), json_of(text)) << text;
  }
  // Too large for the tag: as text, with every digit.
  EXPECT_EQ(round_trip(scalar("9223372036854775807")), "\"9223372036854775807\"");
}

TEST(Scalar, ASmallNumberTakesOneByte) {
  const DigestKey key{1, 2};
  std::string bytes;
  pack(scalar("31"), key, bytes);
  EXPECT_EQ(bytes.size(), 1u);
}

TEST(Scalar, LongTextsAreComparedButNotKept) {
  const DigestKey key{1, 2};
  Scalar value;
  value.kind = ScalarKind::text;
  value.text = std::string(1000, 'x');
  std::string one;
  std::string other;
  pack(value, key, one);
  value.text.back() = 'y';
  pack(value, key, other);
  EXPECT_LT(one.size(), 12u);
  EXPECT_NE(one, other);
  EXPECT_EQ(round_trip(value), "null");
}

}  // namespace
}  // namespace cpi::detection
