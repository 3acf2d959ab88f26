#include "plugins/text_check.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>
#include <boost/json/parse_options.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace host {
namespace {

namespace json = boost::json;

// Accepts every value and keeps none: only the parser's own checks are needed.
struct Discard {
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = max_object_size;
  static constexpr std::size_t max_key_size = max_object_size;
  static constexpr std::size_t max_string_size = max_object_size;

  bool on_document_begin(json::error_code &) { return true; }
  bool on_document_end(json::error_code &) { return true; }
  bool on_object_begin(json::error_code &) { return true; }
  bool on_object_end(std::size_t, json::error_code &) { return true; }
  bool on_array_begin(json::error_code &) { return true; }
  bool on_array_end(std::size_t, json::error_code &) { return true; }
  bool on_key_part(json::string_view, std::size_t, json::error_code &) { return true; }
  bool on_key(json::string_view, std::size_t, json::error_code &) { return true; }
  bool on_string_part(json::string_view, std::size_t, json::error_code &) { return true; }
  bool on_string(json::string_view, std::size_t, json::error_code &) { return true; }
  bool on_number_part(json::string_view, json::error_code &) { return true; }
  bool on_int64(std::int64_t, json::string_view, json::error_code &) { return true; }
  bool on_uint64(std::uint64_t, json::string_view, json::error_code &) { return true; }
  bool on_double(double, json::string_view, json::error_code &) { return true; }
  bool on_bool(bool, json::error_code &) { return true; }
  bool on_null(json::error_code &) { return true; }
  bool on_comment_part(json::string_view, json::error_code &) { return true; }
  bool on_comment(json::string_view, json::error_code &) { return true; }
};

}  // namespace

bool is_utf8(std::string_view bytes) noexcept {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const auto lead = static_cast<std::uint8_t>(bytes[at]);
    if (lead < 0x80) {
      ++at;
      continue;
    }
    std::size_t length = 0;
    std::uint32_t code = 0;
    std::uint32_t least = 0;
    if ((lead & 0xE0u) == 0xC0u) {
      length = 2, code = lead & 0x1Fu, least = 0x80;
    } else if ((lead & 0xF0u) == 0xE0u) {
      length = 3, code = lead & 0x0Fu, least = 0x800;
    } else if ((lead & 0xF8u) == 0xF0u) {
      length = 4, code = lead & 0x07u, least = 0x10000;
    } else {
      return false;
    }
    if (bytes.size() - at < length) return false;
    for (std::size_t i = 1; i < length; ++i) {
      const auto byte = static_cast<std::uint8_t>(bytes[at + i]);
      if ((byte & 0xC0u) != 0x80u) return false;
      code = code << 6 | (byte & 0x3Fu);
    }
    if (code < least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return false;
    at += length;
  }
  return true;
}

bool is_json(std::string_view bytes) {
  json::basic_parser<Discard> parser{json::parse_options{}};
  json::error_code error;
  const std::size_t read = parser.write_some(false, bytes.data(), bytes.size(), error);
  return !error && read == bytes.size() && parser.done();
}

bool is_json_object(std::string_view bytes) {
  const std::size_t first = bytes.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && bytes[first] == '{' && is_json(bytes);
}

}  // namespace host
