#include "cpi/sdk/detection/digest.hpp"

#include <bit>
#include <cstddef>
#include <cstring>

namespace cpi::detection {

namespace {

__extension__ using Wide = unsigned __int128;

std::uint64_t load(const char *from) noexcept {
  std::uint64_t value = 0;
  std::memcpy(&value, from, sizeof value);
  if constexpr (std::endian::native == std::endian::big) value = __builtin_bswap64(value);
  return value;
}

// The first `size` (below 8) bytes, little end first.
std::uint64_t load_some(const char *from, std::size_t size) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(from[i])) << (8 * i);
  }
  return value;
}

struct SipState {
  std::uint64_t a;
  std::uint64_t b;
  std::uint64_t c;
  std::uint64_t d;

  void round() noexcept {
    a += b;
    c += d;
    b = std::rotl(b, 13) ^ a;
    d = std::rotl(d, 16) ^ c;
    a = std::rotl(a, 32);
    c += b;
    a += d;
    b = std::rotl(b, 17) ^ c;
    d = std::rotl(d, 21) ^ a;
    c = std::rotl(c, 32);
  }
  void absorb(std::uint64_t word) noexcept {
    d ^= word;
    round();
    round();
    a ^= word;
  }
};

std::uint64_t fold(std::uint64_t a, std::uint64_t b) noexcept {
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

// Odd constants without structure: the golden ratio's digits and three of its multiples.
constexpr std::uint64_t salt[4] = {0x9e3779b97f4a7c15, 0xdaa66d2c7ddef841, 0x78dde6e5fd29f055,
                                   0x1715609d7c746c69};

}  // namespace

DigestKey digest_key(std::string_view entropy) noexcept {
  DigestKey key{salt[0], salt[1]};
  if (entropy.size() >= 16) return {load(entropy.data()), load(entropy.data() + 8)};
  return {siphash(key, entropy), siphash({salt[2], salt[3]}, entropy)};
}

std::uint64_t siphash(const DigestKey &key, std::string_view bytes) noexcept {
  SipState state{key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
                 key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573};
  const char *at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) state.absorb(load(at));
  state.absorb(load_some(at, left) | static_cast<std::uint64_t>(bytes.size()) << 56);
  state.c ^= 0xff;
  for (int i = 0; i < 4; ++i) state.round();
  return state.a ^ state.b ^ state.c ^ state.d;
}

std::uint64_t page_digest(const DigestKey &key, std::string_view bytes) noexcept {
  const std::uint64_t first = key[0] ^ salt[0];
  const std::uint64_t second = key[1] ^ salt[1];
  std::uint64_t lanes[4] = {first, second, first + salt[2], second + salt[3]};
  const char *at = bytes.data();
  std::size_t left = bytes.size();
  // Four chains, so that the multiplications overlap.
  for (; left >= 64; at += 64, left -= 64) {
    for (std::size_t i = 0; i < 4; ++i) {
      lanes[i] = fold(load(at + 16 * i) ^ lanes[i], load(at + 16 * i + 8) ^ salt[i] ^ second);
    }
  }
  std::uint64_t digest =
      fold(lanes[0] ^ salt[2], lanes[1] ^ first) ^ fold(lanes[2] ^ salt[3], lanes[3] ^ second);
  for (; left >= 16; at += 16, left -= 16) {
    digest = fold(load(at) ^ digest, load(at + 8) ^ salt[0] ^ second);
  }
  std::uint64_t tail = 0;
  if (left >= 8) {
    tail = load(at);
    at += 8;
    left -= 8;
  }
  digest = fold(tail ^ digest ^ salt[1], load_some(at, left) ^ second ^ salt[2]);
  return fold(digest ^ salt[3], static_cast<std::uint64_t>(bytes.size()) ^ first);
}

}  // namespace cpi::detection
