// A zone is a list of changes, and often a rule that repeats each year. The rule is right from the
// last listed change on, which is one of its own.
#include "cpi/zones/zone_rules.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <iterator>
#include <span>

#include "cpi/json/rfc3339.hpp"

namespace cpi {

namespace {

// "The last Sunday of March at 03:00" is {3, 5, 0, 10800}. The second counts from the day's start
// and may be below zero or above a day (RFC 9636, section 3.3.1).
struct YearlyDay {
  std::int32_t month;
  std::int32_t week;     // 5: the last one
  std::int32_t weekday;  // 0: Sunday
  std::int32_t second;
};

struct RepeatingRule {
  std::int32_t offset;
  std::int32_t summer_offset;
  YearlyDay summer_begins;
  YearlyDay summer_ends;
};

struct ZoneRow {
  std::uint16_t first_change;
  std::uint16_t changes;
  std::uint8_t first_offset;
  std::int8_t rule;  // -1: none
};

struct NameRow {
  std::uint16_t text;
  std::uint16_t zone;
};

#include "zone_table.inc"

constexpr std::int64_t day_s = 86'400;
// More than any offset, and than any second of a YearlyDay.
constexpr std::int64_t margin_s = 8 * day_s;

std::int64_t day_number(int year, int month, int day) {
  DateTime time;
  time.year = year;
  time.month = month;
  time.day = day;
  return to_unix_ms(time) / (day_s * 1000);
}

std::int64_t wall_in(int year, const YearlyDay &yearly) {
  const std::int64_t first = day_number(year, yearly.month, 1);
  const std::int64_t next =
      yearly.month == 12 ? day_number(year + 1, 1, 1) : day_number(year, yearly.month + 1, 1);
  const std::int64_t weekday = ((first + 4) % 7 + 7) % 7;  // 1970-01-01 was a Thursday
  std::int64_t day = first + (yearly.weekday - weekday + 7) % 7 + (yearly.week - 1) * 7;
  while (day >= next) day -= 7;
  return day * day_s + yearly.second;
}

// The two changes of a year, in order.
std::array<ClockChange, 2> changes_in(int year, const RepeatingRule &rule) {
  std::array<ClockChange, 2> both{
      ClockChange{wall_in(year, rule.summer_begins) - rule.offset, rule.offset, rule.summer_offset},
      ClockChange{wall_in(year, rule.summer_ends) - rule.summer_offset, rule.summer_offset,
                  rule.offset}};
  if (both[1].at < both[0].at) std::swap(both[0], both[1]);
  return both;
}

int year_of(std::int64_t seconds) {
  constexpr std::int64_t least = -62'135'596'800;  // 0001-01-01
  constexpr std::int64_t most = 253'370'764'800;   // 9999-01-01
  return from_unix_ms(std::clamp(seconds, least, most) * 1000).year;
}

std::span<const std::uint32_t> moments_of(const ZoneRow &row) {
  return std::span(table_moments).subspan(row.first_change, row.changes);
}

std::int32_t offset_after(const ZoneRow &row, std::size_t changes) {
  return table_offsets[changes == 0 ? row.first_offset
                                    : table_changes[row.first_change + changes - 1]];
}

const RepeatingRule *rule_of(const ZoneRow &row) {
  return row.rule < 0 ? nullptr : &table_rules[row.rule];
}

std::int32_t offset_in(const ZoneRow &row, std::int64_t instant) {
  const auto moments = moments_of(row);
  const auto next = std::ranges::upper_bound(
      moments, instant, {}, [](std::uint32_t moment) { return static_cast<std::int64_t>(moment); });
  const RepeatingRule *rule = rule_of(row);
  if (rule == nullptr || next != moments.end()) {
    return offset_after(row, static_cast<std::size_t>(next - moments.begin()));
  }
  std::int32_t offset = rule->offset;
  const int year = year_of(instant);
  for (int each = year - 1; each <= year + 1; ++each) {
    for (const ClockChange &change : changes_in(each, *rule)) {
      if (change.at <= instant) offset = change.after;
    }
  }
  return offset;
}

void append_changes(const ZoneRow &row, std::int64_t from, std::int64_t until,
                    std::vector<ClockChange> &out) {
  const auto moments = moments_of(row);
  for (std::size_t i = 0; i < moments.size(); ++i) {
    const std::int64_t at = moments[i];
    if (at > from && at <= until) {
      out.push_back({at, offset_after(row, i), offset_after(row, i + 1)});
    }
  }
  const RepeatingRule *rule = rule_of(row);
  if (rule == nullptr) return;
  const std::int64_t listed = moments.empty() ? from : std::max<std::int64_t>(moments.back(), from);
  if (until <= listed) return;
  for (int year = year_of(listed) - 1; year <= year_of(until) + 1; ++year) {
    for (const ClockChange &change : changes_in(year, *rule)) {
      if (change.at > listed && change.at <= until) out.push_back(change);
    }
  }
}

std::vector<std::int64_t> instants_in(const ZoneRow &row, std::int64_t wall) {
  std::vector<ClockChange> near;
  append_changes(row, wall - margin_s, wall + margin_s, near);
  std::vector<std::int32_t> offsets{offset_in(row, wall - margin_s)};
  for (const ClockChange &change : near) offsets.push_back(change.after);
  std::ranges::sort(offsets);
  const auto repeated = std::ranges::unique(offsets);
  offsets.erase(repeated.begin(), repeated.end());
  std::vector<std::int64_t> instants;
  for (const std::int32_t offset : offsets) {
    if (offset_in(row, wall - offset) == offset) instants.push_back(wall - offset);
  }
  std::ranges::sort(instants);
  return instants;
}

std::string lower_name(std::string_view name) {
  std::string out(name);
  for (char &c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return out;
}

bool takes_digits(std::string_view &text, std::size_t most, std::int32_t &out) {
  std::size_t used = 0;
  out = 0;
  while (used < most && used < text.size() && text[used] >= '0' && text[used] <= '9') {
    out = out * 10 + (text[used++] - '0');
  }
  text.remove_prefix(used);
  return used > 0;
}

// "+03:00", "+0300", "+3", also behind "UTC" or "GMT".
std::optional<std::int32_t> fixed_offset(std::string_view text) {
  const std::string lower = lower_name(text);
  if (lower.starts_with("utc") || lower.starts_with("gmt")) text.remove_prefix(3);
  if (text.empty() || (text.front() != '+' && text.front() != '-')) return std::nullopt;
  const bool west = text.front() == '-';
  text.remove_prefix(1);
  std::int32_t hours = 0;
  std::int32_t minutes = 0;
  if (!takes_digits(text, 2, hours)) return std::nullopt;
  if (!text.empty()) {
    if (text.front() == ':') text.remove_prefix(1);
    if (text.size() != 2 || !takes_digits(text, 2, minutes) || !text.empty()) return std::nullopt;
  }
  const std::int32_t offset = hours * 3600 + minutes * 60;
  if (minutes > 59 || offset > 14 * 3600) return std::nullopt;
  return west ? -offset : offset;
}

std::string name_of_offset(std::int32_t offset) {
  const std::int32_t minutes = std::abs(offset) / 60;
  const auto two = [](std::int32_t value) {
    return std::string(value < 10 ? "0" : "") + std::to_string(value);
  };
  return std::string("UTC") + (offset < 0 ? '-' : '+') + two(minutes / 60) + ':' +
         two(minutes % 60);
}

}  // namespace

std::optional<ZoneRules> ZoneRules::find(std::string_view name) {
  ZoneRules out;
  const auto named = [](const NameRow &row) { return lower_name(table_text + row.text); };
  const std::string wanted = lower_name(name);
  const auto found = std::ranges::lower_bound(table_names, wanted, {}, named);
  if (found != std::end(table_names) && named(*found) == wanted) {
    out.name_ = table_text + found->text;
    out.row_ = found->zone;
    return out;
  }
  const auto offset = fixed_offset(name);
  if (!offset) return std::nullopt;
  out.fixed_ = *offset;
  out.name_ = name_of_offset(*offset);
  return out;
}

std::int32_t ZoneRules::offset_at(std::int64_t instant) const noexcept {
  return row_ < 0 ? fixed_ : offset_in(table_zones[row_], instant);
}

std::vector<ClockChange> ZoneRules::changes(std::int64_t from, std::int64_t until) const {
  std::vector<ClockChange> out;
  if (row_ >= 0) append_changes(table_zones[row_], from, until, out);
  return out;
}

std::vector<std::int64_t> ZoneRules::instants_of(std::int64_t wall) const {
  if (row_ < 0) return {wall - fixed_};
  return instants_in(table_zones[row_], wall);
}

bool ZoneRules::is_sure_at(std::int64_t instant, std::int64_t now) const {
  return row_ >= 0 || std::ranges::all_of(table_zones, [&](const ZoneRow &row) {
           return offset_in(row, now) != fixed_ || offset_in(row, instant) == fixed_;
         });
}

bool ZoneRules::surely_shows_once(std::int64_t wall, std::int64_t now) const {
  if (row_ >= 0) return instants_of(wall).size() == 1;
  return std::ranges::all_of(table_zones, [&](const ZoneRow &row) {
    return offset_in(row, now) != fixed_ || instants_in(row, wall).size() == 1;
  });
}

bool is_doubtful_somewhere(std::int64_t wall) {
  return std::ranges::any_of(
      table_zones, [&](const ZoneRow &row) { return instants_in(row, wall).size() != 1; });
}

std::string_view zone_rules_version() noexcept {
  return table_version;
}

}  // namespace cpi
