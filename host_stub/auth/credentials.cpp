// Theory of operation
//
// A request needs a credential. It is a key, which a person entered and which stays what it is,
// or an access token, which ends and is renewed: with the input alone (client credentials) or
// with a refresh token (authorization code). SignInMethod says which, so nothing below asks for a
// type.
//
// A refresh token may be good for one use. Whoever sends it and loses the answer has lost the
// account until a person signs in again. That is the one thing that must not happen by our fault;
// the rules follow from it, and from two habits of services: a new token may be taken some
// seconds late, and an error may pass.
//
// Rule 1. What is good is used without asking anybody: no lock, no await, no database.
//
// Rule 2. A connection is renewed by one at a time. In this process the others wait for the same
//   Flight. It is a task of its own, since whoever asked may be cancelled. Between processes a
//   lock (refresh_lock.hpp) is held until the answer is stored; whoever had to wait for it reads
//   the row again, and takes the token that is there (adopt).
//
// Rule 3. A token is on disk before anybody uses it. When the database does not take it, it is
//   kept (Unsaved) and given to nobody; the next renewal begins with storing it, without asking
//   the service, and give_up() tries once more before the process ends.
//
// Rule 4. A row says that its refresh token is being sent (refresh_started_at > 0) from before
//   the request until the answer is stored. A mark that nobody is behind means: the service may
//   have given a new token that never arrived. A request without an answer is repeated at once,
//   since some services take the old token again just for that. If the service then refuses the
//   old one, the reported reason is the interruption, not the refusal.
//
// Rule 5. A 401 counts against the version it was sent with. To a late one about an older version
//   the answer is the current credential.
//
// Rule 6. A 401 renews a token, once. It does not renew a key, nor a token that was itself made
//   for a 401 and never taken: those are on trial. On trial they are tried again for some minutes
//   (`longest_trial`), counted from the first refusal; its time is stored (refresh_started_at < 0),
//   so that a restart does not begin anew, and a renewal for another cause carries it over, since
//   it proves nothing. Any other answer below 500 ends the trial (accepted); the end of the minutes
//   stops the connection.
//
// Rule 7. A connection is stopped when the service says so (invalid_grant, a wrong app, the end
//   of a trial), or when its row leaves no way on: no refresh token, or changed by somebody else.
//   A failure that may pass (no answer, HTTP 5xx, anything that is not understood) only delays
//   the next token request: 30 seconds at first, then doubled up to 15 minutes, or as long as the
//   service asks. Until then a token that has not ended is used on.
//
// Rule 8. A person who signs in meanwhile wins. What a renewal brings is stored only on the
//   version it began with, and what it fails with stops only the sign-in that it was about.
//   Likewise before a connection is stopped for a 401 the row is read again.
//
// Rule 9. Secrets go only where they were entered for: to the addresses that are sealed with them
//   (endpoint_settings.hpp). A row that says otherwise is stopped, and nothing is sent.
//
// Rule 10. Nothing is deleted. A stopped connection keeps what it has.
//
// Rule 11. The end of a token is kept on the monotonic clock. More time left than its whole
//   lifetime means that the wall clock was moved back, nobody knows how far: it is renewed.
//
// The states of a connection, as one worker sees it. The cached credential is the one of
// credential_cache.hpp; `renewal` is what a Flight gives: a good credential, or why there is none.
//
//   the cached credential is       a request gets                  a 401 to it
//   -----------------------------  ------------------------------  ----------------------------
//   absent                         what the database has; a        (Rule 5)
//                                  renewal where it has none
//   good: before refresh_at        it                              rejects it, and renews
//   due: before expires_at         a renewal; it itself while      rejects it, and renews
//                                  renewals are delayed
//   ended: after expires_at        a renewal, or unavailable       rejects it, and renews
//   rejected                       a renewal, or unavailable       renews
//   new: made_for_401, less than   it                              puts it on trial: unavailable
//     `longest_trial` ago
//   on trial: refused_since != 0   it                              unavailable; after that time
//                                                                  stops the connection
//   a key: not renewable           it                              puts it on trial: unavailable
//   none: connection stopped       needs_sign_in                   needs_sign_in
//
// What a renewal ends with:
//
//   the token endpoint says        the connection becomes          whoever waits gets
//   -----------------------------  ------------------------------  ----------------------------
//   a token                        ok                              it, once it is stored
//   invalid_grant                  needs_sign_in                   needs_sign_in
//   the app is wrong               app_misconfigured               needs_sign_in
//   nothing, or anything else      refresh_delayed                 the old token until it ends,
//                                                                  or unavailable
//   (not asked: another process    ok                              that token
//   has stored a token)

#include "auth/credentials.hpp"

#include <sodium.h>

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <variant>

#include "auth/connection_secrets.hpp"
#include "auth/sign_in_method.hpp"
#include "base/clock.hpp"

namespace host {

using cpi::manifest::AuthMethod;
using std::chrono::milliseconds;
using Status = CredentialResult::Status;

struct StoredCredentials::Flight {
  explicit Flight(Loop &loop) : landed(loop) {}
  Latch landed;
  CredentialResult result;
};

struct StoredCredentials::Cooldown {
  Clock::time_point until;
  milliseconds span{0};
};

struct StoredCredentials::Unsaved {
  TokenSet tokens;
  std::int64_t seen_version = 0;
};

struct StoredCredentials::Subject {
  ConnectionRecord row;
  cpi::manifest::Manifest manifest;  // keeps the method
  const AuthMethod *method;
  const SignInMethod *kind;
  std::int64_t refused_since = 0;  // as in CachedCredential
};

namespace {

// Kept in the row without a column of its own: a refresh that began never has a time below 0.
std::int64_t refused_since(const ConnectionRecord &row) {
  return row.refresh_started_at < 0 ? -row.refresh_started_at : 0;
}

CredentialResult unavailable(std::string detail, milliseconds retry_after) {
  CredentialResult result;
  result.status = Status::unavailable;
  result.detail = std::move(detail);
  result.retry_after = retry_after;
  return result;
}

CredentialResult sign_in(std::string detail) {
  CredentialResult result;
  result.status = Status::needs_sign_in;
  result.detail = std::move(detail);
  return result;
}

// Changes whenever the input was sealed anew: every seal begins with a nonce of its own.
std::uint64_t version_of(const Bytes &sealed) {
  constexpr std::size_t nonce_and_more = 64;
  std::uint64_t version = 0;
  crypto_generichash(reinterpret_cast<unsigned char *>(&version), sizeof version, sealed.data(),
                     std::min(sealed.size(), nonce_and_more), nullptr, 0);
  return version;
}

bool is_stopped(ConnectionState state) {
  return state == ConnectionState::needs_sign_in || state == ConnectionState::app_misconfigured;
}

constexpr std::string_view store_trouble = "the host's database cannot be used now: ";

}  // namespace

StoredCredentials::StoredCredentials(Loop &loop, Store &store, const SealingKey &key,
                                     TokenEndpoint &endpoint, ManifestOf manifest_of,
                                     CredentialsOptions options, CredentialsObserver *observer)
    : loop_(loop),
      store_(store),
      key_(key),
      locks_(store.folder()),
      endpoint_(endpoint),
      manifest_of_(std::move(manifest_of)),
      options_(std::move(options)),
      observer_(observer),
      cache_(options_.cached_tokens) {}

StoredCredentials::~StoredCredentials() = default;

// ---- what is asked for

Task<CredentialResult> StoredCredentials::credential(std::string_view connection_id) {
  auto loaded = load(connection_id);
  if (auto *refusal = std::get_if<CredentialResult>(&loaded)) co_return std::move(*refusal);
  const CachedCredential *entry = std::get<CachedCredential *>(loaded);

  const Clock::time_point now = options_.now();
  if (entry != nullptr && !entry->rejected && now < entry->refresh_at) co_return use(*entry);
  if (const milliseconds wait = cooling(connection_id); wait.count() > 0) {
    if (entry != nullptr && !entry->rejected && now < entry->expires_at) co_return use(*entry);
    co_return unavailable("the service gave no token lately; it is asked again in a while", wait);
  }
  const std::shared_ptr<Flight> flight = fly(connection_id, entry != nullptr && entry->rejected);
  co_await flight->landed.wait();
  co_return flight->result;
}

Task<CredentialResult> StoredCredentials::renewed(std::string_view connection_id,
                                                  std::uint64_t rejected_version) {
  auto loaded = load(connection_id);
  if (auto *refusal = std::get_if<CredentialResult>(&loaded)) co_return std::move(*refusal);
  CachedCredential *entry = std::get<CachedCredential *>(loaded);
  // Rule 5.
  const bool current = entry != nullptr && entry->version == rejected_version;
  if (!current) co_return co_await credential(connection_id);

  const Clock::time_point now = options_.now();
  // One that has ended meanwhile was refused for that.
  const bool is_new =
      now < entry->expires_at &&
      (entry->refused_since != 0 ||
       (entry->made_for_401 && now - *entry->made_for_401 < options_.longest_trial));
  if (!entry->renewable || is_new) co_return refused_although_new(connection_id, *entry);

  entry->rejected = true;
  if (const milliseconds wait = cooling(connection_id); wait.count() > 0)
    co_return unavailable("the service refused the token and gave no new one lately", wait);
  const std::shared_ptr<Flight> flight = fly(connection_id, true);
  co_await flight->landed.wait();
  const CredentialResult &result = flight->result;
  if (result.status == Status::ok && result.version == rejected_version)  // joined one that failed
    co_return unavailable("the service refused the token and gave no new one",
                          cooling(connection_id));
  co_return result;
}

Task<CredentialResult> StoredCredentials::refused_again(std::string_view connection_id,
                                                        std::uint64_t rejected_version) {
  auto loaded = load(connection_id);
  if (auto *refusal = std::get_if<CredentialResult>(&loaded)) co_return std::move(*refusal);
  CachedCredential *entry = std::get<CachedCredential *>(loaded);
  if (entry == nullptr || entry->version != rejected_version)
    co_return co_await credential(connection_id);
  co_return refused_although_new(connection_id, *entry);
}

void StoredCredentials::accepted(std::string_view connection_id, std::uint64_t version) {
  CachedCredential *entry = cache_.find(connection_id);
  if (entry == nullptr || entry->version != version) return;
  entry->made_for_401.reset();
  if (std::exchange(entry->refused_since, 0) == 0) return;
  try {
    const auto row = store_.connection(connection_id);
    if (row && refused_since(*row) != 0) store_.mark_refresh_started(connection_id, 0);
  } catch (const StoreError &) {  // it is only a mark
  }
}

// On trial: Rule 6.
CredentialResult StoredCredentials::refused_although_new(std::string_view id,
                                                         CachedCredential &entry) {
  CachedCredential *read = &entry;
  const std::string called(entry.called);
  if (!entry.renewable) {  // only then has it nothing that is not stored
    if (auto other = stored_instead(id, entry.version)) return std::move(*other);
    read = cache_.find(id);
    if (read == nullptr)
      return unavailable("the " + called + " of this connection cannot be read at the moment",
                         milliseconds{0});
  }
  CachedCredential &refused = *read;
  const std::int64_t now = unix_now();
  try {
    if (refused.refused_since == 0 || refused.refused_since > now) {
      store_.mark_refresh_started(id, -now);
      refused.refused_since = now;
    }
  } catch (const StoreError &error) {
    return unavailable(std::string(store_trouble) + error.what(), options_.first_cooldown);
  }
  const milliseconds left = options_.longest_trial - milliseconds{now - refused.refused_since};
  if (left.count() <= 0) return refused_for_good(id, refused);
  CredentialResult result = unavailable(
      refused.renewable ? "the service does not take the new token yet; it will be tried again"
                        : "the service refuses this " + called +
                              "; it will be tried again for some minutes. If the " + called +
                              " was replaced, sign in again",
      std::min(left, options_.between_tries));
  result.may_take_effect = refused.renewable;
  return result;
}

// The end of a trial (Rule 6), unless somebody has stored another one since it was read (Rule 8).
CredentialResult StoredCredentials::refused_for_good(std::string_view id,
                                                     const CachedCredential &refused) {
  const std::uint64_t version = refused.version;
  const std::string reason = refused.renewable
                                 ? "the service refuses even a renewed token"
                                 : "the service refuses this " + std::string(refused.called);
  if (auto other = stored_instead(id, version)) return std::move(*other);
  try {
    store_.mark_refresh_started(id, 0);
    needs_sign_in(id, reason);
  } catch (const StoreError &error) {
    return unavailable(std::string(store_trouble) + error.what(), options_.first_cooldown);
  }
  return sign_in(reason);
}

// What was stored since this version was read, or why there is nothing; no value: the same.
std::optional<CredentialResult> StoredCredentials::stored_instead(std::string_view id,
                                                                  std::uint64_t version) {
  forget(id);
  auto loaded = load(id);
  if (auto *refusal = std::get_if<CredentialResult>(&loaded)) return std::move(*refusal);
  const CachedCredential *stored = std::get<CachedCredential *>(loaded);
  if (stored != nullptr && stored->version != version) return use(*stored);
  return std::nullopt;
}

void StoredCredentials::forget(std::string_view connection_id) {
  cache_.forget(connection_id);
}

void StoredCredentials::needs_sign_in(std::string_view connection_id, std::string_view reason) {
  const auto row = store_.connection(connection_id);
  forget(connection_id);
  // What stopped it first is the cause.
  if (row && !is_stopped(row->state)) set_state(*row, ConnectionState::needs_sign_in, reason);
}

Task<void> StoredCredentials::renewals_finished(milliseconds at_most) {
  const Clock::time_point end = Clock::now() + at_most;
  while (renewing() && Clock::now() < end) co_await loop_.sleep_for(milliseconds{5});
}

std::vector<StoredCredentials::LostToken> StoredCredentials::give_up() {
  std::vector<LostToken> lost;
  // Only a refresh token can be used up by being sent: its request is marked.
  for (const auto &[id, flight] : flights_) {
    try {
      const auto row = store_.connection(id);
      if (row && row->refresh_started_at > 0)
        lost.push_back({id, "the service did not answer the request for a new token", {}});
    } catch (const StoreError &error) {
      lost.push_back({id, error.what(), {}});
    }
  }
  for (auto &[id, unsaved] : std::exchange(unsaved_, {})) {
    try {
      const auto row = store_.connection(id);
      if (!row || row->token_version != unsaved.seen_version) continue;  // there is a newer one
      store_.transaction([&] {
        store_.set_tokens(id, unsaved.seen_version, seal_tokens(key_, id, unsaved.tokens),
                          unsaved.tokens.expires_at_unix_ms);
        if (row->state != ConnectionState::ok)
          store_.set_connection_state(id, ConnectionState::ok, "");
      });
      tell(id, CredentialsObserver::Refresh::renewed, "");
    } catch (const StoreError &error) {
      lost.push_back({id, error.what(), error.kind});
    } catch (const SealError &error) {
      lost.push_back({id, error.what(), StoreError::Kind::io});
    }
  }
  return lost;
}

// ---- what is sealed in the database

// The usable entry; null when there is none yet but one may be asked for; or why there is none.
std::variant<CachedCredential *, CredentialResult> StoredCredentials::load(std::string_view id) {
  if (CachedCredential *entry = cache_.find(id)) return entry;
  try {
    CredentialResult refusal;
    auto subject = subject_of(id, refusal);
    if (!subject) return refusal;
    const auto secrets = secrets_of(*subject, refusal);
    if (!secrets) return refusal;
    const ConnectionRecord &row = subject->row;
    if (!subject->kind->has_tokens()) {
      Secret value = subject->kind->of_input(*subject->method, secrets->input);
      if (value.empty())
        return stop(
            *subject, ConnectionState::needs_sign_in,
            "there is no " + std::string(subject->kind->credential) + " in this connection");
      CachedCredential entry;
      entry.id = row.id;
      entry.place = subject->kind->place(*subject->method);
      entry.value = std::move(value);
      entry.called = subject->kind->credential;
      entry.version = version_of(row.sealed_input);
      entry.renewable = false;
      entry.refused_since = refused_since(row);
      return &cache_.remember(std::move(entry));
    }
    if (!secrets->tokens) return nullptr;
    return &cache_.remember(entry_of(*subject, row, *secrets->tokens));
  } catch (const StoreError &error) {
    return unavailable(std::string(store_trouble) + error.what(), options_.first_cooldown);
  } catch (const SealError &error) {
    return sign_in(error.what());
  }
}

std::optional<StoredCredentials::Subject> StoredCredentials::subject_of(std::string_view id,
                                                                        CredentialResult &refusal) {
  auto row = store_.connection(id);
  if (!row) {
    refusal = sign_in("there is no connection " + std::string(id));
    return std::nullopt;
  }
  if (is_stopped(row->state)) {
    refusal = sign_in(row->state_reason);
    return std::nullopt;
  }
  auto manifest = manifest_of_(row->plugin);
  if (!manifest) {
    refusal = unavailable("the plugin " + row->plugin + " is not installed", milliseconds{0});
    return std::nullopt;
  }
  const AuthMethod *method = manifest->find_auth_method(row->method);
  if (method == nullptr) {
    refusal =
        sign_in("the plugin " + row->plugin + " has no auth method " + row->method + " any more");
    return std::nullopt;
  }
  const std::int64_t since = refused_since(*row);
  return Subject{std::move(*row), std::move(*manifest), method, &sign_in_method(*method), since};
}

// What is sealed in the row, for use where it was meant to be used. Nothing: the row was changed,
// and a person has to sign in again.
std::optional<ConnectionSecrets> StoredCredentials::secrets_of(Subject &subject,
                                                               CredentialResult &refusal) {
  try {
    ConnectionSecrets secrets = open_secrets(key_, subject.row);
    if (!secrets.endpoints) seal_endpoints(subject, secrets);
    return secrets;
  } catch (const SealError &error) {
    if (error.kind != SealError::Kind::endpoints) throw;
    refusal = stop(subject, ConnectionState::needs_sign_in, error.what());
    return std::nullopt;
  }
}

// The secrets were sealed by a version that did not seal the addresses with them. The addresses of
// the row at this first use are trusted and sealed; from then on only they count. A change of the
// row before that cannot be detected, and an older copy of the row that is put back is trusted in
// the same way; a new sealing key (rekey) invalidates such copies.
void StoredCredentials::seal_endpoints(Subject &subject, ConnectionSecrets &secrets) {
  ConnectionRecord &row = subject.row;
  EndpointSettings resolved;
  try {
    resolved = EndpointSettings::of(*subject.method, row.settings);
  } catch (const std::invalid_argument &) {
    return;  // reported when a token is requested
  }
  if (secrets.tokens && !secrets.tokens->token_url.empty() &&
      secrets.tokens->token_url != resolved.token_url)
    throw tokens_from_elsewhere();
  secrets.endpoints = sealed_endpoints(row, resolved);
  if (secrets.tokens) secrets.tokens->token_url = resolved.token_url;
  const Bytes input = seal_input(key_, row.id, secrets.input.object(), *secrets.endpoints);
  const Bytes tokens = secrets.tokens ? seal_tokens(key_, row.id, *secrets.tokens) : Bytes();
  try {
    if (!store_.replace_sealed(row, input, tokens)) return;  // changed meanwhile: at the next use
  } catch (const StoreError &) {
    return;  // no room, perhaps: what is there goes on working
  }
  row.sealed_input = input;
  row.sealed_tokens = tokens;
}

// Rule 11.
CachedCredential StoredCredentials::entry_of(const Subject &subject, const ConnectionRecord &row,
                                             const TokenSet &tokens) const {
  CachedCredential entry;
  entry.id = row.id;
  entry.place = subject.kind->place(*subject.method);
  entry.value = subject.kind->of_tokens(*subject.method, tokens);
  entry.called = subject.kind->credential;
  entry.version = static_cast<std::uint64_t>(row.token_version);
  entry.refused_since = refused_since(row);
  if (tokens.expires_at_unix_ms == 0) return entry;
  const milliseconds left{tokens.expires_at_unix_ms - unix_now()};
  const Clock::time_point now = options_.now();
  const bool in_doubt = left > tokens.lifetime;
  entry.expires_at = in_doubt ? now : now + left;
  entry.refresh_at = entry.expires_at - refresh_skew(tokens.lifetime, tokens.skew);
  return entry;
}

CredentialResult StoredCredentials::use(const CachedCredential &entry) const {
  CredentialResult result;
  result.status = Status::ok;
  result.credential = entry.place;
  result.credential.value = entry.value.reveal();
  result.version = entry.version;
  return result;
}

// ---- renewing

std::shared_ptr<StoredCredentials::Flight> StoredCredentials::fly(std::string_view id,
                                                                  bool forced) {
  const std::string key(id);
  if (const auto found = flights_.find(key); found != flights_.end()) return found->second;
  auto flight = std::make_shared<Flight>(loop_);
  flights_.emplace(key, flight);
  // A task of its own (Rule 2).
  loop_.spawn(renew(key, flight, forced));
  return flight;
}

Task<void> StoredCredentials::renew(std::string id, std::shared_ptr<Flight> flight, bool forced) {
  try {
    flight->result = co_await renew_inside(id, forced);
  } catch (const StoreError &error) {
    flight->result =
        unavailable(std::string(store_trouble) + error.what(), options_.first_cooldown);
  } catch (const SealError &error) {
    flight->result = sign_in(error.what());
  }
  flights_.erase(id);
  flight->landed.set();
}

Task<CredentialResult> StoredCredentials::renew_inside(const std::string &id, bool forced) {
  const CachedCredential *known = cache_.find(id);
  const std::optional<std::uint64_t> known_version =
      known == nullptr ? std::nullopt : std::optional(known->version);

  // Held until what comes back is stored (Rule 2).
  std::optional<RefreshLock> lock = locks_.try_lock(id);
  for (const Clock::time_point end = Clock::now() + options_.longest_wait; !lock;) {
    if (Clock::now() >= end)
      co_return unavailable("another process is renewing the token and does not get done",
                            options_.first_cooldown);
    co_await loop_.sleep_for(options_.lock_poll);
    lock = locks_.try_lock(id);
  }
  store_.end_reads();  // whoever had the lock before may have stored another token a moment ago

  CredentialResult refusal;
  std::optional<Subject> subject = subject_of(id, refusal);
  if (!subject) co_return refusal;
  const std::optional<ConnectionSecrets> secrets = secrets_of(*subject, refusal);
  if (!secrets) co_return refusal;
  const std::optional<TokenSet> &tokens = secrets->tokens;

  if (auto unsaved = unsaved_.extract(id)) {
    if (unsaved.mapped().seen_version == subject->row.token_version)
      co_return accept(*subject, std::move(unsaved.mapped().tokens), Secret(), forced);
  }

  // Somebody else may have renewed it since it was cached, or while the lock was waited for.
  const auto stored_version = static_cast<std::uint64_t>(subject->row.token_version);
  const bool others = known_version ? *known_version != stored_version : !forced;
  if (tokens && others) {
    const CachedCredential stored = entry_of(*subject, subject->row, *tokens);
    if (options_.now() < stored.refresh_at) co_return adopt(*subject, subject->row, *tokens);
  }

  EndpointSettings settings;
  std::string bad_settings;
  try {
    settings = EndpointSettings::of(*subject->method, subject->row.settings);
    if (secrets->endpoints) settings = secrets->endpoints->in_force(settings);
  } catch (const std::invalid_argument &error) {
    bad_settings = std::string("the connection's settings: ") + error.what();
  }
  if (!bad_settings.empty())
    co_return stop(*subject, ConnectionState::app_misconfigured, bad_settings);

  // Not after the request: what it gives could not be sealed any more.
  check_current(key_, store_);
  const SecretObject &input = secrets->input;
  const auto clock = [this] { return unix_now(); };
  if (subject->kind->ask != nullptr) {
    TokenAnswer answer = co_await ask_for_tokens(
        endpoint_, subject->kind->ask(*subject->method, settings, input), clock);
    if (auto *fresh = std::get_if<TokenSet>(&answer.result))
      co_return accept(*subject, std::move(*fresh), Secret(), forced);
    co_return refuse(*subject, std::get<TokenRefusal>(answer.result), false);
  }

  if (!tokens || tokens->refresh_token.empty() || subject->kind->refresh == nullptr) {
    if (tokens && !forced) {  // not renewable, but good to its end
      CachedCredential stored = entry_of(*subject, subject->row, *tokens);
      stored.refresh_at = stored.expires_at;
      if (options_.now() < stored.expires_at) co_return use(cache_.remember(std::move(stored)));
    }
    co_return stop(*subject, ConnectionState::needs_sign_in,
                   tokens ? "the access has ended, and the service gave no way to renew it"
                          : "nobody has signed in yet");
  }

  // Still marked, and nobody else has the lock (Rule 4).
  bool interrupted = subject->row.refresh_started_at > 0;
  subject->row.refresh_started_at = std::max<std::int64_t>(unix_now(), 1);
  store_.mark_refresh_started(id, subject->row.refresh_started_at);
  const auto ask = [&] {
    return ask_for_tokens(
        endpoint_, subject->kind->refresh(*subject->method, settings, input, tokens->refresh_token),
        clock);
  };
  TokenAnswer answer = co_await ask();
  if (answer.maybe_received) {
    interrupted = true;  // Rule 4
    answer = co_await ask();
  }
  if (auto *fresh = std::get_if<TokenSet>(&answer.result))
    co_return accept(*subject, std::move(*fresh), tokens->refresh_token, forced);
  co_return refuse(*subject, std::get<TokenRefusal>(answer.result), interrupted);
}

CredentialResult StoredCredentials::adopt(const Subject &subject, const ConnectionRecord &row,
                                          const TokenSet &tokens) {
  cooldowns_.erase(row.id);
  tell(row.id, CredentialsObserver::Refresh::taken_from_sibling, "");
  return use(cache_.remember(entry_of(subject, row, tokens)));
}

// Rule 3.
CredentialResult StoredCredentials::accept(const Subject &subject, TokenSet tokens,
                                           const Secret &old_refresh, bool forced) {
  ConnectionRecord row = subject.row;
  if (tokens.refresh_token.empty()) tokens.refresh_token = old_refresh;
  bool stored = false;
  try {
    store_.transaction([&] {
      stored = store_.set_tokens(row.id, row.token_version, seal_tokens(key_, row.id, tokens),
                                 tokens.expires_at_unix_ms);
      // Nothing has taken the one before: that this is another one proves nothing.
      if (stored && subject.refused_since != 0)
        store_.mark_refresh_started(row.id, -subject.refused_since);
      if (stored && row.state != ConnectionState::ok)
        store_.set_connection_state(row.id, ConnectionState::ok, "");
    });
  } catch (const StoreError &) {
    unsaved_.insert_or_assign(row.id, Unsaved{std::move(tokens), row.token_version});
    throw;
  }
  if (!stored) {
    const auto current = store_.connection(row.id);
    if (!current) return sign_in("there is no connection " + row.id);
    const auto theirs = open_tokens(key_, *current);
    if (theirs) return adopt(subject, *current, *theirs);
    return unavailable("the connection was changed meanwhile", milliseconds{0});
  }
  if (row.state != ConnectionState::ok && observer_ != nullptr)
    observer_->state_changed(row.id, ConnectionState::ok, "");
  cooldowns_.erase(row.id);
  tell(row.id, CredentialsObserver::Refresh::renewed, "");
  ++row.token_version;
  CachedCredential &entry = cache_.remember(entry_of(subject, row, tokens));
  if (forced) entry.made_for_401 = options_.now();
  entry.refused_since = subject.refused_since;
  return use(entry);
}

CredentialResult StoredCredentials::refuse(const Subject &subject, const TokenRefusal &refusal,
                                           bool interrupted) {
  if (refusal.kind == TokenRefusal::Kind::transient) return delay(subject, refusal, interrupted);
  const bool app = refusal.kind == TokenRefusal::Kind::app;
  const std::string reason =
      !app && interrupted ? "an interrupted refresh: the service may have given a new token that "
                            "never arrived here, and no longer accepts the old one"
                          : refusal.message;
  CredentialResult result = stop(
      subject, app ? ConnectionState::app_misconfigured : ConnectionState::needs_sign_in, reason);
  if (result.status == Status::needs_sign_in)
    tell(subject.row.id, CredentialsObserver::Refresh::refused, refusal.message);
  return result;
}

CredentialResult StoredCredentials::delay(const Subject &subject, const TokenRefusal &refusal,
                                          bool interrupted) {
  const ConnectionRecord &row = subject.row;
  Cooldown &cooldown = cooldowns_[row.id];
  const milliseconds doubled = std::min(cooldown.span * 2, options_.longest_cooldown);
  cooldown.span = std::max({doubled, options_.first_cooldown, refusal.retry_after});
  cooldown.until = options_.now() + cooldown.span;
  // The mark stays when the service may have rotated the token: then that is why, if it is dead.
  if (row.refresh_started_at > 0 && !interrupted) store_.mark_refresh_started(row.id, 0);
  set_state(row, ConnectionState::refresh_delayed, refusal.message);
  tell(row.id, CredentialsObserver::Refresh::delayed, refusal.message);

  const CachedCredential *entry = cache_.find(row.id);
  if (entry != nullptr && !entry->rejected && options_.now() < entry->expires_at)
    return use(*entry);
  return unavailable(refusal.message, cooldown.span);
}

// Rule 8: a person may have signed in again meanwhile.
CredentialResult StoredCredentials::stop(const Subject &subject, ConnectionState state,
                                         const std::string &reason) {
  const ConnectionRecord &row = subject.row;
  std::optional<ConnectionRecord> current;
  bool changed = false;
  store_.transaction([&] {
    current = store_.connection(row.id);
    changed = current && (current->token_version != row.token_version ||
                          current->sealed_input != row.sealed_input);
    if (!current || changed) return;
    if (current->refresh_started_at != 0) store_.mark_refresh_started(row.id, 0);
    if (current->state != state) store_.set_connection_state(row.id, state, reason);
  });
  if (!current) return sign_in("there is no connection " + row.id);
  forget(row.id);
  cooldowns_.erase(row.id);
  if (changed) {
    const auto theirs = open_tokens(key_, *current);
    if (theirs && current->token_version != row.token_version)
      return adopt(subject, *current, *theirs);
    return unavailable("somebody signed in again meanwhile", milliseconds{0});
  }
  if (current->state != state && observer_ != nullptr)
    observer_->state_changed(row.id, state, reason);
  return sign_in(reason);
}

milliseconds StoredCredentials::cooling(std::string_view id) const {
  const auto found = cooldowns_.find(std::string(id));
  if (found == cooldowns_.end()) return milliseconds{0};
  const auto left = std::chrono::ceil<milliseconds>(found->second.until - options_.now());
  return std::max(left, milliseconds{0});
}

void StoredCredentials::set_state(const ConnectionRecord &row, ConnectionState state,
                                  std::string_view reason) {
  if (row.state == state) return;
  store_.set_connection_state(row.id, state, reason);
  if (observer_ != nullptr) observer_->state_changed(row.id, state, reason);
}

void StoredCredentials::tell(std::string_view id, CredentialsObserver::Refresh result,
                             std::string_view reason) const {
  if (observer_ != nullptr) observer_->refreshed(id, result, reason);
}

std::int64_t StoredCredentials::unix_now() const {
  if (options_.now_unix_ms) return options_.now_unix_ms();
  return unix_ms_now();
}

}  // namespace host
