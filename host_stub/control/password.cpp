#include "control/password.hpp"

#include <sodium.h>

#include <array>
#include <new>
#include <stdexcept>

#include "control/failure.hpp"

namespace host {

namespace {

constexpr unsigned long long password_passes = crypto_pwhash_OPSLIMIT_MODERATE;
constexpr std::size_t password_memory = crypto_pwhash_MEMLIMIT_INTERACTIVE;

void start_sodium() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium found no source of randomness");
}

}  // namespace

void check_new_password(std::string_view password) {
  if (password.size() < shortest_password)
    throw wrong_call("The password is too short.", "Use at least " +
                                                       std::to_string(shortest_password) +
                                                       " characters, such as four random words.");
  if (password.size() > longest_password)
    throw wrong_call("The password is too long.",
                     "Use at most " + std::to_string(longest_password) + " bytes.");
}

std::string hash_password(std::string_view password) {
  start_sodium();
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (crypto_pwhash_str(hash.data(), password.data(), password.size(), password_passes,
                        password_memory) != 0)
    throw std::bad_alloc();
  return hash.data();
}

bool is_password(const std::string &hash, std::string_view password) {
  start_sodium();
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

void store_password(Store &store, std::string_view hash, const Bytes &spared) {
  store.transaction([&] {
    if (!store.password_hash().empty()) store.remove_other_sessions(spared);
    store.set_password_hash(hash);
  });
}

}  // namespace host
