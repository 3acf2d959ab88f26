#include "cpi/json/document.hpp"

#include <charconv>
#include <cmath>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value_stack.hpp>

#include "cpi/json/number.hpp"

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

// Builds the document from Boost.JSON's SAX parser.
class DocumentBuilder {
 public:
  static constexpr std::size_t max_object_size = json::object::max_size();
  static constexpr std::size_t max_array_size = json::array::max_size();
  static constexpr std::size_t max_key_size = json::string::max_size();
  static constexpr std::size_t max_string_size = json::string::max_size();
  using Error = json::error_code;
  using Text = json::string_view;

  explicit DocumentBuilder(json::storage_ptr storage) { stack_.reset(std::move(storage)); }
  json::value release() { return stack_.release(); }

  bool on_document_begin(Error &) { return true; }
  bool on_document_end(Error &) { return true; }
  bool on_object_begin(Error &) { return true; }
  bool on_array_begin(Error &) { return true; }
  bool on_object_end(std::size_t size, Error &) {
    stack_.push_object(size);
    return true;
  }
  bool on_array_end(std::size_t size, Error &) {
    stack_.push_array(size);
    return true;
  }
  bool on_key_part(Text part, std::size_t, Error &) {
    stack_.push_chars(part);
    return true;
  }
  bool on_key(Text last, std::size_t, Error &) {
    stack_.push_key(last);
    return true;
  }
  bool on_string_part(Text part, std::size_t, Error &) {
    stack_.push_chars(part);
    return true;
  }
  bool on_string(Text last, std::size_t, Error &) {
    stack_.push_string(last);
    return true;
  }
  bool on_number_part(Text part, Error &) {
    written_.append(part.data(), part.size());
    return true;
  }
  bool on_int64(std::int64_t value, Text, Error &) {
    written_.clear();
    stack_.push_int64(value);
    return true;
  }
  bool on_uint64(std::uint64_t value, Text, Error &) {
    written_.clear();
    stack_.push_uint64(value);
    return true;
  }
  bool on_double(double value, Text last, Error &) {
    written_.append(last.data(), last.size());
    if (!std::isfinite(value) || is_written_as(value, written_)) {
      stack_.push_double(value);
    } else {
      written_.insert(written_.begin(), number_mark);
      stack_.push_string(written_);
    }
    written_.clear();
    return true;
  }
  bool on_bool(bool value, Error &) {
    stack_.push_bool(value);
    return true;
  }
  bool on_null(Error &) {
    stack_.push_null();
    return true;
  }
  bool on_comment_part(Text, Error &) { return true; }
  bool on_comment(Text, Error &) { return true; }

 private:
  json::value_stack stack_;
  std::string written_;
};

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
  if (number && number->is_double() && !is_written_as(number->get_double(), text)) {
    number = json::value(number_mark + std::string(text));
  }
  return number;
}

}  // namespace cpi
