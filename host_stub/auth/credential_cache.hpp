// The unsealed credentials of the connections that were used lately: a bounded cache, so that
// accounts that are idle cost nothing.
//
// Polling goes round all accounts, and of a round that is longer than the cache an order by last
// use would keep nothing. So most of the cache stays with those who came first; the others take
// turns in the rest of it.
//
// For one thread at a time.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "http/credential.hpp"

namespace host {

// What it is when, see the table in credentials.cpp.
struct CachedCredential {
  std::string id;        // of the connection
  HttpCredential place;  // without the value
  Secret value;
  std::string_view called;  // in sentences: SignInMethod::credential
  std::uint64_t version = 0;
  bool renewable = true;
  Clock::time_point refresh_at = Clock::time_point::max();
  Clock::time_point expires_at = Clock::time_point::max();
  std::optional<Clock::time_point> made_for_401;  // and not taken by the service so far
  std::int64_t refused_since = 0;  // Unix ms: the service refuses it although it is new; else 0
  bool rejected = false;  // the service has refused it; it is only still here for its version
};

class CredentialCache {
 public:
  explicit CredentialCache(std::size_t most);

  // Null when it is not here. Valid until the next call that is not `find`.
  CachedCredential *find(std::string_view id);
  // In place of what was here of that connection, or of another one when it is full.
  CachedCredential &remember(CachedCredential credential);
  void forget(std::string_view id);
  std::size_t size() const noexcept { return by_id_.size(); }

 private:
  struct Entry {
    CachedCredential credential;
    bool lasting = false;  // which of the two lists it is in
  };
  using Entries = std::list<Entry>;

  std::size_t most_;
  Entries lasting_;
  Entries passing_;                                                       // newest first
  boost::unordered_flat_map<std::string_view, Entries::iterator> by_id_;  // keys: entries' own ids
};

}  // namespace host
