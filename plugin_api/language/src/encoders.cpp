#include "cpi/language/encoders.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>

#include <boost/json/serialize.hpp>

#include "cpi/json/base64.hpp"
#include "cpi/json/document.hpp"
#include "cpi/json/number.hpp"
#include "cpi/json/rfc3339.hpp"

namespace cpi {

namespace json = boost::json;

namespace {

[[noreturn]] void must(const char *what) {
  throw std::invalid_argument(what);
}

std::string_view text_of(const json::value &value) {
  const auto *text = value.if_string();
  if (text == nullptr || is_written_number(value)) must("must be text");
  return *text;
}

json::value encode_base64(const json::value &value) {
  return json::value(base64(text_of(value)));
}

json::value encode_comma(const json::value &value) {
  const auto *list = value.if_array();
  if (list == nullptr) must("must be a list");
  std::string joined;
  for (const auto &each : *list) {
    const auto text = scalar_text(each);
    if (!text) must("must be a list of texts or numbers");
    if (text->find(',') != std::string::npos) must("must not have a comma in one of its values");
    if (&each != list->begin()) joined.push_back(',');
    joined += *text;
  }
  return json::value(joined);
}

json::value encode_json(const json::value &value) {
  return json::value(write_document(value));
}

json::value encode_text(const json::value &value) {
  auto text = scalar_text(value);
  if (!text) must("must be a text, a number, or true or false");
  return json::value(*text);
}

json::value encode_number(const json::value &value) {
  if (value.is_number() || is_written_number(value)) return value;
  auto number = parse_number(text_of(value));
  if (!number) must("must be a number");
  return *number;
}

// All date encoders keep the local time of the zone in the text.
DateTime time_of(const json::value &value) {
  const auto time = parse_lenient(text_of(value));
  if (!time) must("must be a date like 2025-03-01T09:00:00Z");
  return *time;
}

json::value encode_date(const json::value &value) {
  return json::value(format_date(time_of(value)));
}
json::value encode_datetime(const json::value &value) {
  return json::value(format_datetime(time_of(value)));
}
json::value encode_datetime_minute(const json::value &value) {
  return json::value(format_datetime_minute(time_of(value)));
}

// The same moment in UTC; a time without a zone is UTC.
json::value encode_utc_minute(const json::value &value) {
  return json::value(format_datetime_minute(from_unix_ms(to_unix_ms(time_of(value)))));
}

json::value encode_unix(const json::value &value) {
  return to_unix_ms(time_of(value)) / 1000;
}

json::value encode_name_value(const json::value &value) {
  const auto *object = value.if_object();
  if (object == nullptr) must("must be an object");
  json::array list;
  for (const auto &member : *object) {
    list.push_back(json::object{{"name", member.key()}, {"value", member.value()}});
  }
  return list;
}

json::value encode_by_name(const json::value &value) {
  const auto *list = value.if_array();
  if (list == nullptr) must("must be a list");
  json::object object;
  for (const auto &each : *list) {
    const auto *pair = each.if_object();
    const auto *name = pair ? pair->if_contains("name") : nullptr;
    const auto *held = pair ? pair->if_contains("value") : nullptr;
    if (name == nullptr || !name->is_string() || held == nullptr) {
      must("must be a list of objects with name and value");
    }
    if (object.contains(name->get_string())) must("must not name the same thing twice");
    object.emplace(name->get_string(), *held);
  }
  return object;
}

json::value encode_lower(const json::value &value) {
  std::string text(text_of(value));
  for (char &c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return json::value(text);
}

// The digits of a phone number. A letter is no part of one: it is refused, not dropped.
json::value digits_of(const json::value &value) {
  const auto written = scalar_text(value);
  if (!written || value.is_bool()) must("must be a phone number");
  std::string digits;
  for (const char c : *written) {
    if (c >= '0' && c <= '9') {
      digits.push_back(c);
    } else if (std::string_view("+-(). /\t").find(c) == std::string_view::npos) {
      must("must be a phone number: digits, with or without + - ( ) . / and blanks");
    }
  }
  if (digits.empty()) must("must have a digit");
  return json::value(digits);
}

json::value encode_digits(const json::value &value) {
  const auto *list = value.if_array();
  if (list == nullptr) return digits_of(value);
  json::array out;
  for (const auto &each : *list) out.push_back(digits_of(each));
  return out;
}

// The first of those that are equal stays.
json::value encode_unique(const json::value &value) {
  const auto *list = value.if_array();
  if (list == nullptr) must("must be a list");
  json::array out;
  std::set<std::string, std::less<>> seen;
  for (const auto &each : *list) {
    if (seen.insert(write_document(each)).second) out.push_back(each);
  }
  return out;
}

json::value encode_bool01(const json::value &value) {
  const auto *flag = value.if_bool();
  if (flag == nullptr) must("must be true or false");
  return *flag ? 1 : 0;
}

constexpr Encoder encoders[] = {
    {"base64", encode_base64},
    {"bool01", encode_bool01},
    {"by_name", encode_by_name},
    {"comma", encode_comma},
    {"date", encode_date, true},
    {"datetime", encode_datetime, true},
    {"datetime_minute", encode_datetime_minute, true},
    {"digits", encode_digits},
    {"json", encode_json},
    {"lower", encode_lower},
    {"name_value", encode_name_value},
    {"number", encode_number},
    {"text", encode_text},
    {"unique", encode_unique},
    {"unix", encode_unix},
    {"utc_minute", encode_utc_minute},
};

}  // namespace

const Encoder *find_encoder(std::string_view name) noexcept {
  const auto *found = std::ranges::find(encoders, name, &Encoder::name);
  return found == std::end(encoders) ? nullptr : found;
}

std::vector<std::string_view> encoder_names() {
  std::vector<std::string_view> names;
  names.reserve(std::size(encoders));
  for (const Encoder &each : encoders) names.push_back(each.name);
  return names;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out.push_back('%');
      out.push_back(hex[byte >> 4]);
      out.push_back(hex[byte & 15]);
    }
  }
  return out;
}

}  // namespace cpi
