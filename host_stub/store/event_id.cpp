#include "store/event_id.hpp"

#include <sodium.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace host {

namespace {

void update(crypto_generichash_state &state, std::string_view text) {
  crypto_generichash_update(&state, reinterpret_cast<const unsigned char *>(text.data()),
                            text.size());
}

}  // namespace

std::string event_id(std::string_view trigger_id, std::string_view key) {
  constexpr std::size_t characters = 26;
  constexpr std::size_t bytes = (characters * 5 + 7) / 8;
  static_assert(bytes >= crypto_generichash_BYTES_MIN);
  constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz234567";

  std::array<unsigned char, bytes> hash{};
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, hash.size());
  update(state, trigger_id);
  update(state, std::string_view("\0", 1));  // ids contain no NUL, so the separator is unambiguous
  update(state, key);
  crypto_generichash_final(&state, hash.data(), hash.size());

  std::string id = "evt_";
  id.reserve(id.size() + characters);
  std::uint32_t window = 0;
  unsigned bits = 0;
  std::size_t next = 0;
  for (std::size_t i = 0; i < characters; ++i) {
    if (bits < 5) {
      window = window << 8U | hash[next++];
      bits += 8;
    }
    bits -= 5;
    id += alphabet[window >> bits & 31U];
  }
  return id;
}

}  // namespace host
