#include "control/random_token.hpp"

#include <sodium.h>

#include <array>
#include <stdexcept>

namespace host {

std::string random_token() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium found no source of randomness");
  std::array<unsigned char, 32> random{};
  randombytes_buf(random.data(), random.size());
  std::string out(
      sodium_base64_ENCODED_LEN(random.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(out.data(), out.size(), random.data(), random.size(),
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  sodium_memzero(random.data(), random.size());
  out.pop_back();  // its terminator
  return out;
}

}  // namespace host
