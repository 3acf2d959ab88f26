#include "cpi/json/rfc3339.hpp"

#include <array>

namespace cpi {

namespace {

constexpr std::int64_t seconds_per_day = 86'400;

bool is_leap(int year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int days_in(int year, int month) {
  constexpr std::array days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : days[static_cast<std::size_t>(month - 1)];
}

// Days since 1970-01-01. Years are shifted to begin in March, so that the leap day comes last.
std::int64_t days_from_civil(std::int64_t year, int month, int day) {
  if (month <= 2) --year;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

void civil_from_days(std::int64_t days, DateTime &time) {
  days += 719'468;
  const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const std::int64_t day_of_era = days - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
  time.day = static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  time.month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  time.year = static_cast<int>(year_of_era + era * 400 + (time.month <= 2 ? 1 : 0));
}

bool is_time_digit(char c) {
  return c >= '0' && c <= '9';
}

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  bool literal(char expected) {
    if (rest_.empty() || rest_.front() != expected) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool one_of(std::string_view expected) {
    if (rest_.empty() || expected.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool number(std::size_t digits, int least, int most, int &out) {
    if (rest_.size() < digits) return false;
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (!is_time_digit(rest_[i])) return false;
      value = value * 10 + (rest_[i] - '0');
    }
    if (value < least || value > most) return false;
    rest_.remove_prefix(digits);
    out = value;
    return true;
  }
  bool fraction(int &nanosecond) {
    if (rest_.empty() || !is_time_digit(rest_.front())) return false;
    int scale = 100'000'000;
    while (!rest_.empty() && is_time_digit(rest_.front())) {
      nanosecond += (rest_.front() - '0') * scale;
      scale /= 10;
      rest_.remove_prefix(1);
    }
    return true;
  }
  char front() const { return rest_.empty() ? '\0' : rest_.front(); }
  // Takes the given prefix off.
  bool word(std::string_view expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }

 private:
  std::string_view rest_;
};

bool read_date(Reader &in, DateTime &time) {
  return in.number(4, 0, 9999, time.year) && in.literal('-') && in.number(2, 1, 12, time.month) &&
         in.literal('-') && in.number(2, 1, days_in(time.year, time.month), time.day);
}

bool read_offset(Reader &in, DateTime &time, bool colon_required) {
  if (in.one_of("Zz")) {
    time.offset_minutes = 0;
    return true;
  }
  const bool west = in.front() == '-';
  int hours = 0;
  int minutes = 0;
  if (!in.one_of("+-") || !in.number(2, 0, 23, hours)) return false;
  const bool colon = in.literal(':');
  if (colon_required && !colon) return false;
  if (!in.number(2, 0, 59, minutes) && (colon || !in.done())) return false;
  time.offset_minutes = (west ? -1 : 1) * (hours * 60 + minutes);
  return true;
}

void append(std::string &out, int value, int digits) {
  std::string text = std::to_string(value);
  if (static_cast<int>(text.size()) < digits) {
    out.append(static_cast<std::size_t>(digits) - text.size(), '0');
  }
  out += text;
}

}  // namespace

std::optional<DateTime> parse_date(std::string_view text) {
  DateTime time;
  Reader in(text);
  if (!read_date(in, time) || !in.done()) return std::nullopt;
  return time;
}

std::optional<DateTime> parse_rfc3339(std::string_view text) {
  DateTime time;
  Reader in(text);
  if (!read_date(in, time) || !in.one_of("Tt") || !in.number(2, 0, 23, time.hour) ||
      !in.literal(':') || !in.number(2, 0, 59, time.minute) || !in.literal(':') ||
      !in.number(2, 0, 60, time.second)) {
    return std::nullopt;
  }
  if (in.literal('.') && !in.fraction(time.nanosecond)) return std::nullopt;
  if (!read_offset(in, time, true) || !in.done()) return std::nullopt;
  if (time.second == 60) {
    // A leap second ends a UTC day.
    const int utc = ((time.hour * 60 + time.minute - *time.offset_minutes) % 1440 + 1440) % 1440;
    if (utc != 1439) return std::nullopt;
  }
  return time;
}

std::optional<DateTime> parse_lenient(std::string_view text) {
  DateTime time;
  Reader in(text);
  if (!read_date(in, time)) return std::nullopt;
  if (in.done()) return time;
  if (!in.one_of("Tt ") || !in.number(2, 0, 23, time.hour) || !in.literal(':') ||
      !in.number(2, 0, 59, time.minute)) {
    return std::nullopt;
  }
  if (in.literal(':')) {
    if (!in.number(2, 0, 60, time.second)) return std::nullopt;
    if (in.literal('.') && !in.fraction(time.nanosecond)) return std::nullopt;
  }
  if (!in.done() && (!read_offset(in, time, false) || !in.done())) return std::nullopt;
  return time;
}

std::optional<std::int64_t> parse_http_date(std::string_view text) {
  constexpr std::array<std::string_view, 7> weekdays{"Sun", "Mon", "Tue", "Wed",
                                                     "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  Reader in(text);
  DateTime time;
  bool named = false;
  for (const auto day : weekdays) named = named || in.word(day);
  if (!named || !in.word(", ") || !in.number(2, 1, 31, time.day) || !in.literal(' ')) {
    return std::nullopt;
  }
  time.month = 0;
  for (std::size_t i = 0; i < months.size() && time.month == 0; ++i) {
    if (in.word(months[i])) time.month = static_cast<int>(i) + 1;
  }
  if (time.month == 0 || !in.literal(' ') || !in.number(4, 0, 9999, time.year) ||
      time.day > days_in(time.year, time.month) || !in.literal(' ') ||
      !in.number(2, 0, 23, time.hour) || !in.literal(':') || !in.number(2, 0, 59, time.minute) ||
      !in.literal(':') || !in.number(2, 0, 60, time.second) || !in.word(" GMT") || !in.done()) {
    return std::nullopt;
  }
  return to_unix_ms(time) / 1000;
}

std::string format_date(const DateTime &time) {
  std::string out;
  append(out, time.year, 4);
  out.push_back('-');
  append(out, time.month, 2);
  out.push_back('-');
  append(out, time.day, 2);
  return out;
}

std::string format_datetime_minute(const DateTime &time) {
  std::string out = format_date(time);
  out.push_back(' ');
  append(out, time.hour, 2);
  out.push_back(':');
  append(out, time.minute, 2);
  return out;
}

std::string format_datetime(const DateTime &time) {
  std::string out = format_datetime_minute(time);
  out.push_back(':');
  append(out, time.second, 2);
  return out;
}

std::int64_t to_unix_ms(const DateTime &time) noexcept {
  const std::int64_t seconds = days_from_civil(time.year, time.month, time.day) * seconds_per_day +
                               time.hour * 3600 + time.minute * 60 + time.second -
                               time.offset_minutes.value_or(0) * 60;
  return seconds * 1000 + time.nanosecond / 1'000'000;
}

DateTime from_unix_ms(std::int64_t unix_ms) noexcept {
  std::int64_t ms = unix_ms % 1000;
  std::int64_t seconds = unix_ms / 1000;
  if (ms < 0) {
    ms += 1000;
    --seconds;
  }
  std::int64_t of_day = seconds % seconds_per_day;
  std::int64_t days = seconds / seconds_per_day;
  if (of_day < 0) {
    of_day += seconds_per_day;
    --days;
  }
  DateTime time;
  civil_from_days(days, time);
  time.hour = static_cast<int>(of_day / 3600);
  time.minute = static_cast<int>(of_day / 60 % 60);
  time.second = static_cast<int>(of_day % 60);
  time.nanosecond = static_cast<int>(ms) * 1'000'000;
  time.offset_minutes = 0;
  return time;
}

std::string format_rfc3339(std::int64_t unix_ms) {
  const DateTime time = from_unix_ms(unix_ms);
  std::string out = format_datetime(time);
  out[out.find(' ')] = 'T';
  out.push_back('.');
  append(out, time.nanosecond / 1'000'000, 3);
  out.push_back('Z');
  return out;
}

}  // namespace cpi
