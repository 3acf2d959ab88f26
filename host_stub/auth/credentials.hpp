// Where a worker's requests get their credentials from: unsealed from the store, renewed in time,
// once for all who ask, and stored before anybody uses them. How, and by which rules:
// credentials.cpp.
//
// For the loop's own thread, with a Store of its own; the store is called directly, since token
// work is rare. Several processes may work on one database.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "auth/connection_secrets.hpp"
#include "auth/credential_cache.hpp"
#include "auth/refresh_lock.hpp"
#include "auth/seal.hpp"
#include "auth/token_client.hpp"
#include "auth/token_set.hpp"
#include "cpi/manifest/manifest.hpp"
#include "exchange/credentials.hpp"
#include "store/store.hpp"
#include "worker/latch.hpp"
#include "worker/loop.hpp"

namespace host {

// For logs and metrics. Nothing in it is a secret.
class CredentialsObserver {
 public:
  virtual ~CredentialsObserver() = default;
  enum class Refresh : std::uint8_t { renewed, taken_from_sibling, delayed, refused };
  virtual void refreshed(std::string_view connection, Refresh result, std::string_view reason) = 0;
  virtual void state_changed(std::string_view connection, ConnectionState state,
                             std::string_view reason) = 0;
};

struct CredentialsOptions {
  std::size_t cached_tokens = 16'384;                // 24 MiB of SendPulse's longest ones
  std::chrono::milliseconds first_cooldown{30'000};  // after a passing failure; doubles
  std::chrono::milliseconds longest_cooldown{std::chrono::minutes{15}};
  // How long another process that is renewing is waited for. Longer than two token requests take.
  std::chrono::milliseconds longest_wait{75'000};
  std::chrono::milliseconds lock_poll{50};
  // How long new credentials that the service refuses are tried again: it has just given them, and
  // may take them late.
  std::chrono::milliseconds longest_trial{std::chrono::minutes{5}};
  std::chrono::milliseconds between_tries{30'000};
  // Tests bring other clocks.
  std::function<Clock::time_point()> now = Clock::now;
  std::function<std::int64_t()> now_unix_ms;  // empty: the system clock
};

class StoredCredentials : public Credentials {
 public:
  // The manifest of a plugin id; nothing when it is not installed.
  using ManifestOf = std::function<std::optional<cpi::manifest::Manifest>(std::string_view plugin)>;

  // Everything given by reference outlives it, and it outlives the loop's tasks (see
  // Loop::destroy_tasks). The observer may be null.
  StoredCredentials(Loop &loop, Store &store, const SealingKey &key, TokenEndpoint &endpoint,
                    ManifestOf manifest_of, CredentialsOptions options = {},
                    CredentialsObserver *observer = nullptr);
  ~StoredCredentials() override;

  Task<CredentialResult> credential(std::string_view connection_id) override;
  Task<CredentialResult> renewed(std::string_view connection_id,
                                 std::uint64_t rejected_version) override;
  Task<CredentialResult> refused_again(std::string_view connection_id,
                                       std::uint64_t rejected_version) override;
  void accepted(std::string_view connection_id, std::uint64_t version) override;

  // What the store holds was changed by somebody else (signed in again, removed): read it anew.
  void forget(std::string_view connection_id);

  // The service refuses this connection even with a renewed token: stops it until a person signs
  // in.
  void needs_sign_in(std::string_view connection_id, std::string_view reason);

  // Before the loop ends: a renewal that is under way may have used up the only refresh token there
  // is, so it is let finish.
  bool renewing() const noexcept { return !flights_.empty(); }
  Task<void> renewals_finished(std::chrono::milliseconds at_most);

  // A token set that the service gave, or may have given, and that goes with this object: the one
  // in the database may be used up.
  struct LostToken {
    std::string connection;
    std::string reason;
    std::optional<StoreError::Kind> unsaved;  // why the database refuses it; nothing: it never came
  };
  // Before the process ends, after `renewals_finished`: a last try to store what the database did
  // not take.
  std::vector<LostToken> give_up();

  std::size_t cached() const noexcept { return cache_.size(); }

 private:
  struct Flight;    // a renewal under way, and what it gave
  struct Cooldown;  // no token request before; outlives the entry
  struct Unsaved;   // a token set the database did not take
  struct Subject;   // a row with its method and manifest, for one renewal

  std::variant<CachedCredential *, CredentialResult> load(std::string_view id);
  std::optional<Subject> subject_of(std::string_view id, CredentialResult &refusal);
  std::optional<ConnectionSecrets> secrets_of(Subject &subject, CredentialResult &refusal);
  void seal_endpoints(Subject &subject, ConnectionSecrets &secrets);
  CachedCredential entry_of(const Subject &subject, const ConnectionRecord &row,
                            const TokenSet &tokens) const;

  std::shared_ptr<Flight> fly(std::string_view id, bool forced);
  Task<void> renew(std::string id, std::shared_ptr<Flight> flight, bool forced);
  Task<CredentialResult> renew_inside(const std::string &id, bool forced);
  CredentialResult refused_although_new(std::string_view id, CachedCredential &refused);
  CredentialResult refused_for_good(std::string_view id, const CachedCredential &refused);
  std::optional<CredentialResult> stored_instead(std::string_view id, std::uint64_t version);
  CredentialResult adopt(const Subject &subject, const ConnectionRecord &row,
                         const TokenSet &tokens);
  CredentialResult accept(const Subject &subject, TokenSet tokens, const Secret &old_refresh,
                          bool forced);
  CredentialResult refuse(const Subject &subject, const TokenRefusal &refusal, bool interrupted);
  CredentialResult delay(const Subject &subject, const TokenRefusal &refusal, bool interrupted);
  CredentialResult stop(const Subject &subject, ConnectionState state, const std::string &reason);
  CredentialResult use(const CachedCredential &entry) const;
  std::chrono::milliseconds cooling(std::string_view id) const;
  void set_state(const ConnectionRecord &row, ConnectionState state, std::string_view reason);
  void tell(std::string_view id, CredentialsObserver::Refresh result,
            std::string_view reason) const;
  std::int64_t unix_now() const;

  Loop &loop_;
  Store &store_;
  const SealingKey &key_;
  RefreshLocks locks_;
  TokenEndpoint &endpoint_;
  ManifestOf manifest_of_;
  CredentialsOptions options_;
  CredentialsObserver *observer_;

  CredentialCache cache_;
  std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;
  std::unordered_map<std::string, Cooldown> cooldowns_;
  std::unordered_map<std::string, Unsaved> unsaved_;
};

}  // namespace host
