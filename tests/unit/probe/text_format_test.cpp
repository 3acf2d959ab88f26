// A text's format is told by its look alone, and every text has one.
#include "probe/text_format.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

namespace host::test {
namespace {

TEST(TextFormat, OfEachKind) {
  const std::pair<std::string_view, std::string_view> texts[] = {
      {"", "empty"},
      {"380501234567", "digits"},
      {"-0.0044", "decimal"},
      {"1.", "text"},
      {"2026-03-01", "date"},
      {"2026-02-30", "word"},
      {"0000-00-00 00:00:00", "zero-date"},
      {"2026-03-01 09:00:00", "date-time-space"},
      {"2026-03-01 09:00", "date-time-space-minute"},
      {"2026-03-01 09:00:00+03:00", "date-time-space-offset"},
      {"2026-03-01 09:00:00Z", "date-time-space-utc"},
      {"2026-03-01T09:00:00", "date-time-t"},
      {"2026-03-01T09:00:00+03:00", "date-time-t-offset"},
      {"2026-03-01T09:00:00Z", "date-time-t-utc"},
      {"6a100000-0000-4000-8000-000000000001", "uuid"},
      {"jane@example.org", "email"},
      {"https://example.org/a?b=c", "url"},
      {"+03:00", "offset"},
      {"UTC+3", "offset"},
      {"+380 (50) 123-45-67", "phone"},
      {"6a100000000000000000000f", "hex"},
      {"Europe/Kyiv", "zone-name"},
      {"<p>Hello</p>", "html"},
      {"Active", "word"},
      {"Jane Doe", "text"},
      {"\xD0\x86\xD0\xB2\xD0\xB0\xD0\xBD", "text"},
  };
  for (const auto &[text, format] : texts) {
    EXPECT_EQ(text_format(text).name, format) << text;
  }
}

TEST(TextFormat, ATimeMayHaveFractions) {
  const TextFormat format = text_format("2026-03-01T09:00:00.123Z");
  EXPECT_EQ(format.name, "date-time-t-utc");
  EXPECT_TRUE(format.fraction);
}

TEST(LengthClass, HasItsLimits) {
  EXPECT_EQ(length_class(0), "0");
  EXPECT_EQ(length_class(4), "1-4");
  EXPECT_EQ(length_class(5), "5-8");
  EXPECT_EQ(length_class(4096), "257-4096");
  EXPECT_EQ(length_class(4097), "4097+");
}

}  // namespace
}  // namespace host::test
