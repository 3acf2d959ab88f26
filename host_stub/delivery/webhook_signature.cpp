#include "delivery/webhook_signature.hpp"

#include <sodium.h>

#include <array>
#include <cstddef>

#include "delivery/sink.hpp"

namespace host {

namespace {

constexpr std::string_view prefix = "whsec_";
constexpr std::size_t shortest = 24;
constexpr std::size_t longest = 64;

void need_sodium() {
  if (sodium_init() < 0) throw SinkError("libsodium cannot be initialised.");
}

template <std::size_t size>
std::string base64(const std::array<unsigned char, size> &bytes) {
  std::array<char, sodium_base64_ENCODED_LEN(size, sodium_base64_VARIANT_ORIGINAL)> text{};
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  return text.data();
}

void update(crypto_auth_hmacsha256_state &state, std::string_view text) {
  crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char *>(text.data()),
                                text.size());
}

}  // namespace

WebhookSecret::WebhookSecret(std::string_view text) {
  need_sodium();
  const SinkError bad(
      "A webhook's signing secret is \"whsec_\" followed by 24 to 64 random bytes in base64.");
  if (!text.starts_with(prefix)) throw bad;
  text.remove_prefix(prefix.size());
  key_.resize(longest);
  std::size_t size = 0;
  if (sodium_base642bin(key_.data(), key_.size(), text.data(), text.size(), nullptr, &size, nullptr,
                        sodium_base64_VARIANT_ORIGINAL) != 0 ||
      size < shortest) {
    sodium_memzero(key_.data(), key_.size());
    throw bad;
  }
  key_.resize(size);
}

WebhookSecret::~WebhookSecret() {
  if (!key_.empty()) sodium_memzero(key_.data(), key_.size());
}

std::string WebhookSecret::sign(std::string_view id, std::int64_t timestamp_s,
                                std::string_view body) const {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, key_.data(), key_.size());
  update(state, id);
  update(state, ".");
  update(state, std::to_string(timestamp_s));
  update(state, ".");
  update(state, body);
  std::array<unsigned char, crypto_auth_hmacsha256_BYTES> mac{};
  crypto_auth_hmacsha256_final(&state, mac.data());
  return "v1," + base64(mac);
}

std::string new_webhook_secret() {
  need_sodium();
  std::array<unsigned char, 32> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  std::string text = std::string(prefix) + base64(bytes);
  sodium_memzero(bytes.data(), bytes.size());
  return text;
}

}  // namespace host
