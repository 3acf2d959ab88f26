#include "cpi/json/format.hpp"

#include <string>

#include <gtest/gtest.h>

namespace {

bool fits(std::string_view format, std::string_view text) {
  return cpi::find_format(format)->fits(text);
}

TEST(Format, Email) {
  for (const auto *text :
       {"jane@example.org", "a+b/c%d@mail.example.co.uk", "ю@пример.укр", "o'neil@x.io"}) {
    EXPECT_TRUE(fits("email", text)) << text;
  }
  for (const auto *text :
       {"", "jane", "@example.org", "jane@", "jane@localhost", "a@b@c.d", "a b@c.d", "a@-c.d",
        ".a@c.d", "a..b@c.d", "a@c..d", "a@c.d\n", "Jane <a@c.d>", "a,b@c.d"}) {
    EXPECT_FALSE(fits("email", text)) << text;
  }
  EXPECT_FALSE(fits("email", std::string(65, 'a') + "@example.org"));
}

TEST(Format, Uri) {
  for (const auto *text : {"https://example.org", "http://example.org:8080/a?b=c#d",
                           "https://[2001:db8::1]/x", "mailto:a@b.c", "https://u:p@example.org/"}) {
    EXPECT_TRUE(fits("uri", text)) << text;
  }
  for (const auto *text :
       {"", "example.org", "/path", "https://", "https:///x", "https://a b", "https://x/%zz",
        "1a:b", "https:", "http://x:8a/", "https://ex_ample\\x"}) {
    EXPECT_FALSE(fits("uri", text)) << text;
  }
}

TEST(Format, Addresses) {
  EXPECT_TRUE(fits("ipv4", "192.0.2.1"));
  for (const auto *text : {"256.0.0.1", "1.2.3", "01.2.3.4", "1.2.3.4.5", "1.2.3.", ""}) {
    EXPECT_FALSE(fits("ipv4", text)) << text;
  }
  for (const auto *text : {"::", "::1", "2001:db8::1", "1:2:3:4:5:6:7:8", "::ffff:192.0.2.1"}) {
    EXPECT_TRUE(fits("ipv6", text)) << text;
  }
  for (const auto *text : {"", ":", ":::", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "1:2",
                           "1:2:3:4:5:6:7:8::", "192.0.2.1::"}) {
    EXPECT_FALSE(fits("ipv6", text)) << text;
  }
}

TEST(Format, TheRest) {
  EXPECT_TRUE(fits("uuid", "123e4567-e89b-12d3-a456-426614174000"));
  EXPECT_FALSE(fits("uuid", "123e4567-e89b-12d3-a456-42661417400g"));
  EXPECT_FALSE(fits("uuid", "123e4567e89b12d3a456426614174000"));
  EXPECT_TRUE(fits("hostname", "example.org"));
  EXPECT_FALSE(fits("hostname", "exa mple"));
  EXPECT_FALSE(fits("hostname", "a..b"));
  EXPECT_TRUE(fits("date", "2024-02-29"));
  EXPECT_FALSE(fits("date", "2025-02-29"));
  EXPECT_TRUE(fits("time", "09:00:00+02:00"));
  EXPECT_FALSE(fits("time", "09:00"));
  EXPECT_TRUE(fits("date-time", "2025-03-01T09:00:00Z"));
  EXPECT_FALSE(fits("date-time", "2025-03-01 09:00:00"));
  for (const char *clock :
       {"2025-03-01T09:00:00", "2025-03-01T09:00", "2025-03-01T09:00:00.5", "2025-03-01T09:00:00Z",
        "2025-03-01T09:00:00+02:00", "2025-03-01T09:00+0200"}) {
    EXPECT_TRUE(fits("date-time-local", clock)) << clock;
  }
  for (const char *other :
       {"2025-03-01", "2025-03-01T09:00:00+02:00 Kyiv", "2025-03-01T09:00:00+25:00",
        "2025-03-01 09:00:00", "2025-02-30T09:00:00", "2025-03-01T25:00:00", ""}) {
    EXPECT_FALSE(fits("date-time-local", other)) << other;
  }
  EXPECT_EQ(cpi::find_format("regex"), nullptr);
}

}  // namespace
