#include "cpi/json/rfc3339.hpp"

#include <random>

#include <gtest/gtest.h>

namespace {

using namespace cpi;

TEST(Rfc3339, TakesWhatTheStandardAllows) {
  const auto time = parse_rfc3339("2025-03-01T09:05:07.25+02:30");
  ASSERT_TRUE(time);
  EXPECT_EQ(time->hour, 9);
  EXPECT_EQ(time->nanosecond, 250'000'000);
  EXPECT_EQ(time->offset_minutes, 150);
  EXPECT_EQ(format_rfc3339(to_unix_ms(*time)), "2025-03-01T06:35:07.250Z");
  EXPECT_TRUE(parse_rfc3339("2024-02-29t23:59:59z"));
  EXPECT_TRUE(parse_rfc3339("2016-12-31T23:59:60Z"));
  EXPECT_TRUE(parse_rfc3339("2017-01-01T01:59:60+02:00"));
}

TEST(Rfc3339, RefusesWhatIsNoTime) {
  for (const auto *text :
       {"", "2025-03-01", "2025-03-01 09:00:00Z", "2025-03-01T09:00:00", "2025-02-29T00:00:00Z",
        "2025-13-01T00:00:00Z", "2025-03-01T24:00:00Z", "2025-03-01T09:60:00Z",
        "2025-03-01T09:00:61Z", "2025-03-01T12:00:60Z", "2025-03-01T09:00:00+24:00",
        "2025-03-01T09:00:00.Z", "2025-03-01T09:00:00Zx", "25-03-01T09:00:00Z",
        "2025-3-1T09:00:00Z", "1900-02-29T00:00:00Z", "2025-03-01T09:00:00+0200"}) {
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  }
}

TEST(Rfc3339, ReadsWhatServicesSend) {
  for (const auto *text :
       {"2025-03-01 09:00:00", "2025-03-01 09:00", "2025-03-01T09:00:00.123456Z",
        "2025-03-01 09:00:00+00:00", "2025-03-01 09:00:00+00", "2025-03-01 09:00:00.999999+0000"}) {
    const auto time = parse_lenient(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(format_datetime_minute(*time), "2025-03-01 09:00") << text;
  }
  EXPECT_FALSE(parse_lenient("2025-03-01 09:00:00")->offset_minutes);
  EXPECT_TRUE(parse_lenient("2025-03-01"));
  for (const auto *text : {"0000-00-00 00:00:00", "yesterday", "2025-03-01 9:00", "2025-03-01 "}) {
    EXPECT_FALSE(parse_lenient(text)) << text;
  }
}

TEST(Rfc3339, ReadsHttpDates) {
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), 784'111'777);
  for (const auto *text : {"Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                           "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 +0000",
                           "Xyz, 06 Nov 1994 08:49:37 GMT", "", "120"}) {
    EXPECT_FALSE(parse_http_date(text)) << text;
  }
}

TEST(Rfc3339, KnowsEdgesOfTheCalendar) {
  EXPECT_EQ(format_rfc3339(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_rfc3339(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(format_rfc3339(951'782'400'000), "2000-02-29T00:00:00.000Z");
  EXPECT_EQ(to_unix_ms(*parse_date("0000-01-01")), -62'167'219'200'000);
}

TEST(Rfc3339, ComesBackUnchanged) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::uniform_int_distribution<std::int64_t> ms(-62'167'219'200'000, 253'402'300'799'999);
  for (int i = 0; i < 20'000; ++i) {
    const auto time = ms(random);
    const auto text = format_rfc3339(time);
    const auto back = parse_rfc3339(text);
    ASSERT_TRUE(back) << text;
    ASSERT_EQ(to_unix_ms(*back), time) << text;
  }
}

}  // namespace
