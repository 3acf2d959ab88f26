#include "server/browser_sessions.hpp"

#include <sodium.h>

#include <algorithm>
#include <utility>

#include "control/random_token.hpp"

namespace host::server {

namespace {

constexpr std::int64_t use_is_stored_every_ms = 60'000;

std::string proof_from(const Bytes &key_hash, std::string_view start) {
  std::array<unsigned char, crypto_auth_hmacsha256_BYTES> mac{};
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, key_hash.data(), key_hash.size());
  crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char *>(start.data()),
                                start.size());
  crypto_auth_hmacsha256_final(&state, mac.data());
  std::string out(sodium_base64_ENCODED_LEN(mac.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING),
                  '\0');
  sodium_bin2base64(out.data(), out.size(), mac.data(), mac.size(),
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  out.pop_back();  // its terminator
  return out;
}

}  // namespace

bool same_secret(std::string_view left, std::string_view right) {
  return left.size() == right.size() && sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

BrowserSessions::BrowserSessions(const StoreAddress &store, SessionLimits limits, Clocks clocks)
    : limits_(limits),
      clocks_(std::move(clocks)),
      bearer_(random_token()),
      start_(random_token()),
      store_(open_store(store)) {}

BrowserSessions::Hash BrowserSessions::hash_of(std::string_view text) {
  Hash hash{};
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char *>(text.data()),
                     text.size());
  return hash;
}

std::string BrowserSessions::proof_of(std::string_view key, std::string_view start) {
  return proof_from(bytes_of(hash_of(key)), start);
}

std::string BrowserSessions::new_link(std::chrono::seconds lifetime) {
  std::string link = random_token();
  const Time now = clocks_.steady();
  const std::scoped_lock lock(links_mutex_);
  std::erase_if(links_, [now](const auto &known) { return known.second <= now; });
  links_[hash_of(link)] = now + lifetime;
  while (links_.size() > most_links)
    links_.erase(std::ranges::min_element(links_, {}, [](const auto &one) { return one.second; }));
  return link;
}

bool BrowserSessions::use_link(std::string_view link) {
  const Time now = clocks_.steady();
  const std::scoped_lock lock(links_mutex_);
  std::erase_if(links_, [now](const auto &known) { return known.second <= now; });
  return links_.erase(hash_of(link)) > 0;
}

BrowserSessions::Opened BrowserSessions::open(Store &writer) {
  Opened opened{random_token(), random_token(), {}, {}};
  opened.record.cookie_hash = bytes_of(hash_of(opened.cookie));
  opened.record.key_hash = bytes_of(hash_of(opened.key));
  opened.record.opened_at = opened.record.used_at = clocks_.unix_ms();
  opened.ended = writer.add_session(opened.record, static_cast<std::int64_t>(most_sessions));
  return opened;
}

// Cookies are found by their hash, so the search reveals nothing about a similar cookie; keys are
// compared in constant time.
std::optional<SessionRecord> BrowserSessions::find(std::string_view cookie, Shown shown) {
  if (cookie.empty() || (shown.key.empty() && shown.proof.empty())) return std::nullopt;
  std::optional<SessionRecord> found;
  {
    const std::scoped_lock lock(store_mutex_);
    found = store_->session(bytes_of(hash_of(cookie)));
  }
  if (!found || ends_at(*found) <= clocks_.unix_ms()) return std::nullopt;
  const Hash given = hash_of(shown.key);
  if (found->key_hash.size() != given.size()) return std::nullopt;
  if (sodium_memcmp(given.data(), found->key_hash.data(), given.size()) == 0 ||
      same_secret(shown.proof, proof_from(found->key_hash, start_)))
    return found;
  return std::nullopt;
}

std::int64_t BrowserSessions::ends_at(const SessionRecord &session) const {
  return std::min(session.used_at + limits_.idle.count(),
                  session.opened_at + limits_.absolute.count());
}

SessionRecord BrowserSessions::note_use(Store &writer, SessionRecord session) {
  const std::int64_t now = clocks_.unix_ms();
  if (now - session.used_at < use_is_stored_every_ms) return session;
  writer.set_session_used(session.cookie_hash, now);
  session.used_at = now;
  return session;
}

std::vector<SessionRecord> BrowserSessions::remove_ended(Store &writer) {
  const std::int64_t now = clocks_.unix_ms();
  // Removes what `ends_at` calls ended: up to and with these times.
  return writer.remove_old_sessions(now - limits_.absolute.count() + 1,
                                    now - limits_.idle.count() + 1);
}

std::string BrowserSessions::short_name(const SessionRecord &session) {
  std::array<char, 9> text{};
  if (session.cookie_hash.size() < 4) return {};
  sodium_bin2hex(text.data(), text.size(), session.cookie_hash.data(), 4);
  return text.data();
}

bool BrowserSessions::is_bearer(std::string_view token) const {
  return same_secret(token, bearer_.reveal());
}

}  // namespace host::server
