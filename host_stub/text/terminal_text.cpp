#include "text/terminal_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace host {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view ellipsis = "\xE2\x80\xA6";     // U+2026

struct CodePoint {
  char32_t value = 0;
  std::size_t size = 1;
  bool valid = true;
};

// The first code point of a non-empty text; one byte if it is invalid.
CodePoint first(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return {0, 1, false};
  char32_t value = lead & (0xFFu >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0u) != 0x80u) return {0, 1, false};
    value = value << 6 | (byte(i) & 0x3Fu);
  }
  constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < smallest[size] || value > 0x10FFFF || surrogate) return {0, 1, false};
  return {value, size, true};
}

bool steers(char32_t c) {
  const bool control = c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029;
  const bool direction = c == 0x061C || c == 0x200E || c == 0x200F ||
                         (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
  return control || direction;
}

struct Range {
  char32_t from;
  char32_t to;
};

// Ranges rather than single characters: exact enough to align columns.
constexpr std::array wide{
    Range{0x1100, 0x115F},   Range{0x2E80, 0x303E},   Range{0x3041, 0xA4CF},
    Range{0xAC00, 0xD7A3},   Range{0xF900, 0xFAFF},   Range{0xFE30, 0xFE6F},
    Range{0xFF00, 0xFF60},   Range{0xFFE0, 0xFFE6},   Range{0x1F300, 0x1F64F},
    Range{0x1F680, 0x1F6FF}, Range{0x1F900, 0x1FAFF}, Range{0x20000, 0x3FFFD}};
constexpr std::array zero{Range{0x0300, 0x036F}, Range{0x0483, 0x0489},  Range{0x0591, 0x05BD},
                          Range{0x064B, 0x065F}, Range{0x1AB0, 0x1AFF},  Range{0x1DC0, 0x1DFF},
                          Range{0x200B, 0x200D}, Range{0x20D0, 0x20FF},  Range{0xFE00, 0xFE0F},
                          Range{0xFE20, 0xFE2F}, Range{0xE0100, 0xE01EF}};

std::size_t cells_of(char32_t c) {
  const auto holds = [c](const Range &range) { return c >= range.from && c <= range.to; };
  if (std::ranges::any_of(zero, holds)) return 0;
  return std::ranges::any_of(wide, holds) ? 2 : 1;
}

std::string cleaned(std::string_view text, bool keep_lines) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint c = first(text);
    const std::string_view bytes = text.substr(0, c.size);
    text.remove_prefix(c.size);
    if (c.valid && c.value == '\n' && keep_lines) {
      out += '\n';
    } else if (c.valid && (c.value == '\n' || c.value == '\t' || c.value == '\r')) {
      out += ' ';
    } else if (!c.valid || steers(c.value)) {
      out += replacement;
    } else {
      out += bytes;
    }
  }
  return out;
}

}  // namespace

std::string one_line(std::string_view text) {
  return cleaned(text, false);
}

std::string many_lines(std::string_view text) {
  return cleaned(text, true);
}

std::string harmless_json(std::string_view json) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(json.size());
  while (!json.empty()) {
    const CodePoint c = first(json);
    const std::string_view bytes = json.substr(0, c.size);
    json.remove_prefix(c.size);
    if (!c.valid) {
      out += replacement;
    } else if (c.value < 0x20 || !steers(c.value)) {
      out += bytes;  // below U+0020 only the white space between values: in texts it is escaped
    } else {
      out += "\\u";
      for (int shift = 12; shift >= 0; shift -= 4) out += digits[c.value >> shift & 15u];
    }
  }
  return out;
}

std::size_t width(std::string_view text) {
  std::size_t cells = 0;
  while (!text.empty()) {
    const CodePoint c = first(text);
    cells += cells_of(c.value);
    text.remove_prefix(c.size);
  }
  return cells;
}

std::string shortened(std::string_view text, std::size_t cells) {
  if (width(text) <= cells) return std::string(text);
  if (cells == 0) return {};
  std::size_t taken = 0;
  std::size_t bytes = 0;
  while (bytes < text.size()) {
    const CodePoint c = first(text.substr(bytes));
    if (taken + cells_of(c.value) > cells - 1) break;
    taken += cells_of(c.value);
    bytes += c.size;
  }
  return std::string(text.substr(0, bytes)) + std::string(ellipsis);
}

}  // namespace host
