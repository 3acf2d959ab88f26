#include "text/time_text.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdio>
#include <string_view>
#include <system_error>
#include <utility>

namespace host {

std::string rfc3339(std::int64_t unix_ms) {
  using namespace std::chrono;
  const sys_time<milliseconds> time{milliseconds(unix_ms)};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text.data();
}

std::string time_text(std::int64_t unix_ms) {
  return unix_ms == 0 ? std::string() : rfc3339(unix_ms);
}

std::string span_text(std::chrono::milliseconds span) {
  using namespace std::chrono_literals;
  constexpr std::array<std::pair<std::chrono::milliseconds, std::string_view>, 4> units{
      {{24h, " d"}, {1h, " h"}, {1min, " min"}, {1s, " s"}}};
  if (span < 1s) return std::to_string(span.count()) + " ms";
  for (std::size_t i = 0; i < units.size(); ++i) {
    const auto &[unit, name] = units[i];
    if (span < unit) continue;
    std::string out = std::to_string(span / unit).append(name);
    const auto rest = span % unit;
    if (i + 1 < units.size() && rest >= units[i + 1].first)
      out += ' ' + std::to_string(rest / units[i + 1].first).append(units[i + 1].second);
    return out;
  }
  return {};
}

std::optional<std::chrono::milliseconds> parse_span(std::string_view text) {
  using namespace std::chrono_literals;
  constexpr std::array<std::pair<std::string_view, std::chrono::milliseconds>, 6> units{
      {{"s", 1s}, {"min", 1min}, {"m", 1min}, {"h", 1h}, {"d", 24h}, {"w", 7 * 24h}}};
  constexpr std::int64_t most = std::chrono::milliseconds(100 * 365 * 24h).count();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 1) return std::nullopt;
  std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (unit.starts_with(' ')) unit.remove_prefix(1);
  for (const auto &[name, length] : units)
    if (name == unit && number <= most / length.count()) return number * length;
  return std::nullopt;
}

}  // namespace host
