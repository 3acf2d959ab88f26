#include "auth/credential_cache.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace host {

CredentialCache::CredentialCache(std::size_t most) : most_(std::max<std::size_t>(most, 1)) {}

CachedCredential *CredentialCache::find(std::string_view id) {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &found->second->credential;
}

CachedCredential &CredentialCache::remember(CachedCredential credential) {
  constexpr std::size_t most_passing = 256;
  const std::size_t passing = std::min(most_, most_passing);
  forget(credential.id);
  if (passing_.size() < passing) {
    passing_.push_front({std::move(credential)});
  } else if (lasting_.size() < most_ - passing) {
    passing_.back().lasting = true;
    lasting_.splice(lasting_.end(), passing_, std::prev(passing_.end()));
    passing_.push_front({std::move(credential)});
  } else {
    by_id_.erase(passing_.back().credential.id);
    passing_.splice(passing_.begin(), passing_, std::prev(passing_.end()));
    passing_.front().credential = std::move(credential);
  }
  by_id_.emplace(passing_.front().credential.id, passing_.begin());
  return passing_.front().credential;
}

void CredentialCache::forget(std::string_view id) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  const auto entry = found->second;
  by_id_.erase(found);
  (entry->lasting ? lasting_ : passing_).erase(entry);
}

}  // namespace host
