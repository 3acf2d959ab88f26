#include "cpi/sdk/encoders.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <stdexcept>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "cpi/sdk/rfc3339.hpp"

namespace cpi {

namespace json = boost::json;

namespace {

constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

[[noreturn]] void must(const char *what) {
  throw std::invalid_argument(what);
}

std::string_view text_of(const json::value &value) {
  const auto *text = value.if_string();
  if (text == nullptr) must("must be text");
  return *text;
}

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
  return json::value(json::serialize(value));
}

json::value encode_text(const json::value &value) {
  auto text = scalar_text(value);
  if (!text) must("must be a text, a number, or true or false");
  return json::value(*text);
}

json::value encode_number(const json::value &value) {
  if (value.is_number()) return value;
  auto number = parse_number(text_of(value));
  if (!number) must("must be a number");
  return *number;
}

// Every date encoder keeps the wall clock of the zone that the text names.
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

// The same moment as UTC has it; without a zone UTC is meant.
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

json::value encode_bool01(const json::value &value) {
  const auto *flag = value.if_bool();
  if (flag == nullptr) must("must be true or false");
  return *flag ? 1 : 0;
}

struct NamedEncoder {
  std::string_view name;
  Encoder encoder;
};

constexpr std::array encoders{
    NamedEncoder{"base64", encode_base64},
    NamedEncoder{"bool01", encode_bool01},
    NamedEncoder{"by_name", encode_by_name},
    NamedEncoder{"comma", encode_comma},
    NamedEncoder{"date", encode_date},
    NamedEncoder{"datetime", encode_datetime},
    NamedEncoder{"datetime_minute", encode_datetime_minute},
    NamedEncoder{"json", encode_json},
    NamedEncoder{"lower", encode_lower},
    NamedEncoder{"name_value", encode_name_value},
    NamedEncoder{"number", encode_number},
    NamedEncoder{"text", encode_text},
    NamedEncoder{"unix", encode_unix},
    NamedEncoder{"utc_minute", encode_utc_minute},
};

// JSON's number grammar, RFC 8259 section 6.
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

Encoder find_encoder(std::string_view name) noexcept {
  for (const auto &each : encoders) {
    if (each.name == name) return each.encoder;
  }
  return nullptr;
}

std::vector<std::string_view> encoder_names() {
  std::vector<std::string_view> names;
  names.reserve(encoders.size());
  for (const auto &each : encoders) names.push_back(each.name);
  return names;
}

std::string base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      const auto byte = i < count ? static_cast<unsigned char>(bytes[at + i]) : 0U;
      group = group << 8 | byte;
    }
    for (std::size_t i = 0; i < 4; ++i) {
      out.push_back(i <= count ? base64_alphabet[group >> (18 - 6 * i) & 63] : '=');
    }
  }
  return out;
}

bool base64_decode(std::string_view text, std::string &out) {
  if (text.size() % 4 != 0) return false;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  std::string decoded;
  decoded.reserve(text.size() / 4 * 3);
  std::uint32_t group = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::size_t value = 0;
    if (at < text.size() - padding) {
      value = base64_alphabet.find(text[at]);
      if (value == std::string_view::npos) return false;
    }
    group = group << 6 | static_cast<std::uint32_t>(value);
    if (at % 4 != 3) continue;
    decoded.push_back(static_cast<char>(group >> 16 & 255));
    decoded.push_back(static_cast<char>(group >> 8 & 255));
    decoded.push_back(static_cast<char>(group & 255));
    group = 0;
  }
  for (std::size_t i = 0; i < padding; ++i) {
    if (decoded.back() != '\0') return false;  // bits that belong to nothing
    decoded.pop_back();
  }
  out = std::move(decoded);
  return true;
}

std::optional<std::string> scalar_text(const json::value &value) {
  switch (value.kind()) {
    case json::kind::string:
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
  json::error_code error;
  json::value number = json::parse(text, error);
  if (error || (number.is_double() && !std::isfinite(number.get_double()))) return std::nullopt;
  return number;
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
