#include "probe/text_format.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "cpi/json/format.hpp"
#include "cpi/json/rfc3339.hpp"

namespace host {

namespace {

bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}
bool is_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
}
bool is_hex(char letter) {
  return is_digit(letter) || (letter >= 'a' && letter <= 'f') || (letter >= 'A' && letter <= 'F');
}

bool fits(std::string_view format, std::string_view text) {
  const cpi::Format *found = cpi::find_format(format);
  return found != nullptr && found->fits(text);
}

// "2026-03-01 09:00:00.123+03:00" and its relatives.
TextFormat time_format(std::string_view text) {
  const auto parsed = cpi::parse_lenient(text);
  if (!parsed || text.size() < 16 || (text[10] != ' ' && text[10] != 'T' && text[10] != 't'))
    return {};
  const bool spaced = text[10] == ' ';
  const std::string_view clock = text.substr(11);
  const bool fraction = clock.find_first_of(".,") != std::string_view::npos;
  const bool utc = clock.back() == 'Z' || clock.back() == 'z';
  if (utc) return {spaced ? "date-time-space-utc" : "date-time-t-utc", fraction};
  if (parsed->offset_minutes)
    return {spaced ? "date-time-space-offset" : "date-time-t-offset", fraction};
  if (clock.size() == 5 && spaced) return {"date-time-space-minute", false};
  return {spaced ? "date-time-space" : "date-time-t", fraction};
}

bool is_decimal(std::string_view text) {
  if (text.front() == '-') text.remove_prefix(1);
  const std::size_t dot = text.find('.');
  return dot != std::string_view::npos && dot > 0 && dot + 1 < text.size() &&
         std::ranges::all_of(text.substr(0, dot), is_digit) &&
         std::ranges::all_of(text.substr(dot + 1), is_digit);
}

// "+03:00", "-0500", "UTC+3", "GMT-05:30".
bool is_offset(std::string_view text) {
  const bool named = text.starts_with("UTC") || text.starts_with("GMT");
  if (named) text.remove_prefix(3);
  if (text.empty()) return named;
  if (text.front() != '+' && text.front() != '-') return false;
  text.remove_prefix(1);
  return !text.empty() && text.size() <= 5 && (named || text.size() >= 4) &&
         std::ranges::all_of(text, [](char each) { return is_digit(each) || each == ':'; });
}

// "Europe/Kyiv": the form of the names of the time zone database.
bool is_zone_name(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == text.size()) return false;
  if (text.front() < 'A' || text.front() > 'Z') return false;
  return std::ranges::all_of(text, [](char each) {
    return is_letter(each) || is_digit(each) || each == '/' || each == '_' || each == '-' ||
           each == '+';
  });
}

bool is_phone(std::string_view text) {
  return text.front() == '+' && text.size() >= 6 && text.size() <= 24 &&
         std::ranges::all_of(text.substr(1), [](char each) {
           return is_digit(each) || each == ' ' || each == '-' || each == '(' || each == ')';
         });
}

constexpr std::array<std::pair<std::size_t, std::string_view>, 8> length_classes{
    {{0, "0"},
     {4, "1-4"},
     {8, "5-8"},
     {16, "9-16"},
     {32, "17-32"},
     {64, "33-64"},
     {256, "65-256"},
     {4096, "257-4096"}}};

}  // namespace

TextFormat text_format(std::string_view text) {
  if (text.empty()) return {"empty"};
  if (text.starts_with("0000-00-00")) return {"zero-date"};
  if (std::ranges::all_of(text, is_digit)) return {"digits"};
  if (is_decimal(text)) return {"decimal"};
  if (cpi::parse_date(text)) return {"date"};
  if (const TextFormat time = time_format(text); !time.name.empty()) return time;
  if (fits("uuid", text)) return {"uuid"};
  if (fits("email", text)) return {"email"};
  if (text.starts_with("http://") || text.starts_with("https://")) return {"url"};
  if (is_offset(text)) return {"offset"};
  if (is_phone(text)) return {"phone"};
  if (text.size() >= 16 && std::ranges::all_of(text, is_hex)) return {"hex"};
  if (is_zone_name(text)) return {"zone-name"};
  if (text.front() == '<') return {"html"};
  const bool word = std::ranges::all_of(text, [](char each) {
    return is_letter(each) || is_digit(each) || each == '_' || each == '-';
  });
  return {word ? "word" : "text"};
}

std::string_view length_class(std::size_t bytes) noexcept {
  for (const auto &[most, name] : length_classes)
    if (bytes <= most) return name;
  return "4097+";
}

}  // namespace host
