#include "cpi/json/document.hpp"

#include <charconv>
#include <cmath>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include "cpi/json/document_builder.hpp"
#include "cpi/json/number.hpp"
#include "zero_with_exponent.hpp"

namespace cpi {

namespace json = boost::json;

namespace {

constexpr char number_mark = '\xFF';

// Whether the double is written as `text`, without making a text where the usual form fits.
bool is_written_as(double number, std::string_view text) {
  char digits[64];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  const std::string_view shortest(digits, static_cast<std::size_t>(end - digits));
  constexpr std::size_t exact = 15;  // digits that both forms have in common
  if (text.size() <= exact && shortest == text && shortest.find('e') == std::string_view::npos) {
    return true;
  }
  return scalar_text(json::value(number)) == text;
}

// Characters that a JSON text has as they are.
bool is_plain_text(std::string_view text) noexcept {
  for (const char c : text) {
    if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20) return false;
  }
  return true;
}

void write_text(std::string_view text, std::string &out) {
  if (!is_plain_text(text)) {
    out += json::serialize(json::string_view(text.data(), text.size()));
    return;
  }
  out.push_back('"');
  out += text;
  out.push_back('"');
}

// As deep as the parser lets a document be.
void write_value(const json::value &value, std::string &out) {
  if (const json::array *list = value.if_array()) {
    out.push_back('[');
    bool first = true;
    for (const json::value &each : *list) {
      if (!std::exchange(first, false)) out.push_back(',');
      write_value(each, out);
    }
    out.push_back(']');
  } else if (const json::object *object = value.if_object()) {
    out.push_back('{');
    bool first = true;
    for (const auto &member : *object) {
      if (!std::exchange(first, false)) out.push_back(',');
      write_text(member.key(), out);
      out.push_back(':');
      write_value(member.value(), out);
    }
    out.push_back('}');
  } else if (is_written_number(value)) {
    out += number_as_written(value);
  } else if (const json::string *text = value.if_string()) {
    write_text(*text, out);
  } else {
    out += scalar_text(value).value_or("null");
  }
}

}  // namespace

void DocumentBuilder::push_double(double value) {
  if (is_zero_with_exponent(written_)) {
    stack_.push_double(0);
  } else if (!std::isfinite(value) || is_written_as(value, written_)) {
    stack_.push_double(value);
  } else {
    written_.insert(written_.begin(), number_mark);
    stack_.push_string(written_);
  }
  written_.clear();
}

json::value parse_document(std::string_view text, json::error_code &error, std::size_t max_depth,
                           json::storage_ptr storage, std::size_t *used) {
  json::parse_options options;
  options.max_depth = max_depth;
  json::basic_parser<DocumentBuilder> parser(options, std::move(storage));
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (used != nullptr) *used = read;
  if (!error && !parser.done()) error = json::error::incomplete;
  if (!error && used == nullptr && read != text.size()) error = json::error::extra_data;
  return error ? json::value() : parser.handler().release();
}

std::string write_document(const json::value &value) {
  std::string out;
  write_value(value, out);
  return out;
}

bool is_written_number(const json::value &value) noexcept {
  const json::string *text = value.if_string();
  if (text == nullptr || text->size() < 2 || text->front() != number_mark) return false;
  const char first = (*text)[1];
  return first == '-' || (first >= '0' && first <= '9');
}

std::string_view number_as_written(const json::value &value) noexcept {
  const json::string &text = *value.if_string();
  return std::string_view(text.data(), text.size()).substr(1);
}

json::value nearest_number(const json::value &value) {
  return parse_number(number_as_written(value)).value_or(json::value());
}

std::optional<json::value> number_with_digits(std::string_view text) {
  auto number = parse_number(text);
  if (number && number->is_double() && !is_zero_with_exponent(text) &&
      !is_written_as(number->get_double(), text)) {
    number = json::value(number_mark + std::string(text));
  }
  return number;
}

}  // namespace cpi
