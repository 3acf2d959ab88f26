// Parses and formats dates. Uses no clock, locale or time zone database: only the text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cpi {

struct DateTime {
  int year = 1970;
  int month = 1;
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;                     // 60 for a leap second
  int nanosecond = 0;                 // finer digits are dropped
  std::optional<int> offset_minutes;  // east of UTC; absent if the text has no offset
};

// YYYY-MM-DD, a real day of the proleptic Gregorian calendar.
std::optional<DateTime> parse_date(std::string_view text);
// RFC 3339, section 5.6; the offset is required, 't' and 'z' may be lower case.
std::optional<DateTime> parse_rfc3339(std::string_view text);
// Also accepts common variants: a space for the 'T', no offset or "+0300", no seconds, or only a
// date.
std::optional<DateTime> parse_lenient(std::string_view text);
// RFC 9110, section 5.6.7, IMF-fixdate only (the form senders must use).
std::optional<std::int64_t> parse_http_date(std::string_view text);  // Unix seconds

std::string format_date(const DateTime &time);             // 2025-03-01
std::string format_datetime(const DateTime &time);         // 2025-03-01 09:00:00, wall clock as is
std::string format_datetime_minute(const DateTime &time);  // 2025-03-01 09:00

std::int64_t to_unix_ms(const DateTime &time) noexcept;  // UTC if there is no offset
DateTime from_unix_ms(std::int64_t unix_ms) noexcept;    // in UTC
std::string format_rfc3339(std::int64_t unix_ms);        // 2025-03-01T09:00:00.000Z

}  // namespace cpi
