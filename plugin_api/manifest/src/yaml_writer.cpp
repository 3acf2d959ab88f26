#include "cpi/manifest/yaml_writer.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "cpi/manifest/yaml_document.hpp"

namespace cpi::manifest {
namespace {

namespace json = boost::json;

constexpr std::string_view hex = "0123456789abcdef";

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_decimal(char c) {
  return c >= '0' && c <= '9';
}

// Unquoted only what no parser could take for anything but text: words of letters, digits and
// "_-.,/()", one blank between words.
bool may_stand_plain(std::string_view text) {
  if (text.empty() || text.size() > 200 || !is_letter(text.front()) || text.back() == ' ') {
    return false;
  }
  char before = 'a';
  for (const char c : text) {
    const bool fine = is_letter(c) || is_decimal(c) || c == '_' || c == '-' || c == '.' ||
                      c == '/' || (c == ' ' && before != ' ');
    if (!fine) return false;
    before = c;
  }
  return classify_plain(text) == PlainKind::text;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (byte < 0x20 || byte == 0x7f) {
      out.append("\\x").push_back(hex[byte >> 4U]);
      out += hex[byte & 0xfU];
    } else if (byte == 0xc2 && at + 1 < text.size() &&
               static_cast<unsigned char>(text[at + 1]) < 0xa0) {
      // U+0080..U+009F: a line break or not printable
      const auto next = static_cast<unsigned char>(text[++at]);
      out.append("\\x").push_back(hex[next >> 4U]);
      out += hex[next & 0xfU];
    } else if (text.substr(at, 3) == "\xe2\x80\xa8" || text.substr(at, 3) == "\xe2\x80\xa9") {
      out += text[at + 2] == '\xa8' ? "\\u2028" : "\\u2029";  // line breaks in YAML 1.1
      at += 2;
    } else if (text.substr(at, 3) == "\xef\xbb\xbf") {
      out += "\\ufeff";
      at += 2;
    } else if (text.substr(at, 3) == "\xef\xbf\xbe" || text.substr(at, 3) == "\xef\xbf\xbf") {
      out += text[at + 2] == '\xbe' ? "\\ufffe" : "\\uffff";
      at += 2;
    } else {
      out += c;
    }
  }
  out += '"';
  return out;
}

// Text of several lines, readable as a literal block: printable ASCII, no line that begins or ends
// with a blank.
bool may_stand_as_block(std::string_view text) {
  if (text.find('\n') == std::string_view::npos || text.front() == '\n') return false;
  if (text.ends_with("\n\n")) return false;
  char before = '\n';
  for (const char c : text) {
    const bool printable = c == '\n' || (c >= 0x20 && c < 0x7f);
    if (!printable || (c == ' ' && before == '\n') || (c == '\n' && before == ' ')) return false;
    before = c;
  }
  return before != ' ';
}

class Writer {
 public:
  std::string take() && { return std::move(out_); }

  // What follows "key:" or "-"; ends with a line break.
  void write(const json::value &value, std::size_t depth, bool in_list) {
    if (const auto *object = value.if_object(); object != nullptr && !object->empty()) {
      write_members(*object, depth, in_list);
    } else if (const auto *array = value.if_array(); array != nullptr && !array->empty()) {
      if (depth > 0) out_ += '\n';
      for (const json::value &element : *array) {
        indent(depth);
        out_ += '-';
        write(element, depth + 1, true);
      }
    } else if (const auto *text = value.if_string();
               text != nullptr && may_stand_as_block({text->data(), text->size()})) {
      write_block({text->data(), text->size()}, depth);
    } else {
      if (depth > 0) out_ += ' ';
      out_.append(scalar(value)).push_back('\n');
    }
  }

 private:
  void indent(std::size_t depth) { out_.append(2 * depth, ' '); }

  void write_members(const json::object &object, std::size_t depth, bool in_list) {
    bool first = true;
    if (!in_list && depth > 0) out_ += '\n';
    for (const auto &[key, value] : object) {
      if (in_list && first) {
        out_ += ' ';
      } else {
        indent(depth);
      }
      first = false;
      const std::string_view name(key.data(), key.size());
      out_.append(may_stand_plain(name) ? std::string(name) : quoted(name)).push_back(':');
      write(value, depth + 1, false);
    }
  }

  void write_block(std::string_view text, std::size_t depth) {
    out_ += text.back() == '\n' ? " |\n" : " |-\n";
    if (text.back() == '\n') text.remove_suffix(1);
    const std::size_t level = std::max<std::size_t>(depth, 1);
    while (true) {
      const auto newline = text.find('\n');
      const std::string_view line = text.substr(0, newline);
      if (!line.empty()) indent(level);
      out_.append(line).push_back('\n');
      if (newline == std::string_view::npos) break;
      text.remove_prefix(newline + 1);
    }
  }

  static std::string scalar(const json::value &value) {
    switch (value.kind()) {
      case json::kind::null:
        return "null";
      case json::kind::bool_:
        return value.get_bool() ? "true" : "false";
      case json::kind::int64:
        return std::to_string(value.get_int64());
      case json::kind::uint64:
        return std::to_string(value.get_uint64());
      case json::kind::double_: {
        std::array<char, 512> buffer{};
        // Without an exponent: YAML 1.1 takes 1e3 for text.
        const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                           value.get_double(), std::chars_format::fixed);
        return {buffer.data(), written.ptr};
      }
      case json::kind::string: {
        const std::string_view text(value.get_string().data(), value.get_string().size());
        return may_stand_plain(text) ? std::string(text) : quoted(text);
      }
      case json::kind::array:
        return "[]";
      case json::kind::object:
        break;
    }
    return "{}";
  }

  std::string out_;
};

}  // namespace

std::string write_yaml(const json::value &value) {
  Writer writer;
  writer.write(value, 0, false);
  return std::move(writer).take();
}

}  // namespace cpi::manifest
