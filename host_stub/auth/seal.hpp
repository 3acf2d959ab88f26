// Secrets at rest: XChaCha20-Poly1305 (libsodium) with a fresh nonce for every write, bound to the
// row and column they belong to, so that one ciphertext cannot be put in another's place.
//
// It protects a copied database, not a host whose key file was read too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "auth/refresh_lock.hpp"
#include "base/secret.hpp"
#include "store/records.hpp"

namespace host {

class Store;

class SealError : public std::runtime_error {
 public:
  enum class Kind {
    key_missing,  // the database has sealed rows, and there is no key
    key_unsafe,   // others than the owner may read the key file
    key_invalid,  // not a key file
    wrong_key,    // another database's key
    damaged,      // a sealed value was changed, cut or moved
    endpoints,    // the row is not the one that its secrets were sealed for
    io,
  };
  SealError(Kind why, const std::string &message) : std::runtime_error(message), kind(why) {}
  Kind kind;
};

// Where a sealed value lives: what it is bound to besides the key.
struct SealPlace {
  std::string_view connection_id;
  std::string_view column;  // "input" or "tokens"
};

class SealingKey {
 public:
  static constexpr std::size_t size = 32;

  // 32 bytes; copied into locked memory.
  SealingKey(std::span<const std::uint8_t, size> bytes, std::uint32_t version);
  SealingKey(SealingKey &&) noexcept;
  SealingKey &operator=(SealingKey &&) noexcept;
  ~SealingKey();

  // [any thread]
  Bytes seal(const SealPlace &place, std::string_view plain) const;
  // Throws SealError (damaged) when `sealed` is not what this key sealed for this very place.
  Secret open(const SealPlace &place, std::span<const std::uint8_t> sealed) const;

  std::uint32_t version() const noexcept { return version_; }

 private:
  struct LockedBytes;  // sodium_malloc: guarded, locked, wiped
  std::unique_ptr<LockedBytes> bytes_;
  std::uint32_t version_;
};

// Where the key may come from, in this order: the file that CONNECTOR_KEY_FILE names (and then
// nothing else is tried), systemd's credential `seal.key`, the data directory's own. Never an
// argument of the command line, which everybody on the machine can read.
struct KeyPlaces {
  std::string key_file;               // value of CONNECTOR_KEY_FILE; empty: not set
  std::string credentials_directory;  // value of CREDENTIALS_DIRECTORY (systemd); empty: not set
  std::filesystem::path data_dir;     // `seal.key` in it, made on first use with mode 0600
};

// Reads the key, or makes it when the data directory's own is missing and `store` has no sealed
// rows yet, and compares it with the store's check value (set on first use). Throws SealError with
// a sentence that says what to do; then no row was changed.
//
// Ends what an interrupted rekey() began: when the database was sealed anew already, the new key
// file takes its place.
SealingKey unlock(const KeyPlaces &places, Store &store);

// Throws SealError (wrong_key) when the database has been given another key since `key` was
// unlocked: nothing may be sealed with it any more.
void check_current(const SealingKey &key, Store &store);

// Gives the database a new key: seals every secret anew in one transaction. The new key file lies
// beside the old one under the name NAME.next until the database is sealed with it, and the old one
// under NAME.old until everything is done, so that a crash leaves either the old state or one that
// unlock() finishes. No other process may work on this data directory: `renewals` (all connections,
// see refresh_lock.hpp) is held. Throws SealError and StoreError; then the old key is in force.
struct Rekeyed {
  std::filesystem::path key_file;
  std::size_t connections = 0;
  std::uint32_t version = 0;
};
Rekeyed rekey(const KeyPlaces &places, Store &store, const RefreshLock &renewals);

}  // namespace host
