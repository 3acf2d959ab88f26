// Which values have an order, and where an answer has its rows.
#include "probe/answer.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "probe_fixture.hpp"

namespace host::test {
namespace {

TEST(ReadAnswer, AByteOrderMarkIsNoPartOfIt) {
  EXPECT_TRUE(answer_of("\xEF\xBB\xBF[]").body.has_value());
  EXPECT_FALSE(answer_of("<html>").body.has_value());
  EXPECT_FALSE(answer_of("").body.has_value());
}

TEST(Comparable, OnlyItsLike) {
  const auto value = [](std::string_view text) { return comparable(boost::json::parse(text)); };
  EXPECT_FALSE(value("null"));
  EXPECT_FALSE(value("true"));
  EXPECT_FALSE(value("[]"));
  EXPECT_FALSE(value(R"("")"));
  EXPECT_FALSE(value(R"("0000-00-00 00:00:00")"));
  EXPECT_TRUE(*value("9") < *value(R"("10")"));
  EXPECT_TRUE(*value(R"("2026-03-01 09:00:00")") < *value(R"("2026-03-01 09:00:01")"));
  EXPECT_TRUE(*value(R"("2026-03-01T09:00:00+03:00")") < *value(R"("2026-03-01T07:00:00Z")"));
  // A clock without an offset and an instant may be hours apart.
  EXPECT_EQ(*value(R"("2026-03-01 09:00:00")") <=> *value(R"("2026-03-01T07:00:00Z")"),
            std::partial_ordering::unordered);
  EXPECT_EQ(*value("5") <=> *value(R"("five")"), std::partial_ordering::unordered);
}

}  // namespace
}  // namespace host::test
