#include "server/browser_sessions.hpp"

#include <sodium.h>

#include <algorithm>
#include <utility>

#include "control/random_token.hpp"

namespace host::server {

namespace {

template <typename Map, typename Until>
void drop_oldest(Map &map, std::size_t most, const Until &until) {
  while (map.size() > most)
    map.erase(
        std::ranges::min_element(map, {}, [&](const auto &one) { return until(one.second); }));
}

}  // namespace

bool same_secret(std::string_view left, std::string_view right) {
  return left.size() == right.size() && sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

BrowserSessions::BrowserSessions(std::function<Time()> now)
    : now_(std::move(now)), bearer_(random_token()) {}

BrowserSessions::Hash BrowserSessions::hash_of(std::string_view text) {
  Hash hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char *>(text.data()),
                     text.size(), nullptr, 0);
  return hash;
}

void BrowserSessions::forget_old(Time now) {
  std::erase_if(links_, [now](const auto &link) { return link.second <= now; });
  std::erase_if(sessions_, [now](const auto &session) { return session.second.until <= now; });
}

std::string BrowserSessions::new_link(std::chrono::seconds lifetime) {
  std::string link = random_token();
  const std::scoped_lock lock(mutex_);
  forget_old(now_());
  links_[hash_of(link)] = now_() + lifetime;
  drop_oldest(links_, most_links, [](Time until) { return until; });
  return link;
}

std::optional<BrowserSessions::Opened> BrowserSessions::open(std::string_view link) {
  Opened opened{random_token(), random_token()};
  const std::scoped_lock lock(mutex_);
  forget_old(now_());
  if (links_.erase(hash_of(link)) == 0) return std::nullopt;
  sessions_[hash_of(opened.cookie)] = {hash_of(opened.key), now_() + idle_lifetime};
  drop_oldest(sessions_, most_sessions, [](const Open &session) { return session.until; });
  return opened;
}

// Cookies are found by their hash, so the search reveals nothing about a similar cookie; keys are
// compared in constant time.
BrowserSessions::Open *BrowserSessions::known(std::string_view cookie, std::string_view key) {
  if (cookie.empty() || key.empty()) return nullptr;
  forget_old(now_());
  const auto found = sessions_.find(hash_of(cookie));
  if (found == sessions_.end()) return nullptr;
  const Hash given = hash_of(key);
  return sodium_memcmp(given.data(), found->second.key.data(), given.size()) == 0 ? &found->second
                                                                                  : nullptr;
}

std::optional<std::chrono::seconds> BrowserSessions::find(std::string_view cookie,
                                                          std::string_view key) {
  const std::scoped_lock lock(mutex_);
  Open *session = known(cookie, key);
  if (session == nullptr) return std::nullopt;
  session->until = now_() + idle_lifetime;
  return idle_lifetime;
}

bool BrowserSessions::lasts(std::string_view cookie, std::string_view key) {
  const std::scoped_lock lock(mutex_);
  return known(cookie, key) != nullptr;
}

void BrowserSessions::close(std::string_view cookie) {
  const std::scoped_lock lock(mutex_);
  sessions_.erase(hash_of(cookie));
}

std::string BrowserSessions::short_name(std::string_view cookie) {
  const Hash hash = hash_of(cookie);
  std::array<char, 9> text{};
  sodium_bin2hex(text.data(), text.size(), hash.data(), 4);
  return text.data();
}

bool BrowserSessions::is_bearer(std::string_view token) const {
  return same_secret(token, bearer_.reveal());
}

}  // namespace host::server
