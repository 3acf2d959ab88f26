#include "cpi/json/number.hpp"

#include <charconv>
#include <cmath>
#include <cstddef>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "cpi/json/document.hpp"
#include "zero_with_exponent.hpp"

namespace cpi {

namespace json = boost::json;

namespace {

// Boost.JSON writes 0.5 as 5E-1. People and query strings want 0.5.
std::string fraction_text(double number) {
  std::string shortest = json::serialize(json::value(number));
  const auto exponent_at = shortest.find('E');
  if (exponent_at == std::string::npos) return shortest;
  int exponent = 0;
  const char *begin = shortest.data() + exponent_at + 1;
  if (*begin == '+') ++begin;
  std::from_chars(begin, shortest.data() + shortest.size(), exponent);
  if (exponent < -7 || exponent > 20) return shortest;

  const bool negative = shortest.front() == '-';
  std::string digits;
  int point = exponent;  // how many digits stand before the point, less one
  for (const char c : std::string_view(shortest).substr(0, exponent_at)) {
    if (c >= '0' && c <= '9') digits.push_back(c);
  }
  if (point < 0) {
    digits.insert(0, static_cast<std::size_t>(-point), '0');
    point = 0;
  }
  const auto before = static_cast<std::size_t>(point) + 1;
  if (digits.size() < before) digits.append(before - digits.size(), '0');
  std::string out = negative ? "-" : "";
  out.append(digits, 0, before);
  std::string after = digits.substr(before);
  while (!after.empty() && after.back() == '0') after.pop_back();
  if (!after.empty()) out += "." + after;
  return out;
}

// JSON's number grammar, RFC 8259, section 6.
bool is_json_number(std::string_view text) {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t from = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at - from;
  };
  if (at < text.size() && text[at] == '-') ++at;
  const bool zero = at < text.size() && text[at] == '0';
  const std::size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (digits() == 0) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

}  // namespace

std::optional<std::string> scalar_text(const json::value &value) {
  switch (value.kind()) {
    case json::kind::string:
      if (is_written_number(value)) return std::string(number_as_written(value));
      return std::string(value.get_string());
    case json::kind::int64:
      return std::to_string(value.get_int64());
    case json::kind::uint64:
      return std::to_string(value.get_uint64());
    case json::kind::double_:
      return fraction_text(value.get_double());
    case json::kind::bool_:
      return value.get_bool() ? "true" : "false";
    default:
      return std::nullopt;
  }
}

std::optional<json::value> parse_number(std::string_view text) {
  if (!is_json_number(text)) return std::nullopt;
  if (is_zero_with_exponent(text)) return json::value(0.0);
  json::error_code error;
  json::value number = json::parse(text, error);
  if (error || (number.is_double() && !std::isfinite(number.get_double()))) return std::nullopt;
  return number;
}

std::string grouped_digits(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

}  // namespace cpi
