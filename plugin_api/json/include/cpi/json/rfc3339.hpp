// Dates as text. Without a clock, a locale or a time zone database: only what the text says.
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
  std::optional<int> offset_minutes;  // east of UTC; absent when the text names no zone
};

// YYYY-MM-DD, a real day of the proleptic Gregorian calendar.
std::optional<DateTime> parse_date(std::string_view text);
// RFC 3339, section 5.6; the offset is required, 't' and 'z' may be lower case.
std::optional<DateTime> parse_rfc3339(std::string_view text);
// What services send: the above, with a blank for the 'T', without offset or with "+0300", without
// seconds, or only a date.
std::optional<DateTime> parse_lenient(std::string_view text);
// RFC 9110, section 5.6.7, IMF-fixdate only (the form senders must use).
std::optional<std::int64_t> parse_http_date(std::string_view text);  // Unix seconds

std::string format_date(const DateTime &time);             // 2025-03-01
std::string format_datetime(const DateTime &time);         // 2025-03-01 09:00:00, wall clock as is
std::string format_datetime_minute(const DateTime &time);  // 2025-03-01 09:00

std::int64_t to_unix_ms(const DateTime &time) noexcept;  // no offset counts as UTC
DateTime from_unix_ms(std::int64_t unix_ms) noexcept;    // in UTC
std::string format_rfc3339(std::int64_t unix_ms);        // 2025-03-01T09:00:00.000Z

}  // namespace cpi
