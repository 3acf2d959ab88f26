#include "cpi/json/base64.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace cpi {

namespace {

constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

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

}  // namespace cpi
