#include "auth/pkce.hpp"

#include <sodium.h>

#include <array>
#include <span>
#include <stdexcept>
#include <vector>

namespace host {
namespace {

constexpr std::size_t random_size = 32;

void start_randomness() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium does not start");
}

std::string base64url(std::span<const unsigned char> bytes) {
  constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string out(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(out.data(), out.size(), bytes.data(), bytes.size(), variant);
  out.pop_back();  // its terminator
  return out;
}

}  // namespace

std::string pkce_challenge(std::string_view verifier) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char *>(verifier.data()),
                     verifier.size());
  return base64url(hash);
}

Secret random_text(std::size_t size) {
  start_randomness();
  std::vector<unsigned char> bytes(size);
  randombytes_buf(bytes.data(), bytes.size());
  std::string text = base64url(bytes);
  sodium_memzero(bytes.data(), bytes.size());
  Secret out(text);
  wipe(text);
  return out;
}

Pkce new_pkce() {
  Pkce out;
  out.verifier = random_text(random_size);
  out.challenge = pkce_challenge(out.verifier.reveal());
  return out;
}

}  // namespace host
