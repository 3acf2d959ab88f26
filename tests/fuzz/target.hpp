// What every fuzz target shares: libFuzzer's entry point, and how a target says that the product
// broke a promise.
//
// A target gets any bytes and may only return. A crash, a sanitizer's finding, an exception that
// leaves it, and a broken promise end the process; the bytes are then added to the corpus.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);

namespace fuzz {

inline std::string_view text_of(const std::uint8_t *data, std::size_t size) {
  return {reinterpret_cast<const char *>(data), size};
}

// Bytes that choose something, taken from the front of the input; 0 where there is none left.
inline std::uint8_t take_byte(std::string_view &input) {
  if (input.empty()) return 0;
  const auto byte = static_cast<std::uint8_t>(input.front());
  input.remove_prefix(1);
  return byte;
}

inline void promise(bool kept, const char *which) {
  if (kept) return;
  std::fprintf(stderr, "broken promise: %s\n", which);
  std::abort();
}

}  // namespace fuzz
