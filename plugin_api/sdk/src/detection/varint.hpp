// Integers as bytes, for the cursor: LEB128, and fixed widths in little-endian order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cpi::detection {

inline void put_varint(std::uint64_t value, std::string &out) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

inline bool take_varint(std::string_view &bytes, std::uint64_t &out) noexcept {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) {
      out = value;
      return true;
    }
  }
  return false;
}

inline void put_fixed(std::uint64_t value, std::size_t width, std::string &out) {
  for (std::size_t i = 0; i < width; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

inline bool take_fixed(std::string_view &bytes, std::size_t width, std::uint64_t &out) noexcept {
  if (bytes.size() < width) return false;
  out = 0;
  for (std::size_t i = 0; i < width; ++i) {
    out |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  bytes.remove_prefix(width);
  return true;
}

inline void put_text(std::string_view text, std::string &out) {
  put_varint(text.size(), out);
  out += text;
}

inline bool take_text(std::string_view &bytes, std::string &out) {
  std::uint64_t size = 0;
  if (!take_varint(bytes, size) || size > bytes.size()) return false;
  out.assign(bytes.substr(0, size));
  bytes.remove_prefix(size);
  return true;
}

}  // namespace cpi::detection
