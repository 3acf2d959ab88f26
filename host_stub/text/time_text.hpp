// Formats times for people and programs.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace host {

// RFC 3339 in UTC with milliseconds: "2026-11-23T14:00:00.123Z".
std::string rfc3339(std::int64_t unix_ms);

// The same, but empty for 0, which means "never" in the store.
std::string time_text(std::int64_t unix_ms);

// "3 s", "5 min", "2 h 10 min", "4 d": the two largest units.
std::string span_text(std::chrono::milliseconds span);

// The reverse for one unit, as people type it: "90s", "30min" or "30m", "12h", "30d", "2w", with or
// without a blank before the unit. Empty: it is none, or not from one second to 100 years.
std::optional<std::chrono::milliseconds> parse_span(std::string_view text);

}  // namespace host
