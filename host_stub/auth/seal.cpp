#include "auth/seal.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <system_error>
#include <utility>

#include "auth/secret_file.hpp"
#include "store/store.hpp"

namespace host {

// A sealed value: 1 byte of format, 4 of key version (big-endian), 24 of nonce, then ciphertext and
// tag. A key file: "connector-seal-key VERSION BASE64" and a line break.
namespace {

constexpr std::uint8_t format = 1;
constexpr std::size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t head_size = 1 + 4;
constexpr std::string_view key_word = "connector-seal-key";
constexpr std::string_view key_name = "seal.key";
constexpr std::string_view check_text = "connector-host seal check 1";
constexpr SealPlace check_place{"", "seal_check"};
static_assert(SealingKey::size == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

void start_sodium() {
  if (sodium_init() < 0)
    throw SealError(SealError::Kind::io,
                    "libsodium does not start: this machine gives no random bytes.");
}

void append(Bytes &out, std::uint32_t number) {
  for (const int shift : {24, 16, 8, 0})
    out.push_back(static_cast<std::uint8_t>(number >> shift & 0xFFu));
}

void append(Bytes &out, std::string_view text) {
  append(out, static_cast<std::uint32_t>(text.size()));
  out.insert(out.end(), text.begin(), text.end());
}

// Sizes go in too, so that ("ab", "c") and ("a", "bc") differ.
Bytes associated_data(const SealPlace &place, std::uint32_t version) {
  Bytes out;
  out.reserve(12 + place.connection_id.size() + place.column.size());
  append(out, version);
  append(out, place.connection_id);
  append(out, place.column);
  return out;
}

class File {
 public:
  explicit File(int descriptor) noexcept : descriptor_(descriptor) {}
  File(const File &) = delete;
  File &operator=(const File &) = delete;
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int get() const noexcept { return descriptor_; }
  bool open() const noexcept { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

std::string system_reason() {
  return std::generic_category().message(errno);
}

SealingKey parse_key(std::string_view text, const std::string &path) {
  const auto invalid = [&]() -> SealError {
    return {SealError::Kind::key_invalid,
            path + " is not a sealing key: expected one line \"" + std::string(key_word) +
                " VERSION BASE64\". Put the key file back from your backup."};
  };
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  if (!text.starts_with(key_word)) throw invalid();
  text.remove_prefix(key_word.size());
  if (!text.starts_with(' ')) throw invalid();
  text.remove_prefix(1);
  std::uint32_t version = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (error != std::errc() || version == 0) throw invalid();
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.starts_with(' ')) throw invalid();
  text.remove_prefix(1);

  std::array<std::uint8_t, SealingKey::size> bytes{};
  std::size_t size = 0;
  const int bad = sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr,
                                    &size, nullptr, sodium_base64_VARIANT_ORIGINAL);
  if (bad != 0 || size != bytes.size()) {
    sodium_memzero(bytes.data(), bytes.size());
    throw invalid();
  }
  SealingKey key(bytes, version);
  sodium_memzero(bytes.data(), bytes.size());
  return key;
}

using Guard = SecretFileGuard;

std::optional<SealingKey> read_key(const std::filesystem::path &path, Guard guard) {
  const std::string shown = path.string();
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file.open()) {
    if (errno == ENOENT) return std::nullopt;
    throw SealError(SealError::Kind::io,
                    "cannot read the sealing key " + shown + ": " + system_reason());
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
    throw SealError(SealError::Kind::key_invalid, shown + " is not a regular file.");
  if (std::string open = open_to_others(status, guard, "the sealing key " + shown, shown);
      !open.empty())
    throw SealError(SealError::Kind::key_unsafe, std::move(open));
  std::array<char, 512> buffer{};
  std::size_t size = 0;
  while (size < buffer.size()) {
    const ssize_t got = ::read(file.get(), buffer.data() + size, buffer.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      throw SealError(SealError::Kind::io,
                      "cannot read the sealing key " + shown + ": " + system_reason());
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  const Secret text(std::string_view(buffer.data(), size));
  sodium_memzero(buffer.data(), buffer.size());
  return parse_key(text.reveal(), shown);
}

void sync_folder(const std::filesystem::path &path) {
  const File folder(::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.open() || ::fsync(folder.get()) != 0)
    throw SealError(SealError::Kind::io,
                    "cannot store the sealing key " + path.string() + ": " + system_reason());
}

enum class Existing { keep, replace };

// Written under another name and put into place, so that the key file is whole or not there, and of
// two hosts that start at once the second one takes the first one's key.
void make_key(const std::filesystem::path &path, std::uint32_t version, Existing existing) {
  std::array<std::uint8_t, SealingKey::size> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  std::string line(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(line.data(), line.size(), bytes.data(), bytes.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  sodium_memzero(bytes.data(), bytes.size());
  line.pop_back();  // its terminator
  line.insert(0, std::string(key_word) + ' ' + std::to_string(version) + ' ');
  line += '\n';

  std::error_code ignored;
  std::filesystem::create_directories(path.parent_path(), ignored);
  std::string scratch = path.string() + ".XXXXXX";
  const auto fail = [&](const std::string &what) -> SealError {
    const std::string why = system_reason();
    ::unlink(scratch.c_str());
    wipe(line);
    return {SealError::Kind::io,
            "cannot " + what + " the sealing key " + path.string() + ": " + why};
  };
  {
    const File file(::mkostemp(scratch.data(), O_CLOEXEC));  // 0600
    if (!file.open()) throw fail("make");
    for (std::string_view rest = line; !rest.empty();) {
      const ssize_t written = ::write(file.get(), rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) throw fail("write");
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(file.get()) != 0) throw fail("write");
  }
  if (existing == Existing::replace) {
    if (::rename(scratch.c_str(), path.c_str()) != 0) throw fail("make");
  } else {
    if (::link(scratch.c_str(), path.c_str()) != 0 && errno != EEXIST) throw fail("make");
    ::unlink(scratch.c_str());
  }
  wipe(line);
  sync_folder(path);
}

// A key, and where it was read from.
struct FoundKey {
  SealingKey key;
  std::filesystem::path path;
  Guard guard;
};

SealingKey required(std::optional<SealingKey> key, const std::string &path,
                    std::string_view origin) {
  if (key) return std::move(*key);
  throw SealError(SealError::Kind::key_missing, std::string(origin) + " names the sealing key " +
                                                    path + ", and there is no such file.");
}

FoundKey find_key(const KeyPlaces &places, bool used_before) {
  if (!places.key_file.empty())
    return {required(read_key(places.key_file, Guard::owner_only), places.key_file,
                     "CONNECTOR_KEY_FILE"),
            places.key_file, Guard::owner_only};
  if (!places.credentials_directory.empty()) {
    const std::filesystem::path path =
        std::filesystem::path(places.credentials_directory) / key_name;
    // Other credentials of the service may be in there without this one.
    if (auto key = read_key(path, Guard::given_by_systemd))
      return {std::move(*key), path, Guard::given_by_systemd};
  }
  const std::filesystem::path path = places.data_dir / key_name;
  if (auto key = read_key(path, Guard::owner_only))
    return {std::move(*key), path, Guard::owner_only};
  if (used_before)
    throw SealError(
        SealError::Kind::key_missing,
        "the sealing key " + path.string() +
            " is gone, and the database holds secrets sealed with it. Put the file back "
            "from your backup, or name it with CONNECTOR_KEY_FILE. No row was changed.");
  make_key(path, 1, Existing::keep);
  return {required(read_key(path, Guard::owner_only), path.string(), "the data directory"), path,
          Guard::owner_only};
}

bool opens(const SealingKey &key, const Bytes &check) {
  try {
    return key.open(check_place, check).reveal() == check_text;
  } catch (const SealError &) {
    return false;
  }
}

std::filesystem::path beside(const std::filesystem::path &path, std::string_view suffix) {
  return path.string() + std::string(suffix);
}

// The key file gets its new content; the old one is gone once that is on disk.
void put_in_place(const std::filesystem::path &path) {
  const std::filesystem::path next = beside(path, ".next");
  const std::filesystem::path old = beside(path, ".old");
  ::unlink(old.c_str());
  if (::link(path.c_str(), old.c_str()) != 0 || ::rename(next.c_str(), path.c_str()) != 0)
    throw SealError(SealError::Kind::io, "the new sealing key " + next.string() +
                                             " cannot be put in place: " + system_reason() +
                                             ". The database is sealed with it: keep the file.");
  sync_folder(path);
  ::unlink(old.c_str());
}

SealError wrong_key(const KeyPlaces &places) {
  return {SealError::Kind::wrong_key,
          "the sealing key does not belong to the database in " + places.data_dir.string() +
              ": its secrets were sealed with another one. Put the right key back, or name "
              "it with CONNECTOR_KEY_FILE. No row was changed."};
}

FoundKey unlock_found(const KeyPlaces &places, Store &store) {
  start_sodium();
  FoundKey found = find_key(places, store.seal_check().has_value());
  // In one transaction: of two hosts that start at once, one sets the value and the other obeys it.
  store.transaction([&] {
    const std::optional<Bytes> check = store.seal_check();
    if (!check) {
      store.set_seal_check(found.key.seal(check_place, check_text));
      return;
    }
    if (opens(found.key, *check)) return;
    auto next = found.guard == Guard::owner_only
                    ? read_key(beside(found.path, ".next"), Guard::owner_only)
                    : std::nullopt;
    if (!next || !opens(*next, *check)) throw wrong_key(places);
    put_in_place(found.path);
    found.key = std::move(*next);
  });
  return found;
}

}  // namespace

struct SealingKey::LockedBytes {
  std::uint8_t *data;

  LockedBytes() : data(nullptr) {
    start_sodium();
    data = static_cast<std::uint8_t *>(sodium_malloc(SealingKey::size));
    if (data == nullptr)
      throw SealError(SealError::Kind::io,
                      "no locked memory for the sealing key: raise `ulimit -l` or free memory.");
  }
  LockedBytes(const LockedBytes &) = delete;
  LockedBytes &operator=(const LockedBytes &) = delete;
  ~LockedBytes() { sodium_free(data); }  // wipes
};

SealingKey::SealingKey(std::span<const std::uint8_t, size> bytes, std::uint32_t version)
    : bytes_(std::make_unique<LockedBytes>()), version_(version) {
  std::ranges::copy(bytes, bytes_->data);
  sodium_mprotect_readonly(bytes_->data);
}

SealingKey::SealingKey(SealingKey &&) noexcept = default;
SealingKey &SealingKey::operator=(SealingKey &&) noexcept = default;
SealingKey::~SealingKey() = default;

Bytes SealingKey::seal(const SealPlace &place, std::string_view plain) const {
  Bytes out;
  out.reserve(head_size + nonce_size + plain.size() + tag_size);
  out.push_back(format);
  append(out, version_);
  out.resize(head_size + nonce_size + plain.size() + tag_size);
  std::uint8_t *const nonce = out.data() + head_size;
  randombytes_buf(nonce, nonce_size);
  const Bytes bound = associated_data(place, version_);
  crypto_aead_xchacha20poly1305_ietf_encrypt(
      nonce + nonce_size, nullptr, reinterpret_cast<const unsigned char *>(plain.data()),
      plain.size(), bound.data(), bound.size(), nullptr, nonce, bytes_->data);
  return out;
}

Secret SealingKey::open(const SealPlace &place, std::span<const std::uint8_t> sealed) const {
  const auto damaged = [&](std::string_view what) -> SealError {
    return {SealError::Kind::damaged, "the sealed " + std::string(place.column) +
                                          " of connection " + std::string(place.connection_id) +
                                          ' ' + std::string(what) +
                                          ". Connect the account again, or restore the database."};
  };
  if (sealed.size() < head_size + nonce_size + tag_size || sealed[0] != format)
    throw damaged("is not a sealed value");
  std::uint32_t version = 0;
  for (const std::uint8_t byte : sealed.subspan(1, 4)) version = version << 8 | byte;
  if (version != version_)
    throw damaged("was sealed with version " + std::to_string(version) +
                  " of the key, and this is " + std::to_string(version_));

  const auto nonce = sealed.subspan(head_size, nonce_size);
  const auto cipher = sealed.subspan(head_size + nonce_size);
  std::string plain(cipher.size() - tag_size, '\0');
  const Bytes bound = associated_data(place, version);
  const int forged = crypto_aead_xchacha20poly1305_ietf_decrypt(
      reinterpret_cast<unsigned char *>(plain.data()), nullptr, nullptr, cipher.data(),
      cipher.size(), bound.data(), bound.size(), nonce.data(), bytes_->data);
  if (forged != 0) throw damaged("was changed, cut or moved from another place");
  return Secret::take(std::move(plain));
}

SealingKey unlock(const KeyPlaces &places, Store &store) {
  return unlock_found(places, store).key;
}

void check_current(const SealingKey &key, Store &store) {
  const std::optional<Bytes> check = store.seal_check();
  if (!check || opens(key, *check)) return;
  throw SealError(SealError::Kind::wrong_key,
                  "the sealing key was changed while this was running. Nothing was lost: start it "
                  "again.");
}

Rekeyed rekey(const KeyPlaces &places, Store &store, const RefreshLock & /*renewals*/) {
  const FoundKey old = unlock_found(places, store);
  if (old.guard == Guard::given_by_systemd)
    throw SealError(
        SealError::Kind::io,
        "the sealing key comes from systemd, and only systemd can change it there. Stop "
        "the service, copy the key to a file of your own, run rekey with --key-file, "
        "and give systemd the new file.");
  const std::filesystem::path path = std::filesystem::canonical(old.path);
  const std::filesystem::path next_path = beside(path, ".next");
  const std::uint32_t version = old.key.version() + 1;
  make_key(next_path, version, Existing::replace);
  const SealingKey next =
      required(read_key(next_path, Guard::owner_only), next_path.string(), "rekey");

  Rekeyed done{path, 0, version};
  store.transaction([&] {
    const std::optional<Bytes> check = store.seal_check();
    if (!check || !opens(old.key, *check)) throw wrong_key(places);
    for (const ConnectionRecord &row : store.connections()) {
      const auto anew = [&](std::string_view column, const Bytes &sealed) {
        if (sealed.empty()) return Bytes();
        const SealPlace place{row.id, column};
        return next.seal(place, old.key.open(place, sealed).reveal());
      };
      store.replace_sealed(row.id, anew("input", row.sealed_input),
                           anew("tokens", row.sealed_tokens));
      ++done.connections;
    }
    store.set_seal_check(next.seal(check_place, check_text));
  });
  put_in_place(path);
  return done;
}

}  // namespace host
