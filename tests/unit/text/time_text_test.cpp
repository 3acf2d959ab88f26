#include "text/time_text.hpp"

#include <gtest/gtest.h>

namespace host {
namespace {

using namespace std::chrono_literals;

TEST(Rfc3339, HasMillisecondsAndUtc) {
  EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(rfc3339(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(rfc3339(951782400007), "2000-02-29T00:00:00.007Z");
  EXPECT_EQ(rfc3339(4102444799999), "2099-12-31T23:59:59.999Z");
}

TEST(TimeText, IsRfc3339InUtcAndEmptyForNever) {
  EXPECT_EQ(time_text(0), "");
  EXPECT_EQ(time_text(784'111'777'123), "1994-11-06T08:49:37.123Z");
}

TEST(SpanText, HasTheTwoLargestUnits) {
  EXPECT_EQ(span_text(0ms), "0 ms");
  EXPECT_EQ(span_text(999ms), "999 ms");
  EXPECT_EQ(span_text(2s), "2 s");
  EXPECT_EQ(span_text(300s), "5 min");
  EXPECT_EQ(span_text(301s), "5 min 1 s");
  EXPECT_EQ(span_text(3h + 5s), "3 h");
  EXPECT_EQ(span_text(49h + 5min), "2 d 1 h");
}

TEST(ParseSpan, TakesANumberWithOneUnit) {
  EXPECT_EQ(parse_span("90s"), 90s);
  EXPECT_EQ(parse_span("5m"), 5min);
  EXPECT_EQ(parse_span("5 min"), 5min);
  EXPECT_EQ(parse_span("12h"), 12h);
  EXPECT_EQ(parse_span("30d"), 30 * 24h);
  EXPECT_EQ(parse_span("2 w"), 14 * 24h);
  EXPECT_EQ(parse_span("36500d"), 36'500 * 24h);
}

TEST(ParseSpan, RefusesEverythingElse) {
  for (const char *text :
       {"", "d", "30", "0d", "-1d", "+1d", "1.5h", "1h30m", "1 fortnight", "1  d", " 1d", "1d ",
        "1D", "36501d", "99999999999999999999d", "9223372036854775807w"})
    EXPECT_FALSE(parse_span(text)) << text;
}

}  // namespace
}  // namespace host
