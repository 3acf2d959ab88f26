#include "cpi/json/cut_characters.hpp"

#include <cstddef>

#include "cpi/json/utf8.hpp"

namespace cpi {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

enum class Half { none, high, low };

// What the escape that begins `text` is of a surrogate pair.
Half half_at(std::string_view text) noexcept {
  constexpr std::size_t size = 6;  // of an escaped code unit
  if (text.size() < size || text[0] != '\\' || text[1] != 'u') return Half::none;
  if (text[2] != 'd' && text[2] != 'D') return Half::none;
  const char third = text[3];
  if ((third >= '8' && third <= '9') || third == 'a' || third == 'A' || third == 'b' ||
      third == 'B') {
    return Half::high;
  }
  const bool low = (third >= 'c' && third <= 'f') || (third >= 'C' && third <= 'F');
  return low ? Half::low : Half::none;
}

// Whether some letter of UTF-8 has this byte.
bool is_in_utf8(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte != 0xC0 && byte != 0xC1 && byte < 0xF5;
}

}  // namespace

std::optional<std::string> with_cut_characters_replaced(std::string_view json) {
  constexpr std::size_t escape = 6;  // \uXXXX
  std::string out;
  std::size_t kept = 0;  // up to here `out` has it
  const auto replace = [&](std::size_t at, std::size_t size) {
    out.append(json.substr(kept, at - kept));
    out.append(replacement);
    kept = at + size;
  };
  bool in_text = false;
  for (std::size_t at = 0; at < json.size();) {
    const char c = json[at];
    if (c == '"') {
      in_text = !in_text;
      ++at;
    } else if (!in_text) {
      ++at;
    } else if (c == '\\') {
      const Half half = half_at(json.substr(at));
      if (half == Half::none) {
        at += 2;
      } else if (half == Half::high && half_at(json.substr(at + escape)) == Half::low) {
        at += 2 * escape;
      } else {
        replace(at, escape);
        at += escape;
      }
    } else if (const std::size_t size = utf8_character(json.substr(at)); size > 0) {
      at += size;
    } else if (!is_in_utf8(c)) {
      return std::nullopt;  // another encoding: what its letters are is not known
    } else {
      // One mark for all that is left of the letter.
      std::size_t end = at + 1;
      while (end < json.size() && (static_cast<unsigned char>(json[end]) & 0xC0) == 0x80 &&
             utf8_character(json.substr(end)) == 0) {
        ++end;
      }
      replace(at, end - at);
      at = end;
    }
  }
  if (kept == 0) return std::nullopt;
  out.append(json.substr(kept));
  return out;
}

}  // namespace cpi
