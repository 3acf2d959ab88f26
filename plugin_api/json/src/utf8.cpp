#include "cpi/json/utf8.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace cpi {

namespace {

bool continues(unsigned char byte) noexcept {
  return (byte & 0xC0u) == 0x80u;
}

// The length of the sequence at `p`, or 0 where there is none.
std::size_t sequence(const unsigned char *p, std::size_t left) noexcept {
  const unsigned char first = p[0];
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return left >= 2 && continues(p[1]) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if (left < 3 || !continues(p[1]) || !continues(p[2])) return 0;
    if (first == 0xE0 && p[1] < 0xA0) return 0;  // overlong
    if (first == 0xED && p[1] > 0x9F) return 0;  // surrogate
    return 3;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (left < 4 || !continues(p[1]) || !continues(p[2]) || !continues(p[3])) return 0;
    if (first == 0xF0 && p[1] < 0x90) return 0;
    if (first == 0xF4 && p[1] > 0x8F) return 0;
    return 4;
  }
  return 0;
}

}  // namespace

std::size_t utf8_character(std::string_view bytes) noexcept {
  if (bytes.empty()) return 0;
  return sequence(reinterpret_cast<const unsigned char *>(bytes.data()), bytes.size());
}

bool is_utf8(std::string_view bytes) noexcept {
  const auto *p = reinterpret_cast<const unsigned char *>(bytes.data());
  std::size_t left = bytes.size();
  while (left > 0) {
    if (left >= 8) {  // eight ASCII bytes at a time: nearly all that services send
      std::uint64_t word = 0;
      std::memcpy(&word, p, 8);
      if ((word & 0x8080808080808080u) == 0) {
        p += 8;
        left -= 8;
        continue;
      }
    }
    const std::size_t size = sequence(p, left);
    if (size == 0) return false;
    p += size;
    left -= size;
  }
  return true;
}

std::size_t code_points(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace cpi
