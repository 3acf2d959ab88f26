#include "auth/credentials.hpp"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/connection_secrets.hpp"
#include "auth/refresh_lock.hpp"
#include "data_folder.hpp"
#include "file_limit.hpp"
#include "scripted_endpoint.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace host {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Status = CredentialResult::Status;
using test::answered;
using test::token;
using test::unanswered;

// Sealed with key_of(7) for con_1 by the last version that sealed no addresses: the client id "id"
// with the secret "hush", and the tokens a1 and r1 of an hour that end two minutes after Clocks
// begins.
constexpr std::string_view released_input =
    "0100000001c61a9fbb85188c5d27f3135c94d4fdf7a42898b948b249c7df72e4a9d2775d83acbefed2c87b1bbb84"
    "4def23a2acaff5867715b516455d60bc7e6feba410a523b680814d585d94394c88fbc82b5b4a811b";
constexpr std::string_view released_tokens =
    "0100000001416fa4ac9ccd8d9fd6e3303f1223b5c804b87e9d15a281b43437867deb7ebdbbd74f68ba849f84a76e"
    "86c986bb0dd83cd7950cee8db22cb80e904359dc03460306a5fee63b1bbdbf4e191bfe34d42dfedc4241beb0f68d"
    "806958541f524193c3adaa91eb2e0a5711d7ecbeb13f1c5b844d95d0e920c713b25a1136a73573bff01d1411c045"
    "4c6779ce95fbd2";

// In the same form, made with libsodium alone: the key "key-1".
constexpr std::string_view released_key =
    "010000000161a39d70e4e4c44dc504493c930bdadd74639dc6e244d8e678fdb45da6a9534be2622c2cb317eb5b3c"
    "8b8d8e3eef562590218646ee762f99272954";

Bytes bytes_of(std::string_view hex) {
  Bytes out;
  for (std::size_t at = 0; at + 1 < hex.size(); at += 2)
    out.push_back(
        static_cast<std::uint8_t>(std::stoi(std::string(hex.substr(at, 2)), nullptr, 16)));
  return out;
}

class Journal : public CredentialsObserver {
 public:
  void refreshed(std::string_view, Refresh result, std::string_view) override {
    results.push_back(result);
  }
  void state_changed(std::string_view, ConnectionState state, std::string_view) override {
    states.push_back(state);
  }
  std::vector<Refresh> results;
  std::vector<ConnectionState> states;
};

class CredentialsTest : public testing::Test {
 protected:
  CredentialsTest() { restart(); }

  // As after a restart of the host: nothing in memory, everything on disk.
  void restart() {
    CredentialsOptions options = options_;
    options.now = [this] { return clocks_.steady; };
    options.now_unix_ms = [this] { return clocks_.unix_ms; };
    options.lock_poll = milliseconds{1};
    credentials_ = std::make_unique<StoredCredentials>(
        loop_, store_, key_, endpoint_,
        [this](std::string_view plugin) {
          return plugin == "authy" ? std::optional(manifest_) : std::nullopt;
        },
        options, &journal_);
  }

  void connect(const std::string &method, const std::string &id = "con_1",
               const std::string &settings = "") {
    ConnectionRecord row;
    row.id = id;
    row.plugin = "authy";
    row.method = method;
    row.settings = settings;
    row.sealed_input =
        sealed(row, method.ends_with("key") || method == "secret_user"
                        ? boost::json::object{{"api_key", "key-1"}}
                        : boost::json::object{{"client_id", "id"}, {"client_secret", "hush"}});
    store_.add(row);
  }

  // A row whose blobs the released code has sealed, before addresses were sealed with the secrets.
  void connect_as_released(const std::string &method, const std::string &settings) {
    ConnectionRecord row;
    row.id = "con_1";
    row.plugin = "authy";
    row.method = method;
    row.settings = settings;
    row.sealed_input = bytes_of(method == "key" ? released_key : released_input);
    if (method == "oauth") row.sealed_tokens = bytes_of(released_tokens);
    store_.add(row);
  }

  // As when a person enters the secrets of this row.
  Bytes sealed(const ConnectionRecord &row, const boost::json::object &input) {
    const auto *method = manifest_.find_auth_method(row.method);
    return seal_input(
        key_, row.id, input,
        sealed_endpoints(row, method == nullptr ? EndpointSettings{}
                                                : EndpointSettings::of(*method, row.settings)));
  }
  void enter(const boost::json::object &input, const std::string &settings = "") {
    ConnectionRecord changed = row();
    changed.settings = settings;
    store_.set_connection_input("con_1", sealed(changed, input), settings);
  }

  void sign_in(const std::string &access, const std::string &refresh, seconds left = seconds{3600},
               const std::string &id = "con_1") {
    TokenSet tokens;
    tokens.access_token = Secret(access);
    tokens.refresh_token = Secret(refresh);
    tokens.lifetime = seconds{3600};
    tokens.expires_at_unix_ms = clocks_.unix_ms + milliseconds(left).count();
    const auto row = store_.connection(id);
    ASSERT_TRUE(store_.set_tokens(id, row->token_version, seal_tokens(key_, id, tokens),
                                  tokens.expires_at_unix_ms));
  }

  CredentialResult authorization(const std::string &id = "con_1") {
    return loop_.run_until_complete(credentials_->credential(id));
  }
  CredentialResult renewed(std::uint64_t version, const std::string &id = "con_1") {
    return loop_.run_until_complete(credentials_->renewed(id, version));
  }
  CredentialResult refused_again(std::uint64_t version, const std::string &id = "con_1") {
    return loop_.run_until_complete(credentials_->refused_again(id, version));
  }
  ConnectionRecord row(const std::string &id = "con_1") { return *store_.connection(id); }
  std::string stored_token() {
    return std::string(open_tokens(key_, row())->access_token.reveal());
  }
  std::string stored_refresh() {
    return std::string(open_tokens(key_, row())->refresh_token.reveal());
  }

  Task<void> ask_into(std::vector<CredentialResult> &results) {
    results.push_back(co_await credentials_->credential("con_1"));
  }
  Task<void> renew_into(std::uint64_t version, std::vector<CredentialResult> &results) {
    results.push_back(co_await credentials_->renewed("con_1", version));
  }
  static Task<void> ask_into(StoredCredentials &credentials, std::string id,
                             std::vector<CredentialResult> &results) {
    results.push_back(co_await credentials.credential(id));
  }
  Task<void> sibling_signs_in(milliseconds after, std::optional<RefreshLock> &held) {
    co_await loop_.sleep_for(after);
    sign_in("a2", "r2");
    held.reset();
  }
  Task<void> stop_when_asked() {
    while (endpoint_.seen.empty()) co_await loop_.yield();
    loop_.stop();
  }
  Task<void> wait_for(const std::vector<CredentialResult> &results, std::size_t count) {
    while (results.size() < count) co_await loop_.yield();
  }

  test::DataFolder folder_;
  SqliteStore store_{folder_.path()};
  Transport transport_{TransportOptions{}};
  Loop loop_{transport_};
  SealingKey key_ = test::key_of(7);
  test::ScriptedEndpoint endpoint_{loop_};
  test::Clocks clocks_;
  cpi::manifest::Manifest manifest_ = test::auth_manifest();
  CredentialsOptions options_;
  Journal journal_;
  std::unique_ptr<StoredCredentials> credentials_;
};

TEST_F(CredentialsTest, ATokenIsMintedOnceStoredAndUsedAgain) {
  connect("app");
  endpoint_.answers.push_back(token("t1"));
  const CredentialResult first = authorization();
  EXPECT_EQ(first.status, Status::ok);
  EXPECT_EQ(first.credential.value, "Bearer t1");
  EXPECT_EQ(authorization().version, first.version);
  EXPECT_EQ(stored_token(), "t1");
  EXPECT_EQ(row().token_expires_at, clocks_.unix_ms + 3'600'000);
  restart();
  EXPECT_EQ(authorization().credential.value, "Bearer t1");
  EXPECT_EQ(endpoint_.seen.size(), 1u);
}

TEST_F(CredentialsTest, SixtyFourWaitersOneTokenRequest) {
  connect("app");
  endpoint_.answers.push_back(token("t1"));
  std::vector<CredentialResult> results;
  for (int i = 0; i < 64; ++i) loop_.spawn(ask_into(results));
  loop_.run_until_complete(wait_for(results, 64));
  EXPECT_EQ(endpoint_.seen.size(), 1u);
  for (const CredentialResult &result : results) EXPECT_EQ(result.credential.value, "Bearer t1");
}

TEST_F(CredentialsTest, AWaiterMayBeCancelledWithoutLosingTheToken) {
  connect("app");
  endpoint_.answers.push_back(token("t1"));
  std::vector<CredentialResult> results;
  const auto first = loop_.spawn(ask_into(results));
  loop_.spawn(ask_into(results));
  endpoint_.meanwhile = [&] { loop_.cancel(first); };  // the one that started the request
  loop_.run_until_complete(wait_for(results, 1));
  EXPECT_EQ(results[0].credential.value, "Bearer t1");
  EXPECT_EQ(stored_token(), "t1");
}

TEST_F(CredentialsTest, RenewedBeforeItEndsByTheManifestsSkew) {
  // Both tokens live 3600 s; the manifest says 300 s for one and 900 s for the other.
  for (const auto &[method, fresh] : {std::pair{"app", minutes{54} + seconds{59}},
                                      std::pair{"basic", minutes{44} + seconds{59}}}) {
    connect(method, method);
    endpoint_.answers.push_back(token("t1"));
    (void)authorization(method);
    restart();  // the skew is stored with the token
    clocks_.pass(fresh);
    EXPECT_EQ(authorization(method).credential.value, "Bearer t1") << method;
    clocks_.pass(seconds{1});
    endpoint_.answers.push_back(token("t2"));
    EXPECT_EQ(authorization(method).credential.value, "Bearer t2") << method;
  }
  EXPECT_EQ(endpoint_.seen.size(), 4u);
}

TEST_F(CredentialsTest, TheWallClockMayJumpWhileTheHostRuns) {
  connect("app");
  endpoint_.answers.push_back(token("t1"));
  (void)authorization();
  for (const auto jump : {3'600'000, -7'200'000}) {
    clocks_.unix_ms += jump;
    EXPECT_EQ(authorization().credential.value, "Bearer t1");
  }
  EXPECT_EQ(endpoint_.seen.size(), 1u) << "no storm";
  clocks_.steady += minutes{56};
  endpoint_.answers.push_back(token("t2"));
  EXPECT_EQ(authorization().credential.value, "Bearer t2") << "no use of an expired token";
}

TEST_F(CredentialsTest, AfterARestartWithTheClockMovedBackTheTokenIsInDoubt) {
  connect("app");
  endpoint_.answers.push_back(token("t1"));
  (void)authorization();
  clocks_.unix_ms -= 1000;
  restart();
  endpoint_.answers.push_back(token("t2"));
  EXPECT_EQ(authorization().credential.value, "Bearer t2");
}

TEST_F(CredentialsTest, A401ToTheCurrentTokenRenewsItOnceForAll) {
  connect("app");
  endpoint_.answers.push_back(token("t1"));
  const std::uint64_t version = authorization().version;
  endpoint_.answers.push_back(token("t2"));
  std::vector<CredentialResult> results;
  for (int i = 0; i < 20; ++i) loop_.spawn(renew_into(version, results));
  loop_.run_until_complete(wait_for(results, 20));
  EXPECT_EQ(endpoint_.seen.size(), 2u);
  for (const CredentialResult &result : results) {
    EXPECT_EQ(result.credential.value, "Bearer t2");
    EXPECT_NE(result.version, version);
  }
}

TEST_F(CredentialsTest, ALate401ToAnOldTokenGetsTheCurrentOne) {
  connect("app");
  endpoint_.answers.push_back(token("t1"));
  const std::uint64_t old = authorization().version;
  endpoint_.answers.push_back(token("t2"));
  (void)renewed(old);
  EXPECT_EQ(renewed(old).credential.value, "Bearer t2");
  EXPECT_EQ(endpoint_.seen.size(), 2u);
}

TEST_F(CredentialsTest, ARefusedNewTokenIsTriedForMinutesThenNeedsAPerson) {
  connect("app");
  endpoint_.answers.push_back(token("t1"));
  const std::uint64_t first = authorization().version;
  endpoint_.answers.push_back(token("t2"));
  const std::uint64_t second = renewed(first).version;
  for (int minute = 0; minute < 5; ++minute) {
    const CredentialResult refused = minute % 2 == 0 ? refused_again(second) : renewed(second);
    EXPECT_EQ(refused.status, Status::unavailable);
    EXPECT_TRUE(refused.may_take_effect);
    EXPECT_GT(refused.retry_after.count(), 0);
    EXPECT_EQ(row().state, ConnectionState::ok);
    EXPECT_EQ(authorization().credential.value, "Bearer t2") << "the same is tried again";
    clocks_.pass(minutes{1});
  }
  EXPECT_EQ(refused_again(second).status, Status::needs_sign_in);
  EXPECT_EQ(row().state, ConnectionState::needs_sign_in);
  EXPECT_EQ(authorization().status, Status::needs_sign_in);
  EXPECT_EQ(endpoint_.seen.size(), 2u) << "nothing more is asked for";
  EXPECT_EQ(stored_token(), "t2") << "nothing is deleted";
  EXPECT_EQ(journal_.states, std::vector{ConnectionState::needs_sign_in});
}

TEST_F(CredentialsTest, ANewTokenThatIsTakenAfterAllIsATokenAsAnyOther) {
  connect("app");
  endpoint_.answers.push_back(token("t1"));
  const std::uint64_t first = authorization().version;
  endpoint_.answers.push_back(token("t2"));
  const std::uint64_t second = renewed(first).version;
  EXPECT_EQ(refused_again(second).status, Status::unavailable);
  EXPECT_LT(row().refresh_started_at, 0);
  credentials_->accepted("con_1", first);  // an old one proves nothing
  EXPECT_LT(row().refresh_started_at, 0);
  credentials_->accepted("con_1", second);
  EXPECT_EQ(row().refresh_started_at, 0);
  clocks_.pass(minutes{1});
  endpoint_.answers.push_back(token("t3"));
  EXPECT_EQ(renewed(second).credential.value, "Bearer t3");
}

// A host that is started for one poll after the other still comes to the end.
TEST_F(CredentialsTest, ARestartGoesOnWithTheMinutes) {
  for (const std::string method : {"app", "oauth", "key"}) {
    const std::string id = "con_" + method;
    connect(method, id);
    std::uint64_t version = 0;
    if (method == "key") {
      version = authorization(id).version;
    } else {
      if (method == "oauth") sign_in("t1", "r1", seconds{3600}, id);
      if (method == "app") endpoint_.answers.push_back(token("t1"));
      const std::uint64_t first = authorization(id).version;
      endpoint_.answers.push_back(token("t2", "r2"));
      version = renewed(first, id).version;
    }
    EXPECT_EQ(refused_again(version, id).status, Status::unavailable);
    clocks_.pass(minutes{2});
    restart();
    EXPECT_EQ(authorization(id).version, version);
    EXPECT_EQ(renewed(version, id).status, Status::unavailable);
    EXPECT_EQ(row(id).state, ConnectionState::ok);
    clocks_.pass(minutes{4});
    restart();
    (void)authorization(id);
    EXPECT_EQ(renewed(version, id).status, Status::needs_sign_in) << method;
    EXPECT_EQ(row(id).state, ConnectionState::needs_sign_in);
    EXPECT_EQ(row(id).refresh_started_at, 0) << "whoever signs in again begins anew";
  }
}

// That it is another token proves nothing while none is taken.
TEST_F(CredentialsTest, TheMinutesOutliveTheToken) {
  connect("app");
  const auto brief = [](const std::string &text) {
    return answered(200, R"({"access_token":")" + text + R"(","expires_in":120})");
  };
  endpoint_.answers.push_back(brief("t1"));
  std::uint64_t version = authorization().version;
  endpoint_.answers.push_back(brief("t2"));
  version = renewed(version).version;
  EXPECT_EQ(refused_again(version).status, Status::unavailable);
  clocks_.pass(minutes{3});
  endpoint_.answers.push_back(brief("t3"));
  version = authorization().version;
  EXPECT_EQ(renewed(version).status, Status::unavailable);
  clocks_.pass(minutes{3});
  endpoint_.answers.push_back(brief("t4"));
  version = authorization().version;
  EXPECT_EQ(renewed(version).status, Status::needs_sign_in);
}

TEST_F(CredentialsTest, ATokenRefusedLongAfterItsRenewalIsRenewedAgain) {
  connect("app");
  endpoint_.answers.push_back(token("t1"));
  const std::uint64_t first = authorization().version;
  endpoint_.answers.push_back(token("t2"));
  const std::uint64_t second = renewed(first).version;
  clocks_.pass(minutes{20});
  endpoint_.answers.push_back(token("t3"));
  EXPECT_EQ(renewed(second).credential.value, "Bearer t3");
}

TEST_F(CredentialsTest, AnOutageKeepsTheTokenInUseUntilItEnds) {
  connect("app");
  endpoint_.answers.push_back(token("t1"));
  (void)authorization();
  clocks_.pass(minutes{56});
  endpoint_.answers.push_back(answered(503, "<html>"));
  EXPECT_EQ(authorization().credential.value, "Bearer t1");
  EXPECT_EQ(row().state, ConnectionState::refresh_delayed);
  EXPECT_EQ(authorization().credential.value, "Bearer t1") << "cooling down: nobody is asked";
  EXPECT_EQ(endpoint_.seen.size(), 2u);

  clocks_.pass(minutes{5});  // now it has ended
  endpoint_.answers.push_back(answered(503, ""));
  const CredentialResult ended = authorization();
  EXPECT_EQ(ended.status, Status::unavailable);
  EXPECT_GT(ended.retry_after, milliseconds{0});

  clocks_.pass(minutes{5});
  endpoint_.answers.push_back(token("t2"));
  EXPECT_EQ(authorization().credential.value, "Bearer t2");
  EXPECT_EQ(row().state, ConnectionState::ok);
  EXPECT_EQ(journal_.states, (std::vector{ConnectionState::refresh_delayed, ConnectionState::ok}))
      << "states are written when they change";
}

TEST_F(CredentialsTest, AnHourOfOutageIsAFewRequests) {
  connect("app");
  for (int i = 0; i < 20; ++i) endpoint_.answers.push_back(answered(503, ""));
  std::vector<Clock::time_point> asked;
  for (int second = 0; second < 3600; ++second) {
    const std::size_t before = endpoint_.seen.size();
    EXPECT_EQ(authorization().status, Status::unavailable);
    if (endpoint_.seen.size() != before) asked.push_back(clocks_.steady);
    clocks_.pass(seconds{1});
  }
  ASSERT_GE(asked.size(), 4u);
  EXPECT_LE(asked.size(), 10u);
  for (std::size_t i = 1; i < asked.size(); ++i) {
    EXPECT_GE(asked[i] - asked[i - 1], seconds{30});
    if (i < 2) continue;
    EXPECT_GE(asked[i] - asked[i - 1], asked[i - 1] - asked[i - 2]) << "it grows";
  }
  EXPECT_EQ(row().state, ConnectionState::refresh_delayed) << "never needs_sign_in";
}

TEST_F(CredentialsTest, ATokenThatWasRefusedIsNotOfferedAgainDuringAnOutage) {
  connect("app");
  endpoint_.answers.push_back(token("t1"));
  const std::uint64_t version = authorization().version;
  endpoint_.answers.push_back(answered(503, ""));
  EXPECT_EQ(renewed(version).status, Status::unavailable);
  EXPECT_EQ(authorization().status, Status::unavailable);
  EXPECT_EQ(renewed(version).status, Status::unavailable);
  EXPECT_EQ(endpoint_.seen.size(), 2u);
}

TEST_F(CredentialsTest, AWrongClientIsTheAppsMatter) {
  connect("app");
  endpoint_.answers.push_back(answered(401, R"({"error":"invalid_client"})"));
  const CredentialResult result = authorization();
  EXPECT_EQ(result.status, Status::needs_sign_in);
  EXPECT_NE(result.detail.find("client secret"), std::string::npos) << result.detail;
  EXPECT_EQ(row().state, ConnectionState::app_misconfigured);
  EXPECT_EQ(authorization().detail, result.detail);
  EXPECT_EQ(endpoint_.seen.size(), 1u);
  EXPECT_FALSE(row().sealed_input.empty());
}

TEST_F(CredentialsTest, ReauthorizedByAPersonItWorksAgain) {
  connect("app");
  endpoint_.answers.push_back(answered(401, R"({"error":"invalid_client"})"));
  (void)authorization();
  enter({{"client_id", "id"}, {"client_secret", "right"}});
  store_.set_connection_state("con_1", ConnectionState::ok, "");
  endpoint_.answers.push_back(token("t1"));
  EXPECT_EQ(authorization().credential.value, "Bearer t1");
  EXPECT_NE(endpoint_.seen.back().body.find("right"), std::string::npos);
}

TEST_F(CredentialsTest, ARefreshRotatesAndIsStoredBeforeItIsUsed) {
  connect("oauth");
  sign_in("a1", "r1", minutes{2});
  endpoint_.answers.push_back(token("a2", "r2"));
  std::int64_t marked = 0;
  endpoint_.meanwhile = [&] { marked = row().refresh_started_at; };
  EXPECT_EQ(authorization().credential.value, "Bearer a2");
  EXPECT_NE(endpoint_.seen[0].body.find("refresh_token=r1"), std::string::npos);
  EXPECT_EQ(stored_token(), "a2");
  EXPECT_EQ(stored_refresh(), "r2");
  EXPECT_EQ(marked, clocks_.unix_ms) << "marked while it was under way";
  EXPECT_EQ(row().refresh_started_at, 0);
}

TEST_F(CredentialsTest, AnOmittedRefreshTokenMeansTheOldOneStays) {
  connect("oauth");
  sign_in("a1", "r1", minutes{2});
  endpoint_.answers.push_back(token("a2"));
  (void)authorization();
  EXPECT_EQ(stored_refresh(), "r1");
}

TEST_F(CredentialsTest, ADeadGrantNeedsAPersonAndDeletesNothing) {
  connect("oauth");
  sign_in("a1", "r1", minutes{2});
  endpoint_.answers.push_back(answered(400, R"({"error":"invalid_grant"})"));
  EXPECT_EQ(authorization().status, Status::needs_sign_in);
  EXPECT_EQ(row().state, ConnectionState::needs_sign_in);
  EXPECT_NE(row().state_reason.find("invalid_grant"), std::string::npos);
  EXPECT_EQ(stored_refresh(), "r1");
  EXPECT_EQ(row().refresh_started_at, 0);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(authorization().status, Status::needs_sign_in);
  EXPECT_EQ(endpoint_.seen.size(), 1u);
}

TEST_F(CredentialsTest, ADeadGrantWhileASiblingRefreshedIsNoRefusal) {
  connect("oauth");
  sign_in("a1", "r1", minutes{2});
  endpoint_.answers.push_back(answered(400, R"({"error":"invalid_grant"})"));
  endpoint_.meanwhile = [&] { sign_in("a2", "r2"); };
  EXPECT_EQ(authorization().credential.value, "Bearer a2");
  EXPECT_EQ(row().state, ConnectionState::ok);
  EXPECT_EQ(journal_.results, std::vector{CredentialsObserver::Refresh::taken_from_sibling});
}

TEST_F(CredentialsTest, TheSiblingsTokenWinsWhenBothGotOne) {
  connect("app");
  endpoint_.answers.push_back(token("mine"));
  endpoint_.meanwhile = [&] { sign_in("theirs", ""); };
  EXPECT_EQ(authorization().credential.value, "Bearer theirs");
  EXPECT_EQ(stored_token(), "theirs");
}

TEST_F(CredentialsTest, ATokenASiblingRenewedIsTakenWithoutAsking) {
  connect("app");
  endpoint_.answers.push_back(token("t1"));
  const std::uint64_t version = authorization().version;
  sign_in("t2", "");
  EXPECT_EQ(renewed(version).credential.value, "Bearer t2");
  EXPECT_EQ(endpoint_.seen.size(), 1u);
}

TEST_F(CredentialsTest, ARefreshThatAnotherProcessBeganIsWaitedFor) {
  connect("oauth");
  sign_in("a1", "r1", minutes{2});
  const RefreshLocks other_process(folder_.path());
  auto held = other_process.try_lock("con_1");
  store_.mark_refresh_started("con_1", clocks_.unix_ms - 1000);
  std::vector<CredentialResult> results;
  loop_.spawn(ask_into(results));
  loop_.spawn(sibling_signs_in(milliseconds{20}, held));
  loop_.run_until_complete(wait_for(results, 1));
  EXPECT_EQ(results[0].credential.value, "Bearer a2");
  EXPECT_TRUE(endpoint_.seen.empty());
}

// A refresh token is used once: two refreshes at a time would end the sign-in. Here both hosts are
// in one process; in tests/e2e/oauth.test.mjs there are sixteen processes.
TEST_F(CredentialsTest, TwoHostsOnOneDatabaseOneTokenRequest) {
  for (const auto *method : {"app", "oauth"}) {
    SCOPED_TRACE(method);
    const std::string id = std::string("con_") + method;
    connect(method, id);
    if (id == "con_oauth") sign_in("a1", "r1", seconds{1}, id);
    clocks_.pass(seconds{5});
    endpoint_.seen.clear();
    endpoint_.answers.push_back(token("a2", "r2"));
    SqliteStore store{folder_.path()};
    CredentialsOptions options;
    options.now = [this] { return clocks_.steady; };
    options.now_unix_ms = [this] { return clocks_.unix_ms; };
    options.lock_poll = milliseconds{1};
    StoredCredentials other(
        loop_, store, key_, endpoint_, [this](std::string_view) { return manifest_; }, options);
    std::vector<CredentialResult> results;
    for (int i = 0; i < 32; ++i) {
      loop_.spawn(ask_into(*credentials_, id, results));
      loop_.spawn(ask_into(other, id, results));
    }
    loop_.run_until_complete(wait_for(results, 64));
    for (const CredentialResult &result : results) EXPECT_EQ(result.credential.value, "Bearer a2");
    EXPECT_EQ(endpoint_.seen.size(), 1u);
  }
}

TEST_F(CredentialsTest, AHostThatDoesNotGetDoneIsNotOvertaken) {
  options_.longest_wait = milliseconds{5};
  restart();
  connect("oauth");
  sign_in("a1", "r1", seconds{1});
  clocks_.pass(seconds{5});
  const RefreshLocks other_process(folder_.path());
  const auto held = other_process.try_lock("con_1");
  EXPECT_EQ(authorization().status, Status::unavailable);
  EXPECT_TRUE(endpoint_.seen.empty());
  EXPECT_EQ(row().state, ConnectionState::ok);
}

// With rotation the old refresh token is used up, and the new one is lost with the answer.
TEST_F(CredentialsTest, ALostAnswerIsToldAsAnInterruptedRefresh) {
  connect("oauth");
  sign_in("a1", "r1", seconds{1});
  clocks_.pass(seconds{2});
  endpoint_.answers.push_back(unanswered(true));
  endpoint_.answers.push_back(answered(400, R"({"error":"invalid_grant"})"));
  EXPECT_EQ(authorization().status, Status::needs_sign_in);
  EXPECT_EQ(endpoint_.seen.size(), 2u) << "asked again at once: some services forgive that";
  EXPECT_EQ(row().state, ConnectionState::needs_sign_in);
  EXPECT_NE(row().state_reason.find("interrupted refresh"), std::string::npos);
  EXPECT_EQ(stored_refresh(), "r1");
}

TEST_F(CredentialsTest, ALostAnswerIsForgivenByAServiceWithAGracePeriod) {
  connect("oauth");
  sign_in("a1", "r1", seconds{1});
  clocks_.pass(seconds{2});
  endpoint_.answers.push_back(unanswered(true));
  endpoint_.answers.push_back(token("a2", "r2"));
  EXPECT_EQ(authorization().credential.value, "Bearer a2");
  EXPECT_EQ(stored_refresh(), "r2");
  EXPECT_EQ(row().refresh_started_at, 0);
}

TEST_F(CredentialsTest, AnOutageAfterALostAnswerDoesNotHideTheCause) {
  connect("oauth");
  sign_in("a1", "r1", seconds{1});
  clocks_.pass(seconds{2});
  endpoint_.answers.push_back(unanswered(true));
  endpoint_.answers.push_back(answered(503, ""));
  EXPECT_EQ(authorization().status, Status::unavailable);
  EXPECT_NE(row().refresh_started_at, 0) << "the service may have rotated the token";

  clocks_.pass(seconds{31});
  endpoint_.answers.push_back(answered(503, ""));
  EXPECT_EQ(authorization().status, Status::unavailable);
  clocks_.pass(minutes{2});
  endpoint_.answers.push_back(answered(400, R"({"error":"invalid_grant"})"));
  EXPECT_EQ(authorization().status, Status::needs_sign_in);
  EXPECT_NE(row().state_reason.find("interrupted refresh"), std::string::npos);
}

TEST_F(CredentialsTest, ATokenThatCannotBeStoredIsNeitherUsedNorLost) {
  connect("oauth");
  sign_in("a1", "r1", seconds{1});
  clocks_.pass(seconds{2});
  endpoint_.answers.push_back(token("a2", "r2"));
  {
    std::optional<test::FileLimit> full;
    endpoint_.meanwhile = [&] { full.emplace(0); };
    EXPECT_EQ(authorization().status, Status::unavailable);
    EXPECT_EQ(authorization().status, Status::unavailable);
  }
  endpoint_.meanwhile = nullptr;
  EXPECT_EQ(stored_refresh(), "r1");
  EXPECT_EQ(authorization().credential.value, "Bearer a2");
  EXPECT_EQ(stored_refresh(), "r2");
  EXPECT_EQ(endpoint_.seen.size(), 1u);
}

TEST_F(CredentialsTest, SigningInAgainWhileTheOldGrantIsRefusedIsNotUndone) {
  connect("app");
  endpoint_.answers.push_back(answered(401, R"({"error":"invalid_client"})"));
  endpoint_.meanwhile = [&] { enter({{"client_id", "id"}, {"client_secret", "right"}}); };
  EXPECT_EQ(authorization().status, Status::unavailable);
  EXPECT_EQ(row().state, ConnectionState::ok);
  endpoint_.meanwhile = nullptr;
  endpoint_.answers.push_back(token("t1"));
  EXPECT_EQ(authorization().credential.value, "Bearer t1");
}

TEST_F(CredentialsTest, WhatStoppedAConnectionFirstStaysTheCause) {
  connect("app");
  endpoint_.answers.push_back(answered(401, R"({"error":"invalid_client"})"));
  (void)authorization();
  credentials_->needs_sign_in("con_1", "the poll failed");
  EXPECT_EQ(row().state, ConnectionState::app_misconfigured);
}

TEST_F(CredentialsTest, AShortLivedTokenThatEndedOnItsWayIsNoRefusalOfANewOne) {
  connect("app");
  const auto short_lived = [](const std::string &text) {
    return answered(200, R"({"access_token":")" + text + R"(","expires_in":2})");
  };
  endpoint_.answers.push_back(short_lived("t1"));
  std::uint64_t version = authorization().version;
  for (const auto *next : {"t2", "t3", "t4"}) {
    clocks_.pass(seconds{3});
    endpoint_.answers.push_back(short_lived(next));
    const CredentialResult result = renewed(version);
    EXPECT_EQ(result.credential.value, std::string("Bearer ") + next);
    version = result.version;
  }
}

TEST_F(CredentialsTest, ARenewalUnderWayIsLetFinish) {
  connect("oauth");
  sign_in("a1", "r1", seconds{1});
  clocks_.pass(seconds{2});
  endpoint_.answers.push_back(token("a2", "r2"));
  std::vector<CredentialResult> results;
  const auto asking = loop_.spawn(ask_into(results));
  loop_.spawn(stop_when_asked());
  loop_.run();
  loop_.cancel(asking);
  EXPECT_TRUE(credentials_->renewing());
  loop_.run_until_complete(credentials_->renewals_finished(seconds{60}));
  EXPECT_FALSE(credentials_->renewing());
  EXPECT_EQ(stored_refresh(), "r2");
}

TEST_F(CredentialsTest, ARefreshACrashInterruptedIsTriedAgainAfterTheRestart) {
  connect("oauth");
  sign_in("a1", "r1", seconds{1});
  store_.mark_refresh_started("con_1", clocks_.unix_ms);
  clocks_.pass(minutes{1});
  restart();
  endpoint_.answers.push_back(token("a2", "r2"));
  EXPECT_EQ(authorization().credential.value, "Bearer a2");
  EXPECT_EQ(row().refresh_started_at, 0);
}

TEST_F(CredentialsTest, ARequestThatWasNeverSentInterruptsNothing) {
  connect("oauth");
  sign_in("a1", "r1", seconds{1});
  clocks_.pass(seconds{2});
  endpoint_.answers.push_back(unanswered(false));
  EXPECT_EQ(authorization().status, Status::unavailable);
  EXPECT_EQ(row().refresh_started_at, 0);
}

TEST_F(CredentialsTest, WithoutARefreshTokenTheAccessEnds) {
  connect("oauth");
  EXPECT_EQ(authorization().status, Status::needs_sign_in);
  store_.set_connection_state("con_1", ConnectionState::ok, "");
  sign_in("a1", "", minutes{2});
  EXPECT_EQ(authorization().credential.value, "Bearer a1");
  clocks_.pass(minutes{3});
  EXPECT_EQ(authorization().status, Status::needs_sign_in);
  EXPECT_TRUE(endpoint_.seen.empty());
}

TEST_F(CredentialsTest, AKeyIsNeverRenewed) {
  struct Case {
    const char *method;
    const char *value;
    const char *reason;
  };
  for (const Case &each :
       {Case{"key", "Bearer key-1", "the service refuses this key"},
        Case{"header_key", "Key key-1", "the service refuses this key"},
        Case{"query_key", "key-1", "the service refuses this key"},
        Case{"secret_user", "Basic a2V5LTE6", "the service refuses this user name or password"}}) {
    const std::string id = std::string("con_") + each.method;
    connect(each.method, id);
    const CredentialResult result = authorization(id);
    EXPECT_EQ(result.credential.value, each.value);
    const auto renew = [&] {
      return loop_.run_until_complete(credentials_->renewed(id, result.version));
    };
    const CredentialResult refused = renew();
    EXPECT_EQ(refused.status, Status::unavailable) << each.method;
    EXPECT_FALSE(refused.may_take_effect) << "nobody has just given it";
    EXPECT_TRUE(refused.detail.starts_with(each.reason)) << refused.detail;
    clocks_.pass(minutes{6});
    EXPECT_EQ(renew().status, Status::needs_sign_in) << each.method;
    EXPECT_EQ(store_.connection(id)->state, ConnectionState::needs_sign_in);
    EXPECT_EQ(store_.connection(id)->state_reason, each.reason);
  }
  EXPECT_TRUE(endpoint_.seen.empty());
}

TEST_F(CredentialsTest, AKeySaysWhereItGoes) {
  using Place = HttpCredential::Place;
  connect("header_key", "con_1");
  EXPECT_EQ(authorization("con_1").credential.place, Place::header);
  EXPECT_EQ(authorization("con_1").credential.name, "X-Authy-Key");
  connect("query_key", "con_2");
  EXPECT_EQ(authorization("con_2").credential.place, Place::query);
  EXPECT_EQ(authorization("con_2").credential.name, "api_key");
}

TEST_F(CredentialsTest, AKeyThatWasReplacedMeanwhileIsUsed) {
  connect("key");
  const CredentialResult result = authorization();
  enter({{"api_key", "key-2"}});
  EXPECT_EQ(renewed(result.version).credential.value, "Bearer key-2");
  EXPECT_EQ(row().state, ConnectionState::ok);
}

TEST_F(CredentialsTest, WhatIsNotThere) {
  EXPECT_EQ(authorization("con_none").status, Status::needs_sign_in);
  connect("telepathy", "con_2");
  EXPECT_EQ(authorization("con_2").status, Status::needs_sign_in);
  ConnectionRecord row;
  row.id = "con_3";
  row.plugin = "gone";
  row.method = "key";
  store_.add(row);
  EXPECT_EQ(authorization("con_3").status, Status::unavailable) << "installed again, it works";
  EXPECT_EQ(store_.connection("con_3")->state, ConnectionState::ok);
}

TEST_F(CredentialsTest, ADamagedRowIsToldAndLeftAlone) {
  connect("app");
  const Bytes other = seal_input(key_, "con_other", {{"client_id", "x"}}, {});
  store_.set_connection_input("con_1", other, "");
  EXPECT_EQ(authorization().status, Status::needs_sign_in);
  EXPECT_EQ(row().sealed_input, other);
  EXPECT_TRUE(endpoint_.seen.empty());
}

TEST_F(CredentialsTest, SettingsThatMakeNoSenseSendNothing) {
  connect_as_released("app", R"({"token_url":"https://evil.example"})");
  const CredentialResult result = authorization();
  EXPECT_EQ(result.status, Status::needs_sign_in);
  EXPECT_NE(result.detail.find("/token_url"), std::string::npos) << result.detail;
  EXPECT_EQ(row().state, ConnectionState::app_misconfigured);
  EXPECT_TRUE(endpoint_.seen.empty());
}

constexpr auto at_mine = R"({"token_url":"https://mine.example/token"})";
constexpr auto at_evil = R"({"token_url":"https://evil.example/token"})";

TEST_F(CredentialsTest, ARowThatWasChangedSendsNothing) {
  for (const auto left : {seconds{3600}, seconds{1}}) {  // one that is good, and one to be renewed
    SCOPED_TRACE(left.count());
    connect("oauth", "con_1", at_mine);
    sign_in("a1", "r1", left);
    clocks_.pass(seconds{2});
    store_.set_connection_input("con_1", row().sealed_input, at_evil);
    const ConnectionRecord before = row();
    const CredentialResult result = authorization();
    EXPECT_EQ(result.status, Status::needs_sign_in);
    EXPECT_TRUE(result.credential.value.empty());
    EXPECT_NE(result.detail.find("token_url"), std::string::npos) << result.detail;
    EXPECT_EQ(row().state, ConnectionState::needs_sign_in);
    EXPECT_EQ(row().state_reason, result.detail);
    EXPECT_EQ(row().sealed_input, before.sealed_input) << "nothing is deleted";
    EXPECT_EQ(row().sealed_tokens, before.sealed_tokens);
    EXPECT_TRUE(endpoint_.seen.empty());
    store_.remove_connection("con_1");
    restart();
  }
  EXPECT_EQ(journal_.states,
            (std::vector{ConnectionState::needs_sign_in, ConnectionState::needs_sign_in}));
}

TEST_F(CredentialsTest, ARowThatIsChangedWhileItsTokenIsInUseIsRefusedAtTheNextRenewal) {
  connect("oauth", "con_1", at_mine);
  sign_in("a1", "r1");
  EXPECT_EQ(authorization().credential.value, "Bearer a1");
  store_.set_connection_input("con_1", row().sealed_input, at_evil);
  clocks_.pass(minutes{56});
  EXPECT_EQ(authorization().status, Status::needs_sign_in);
  EXPECT_TRUE(endpoint_.seen.empty());
  EXPECT_EQ(stored_refresh(), "r1");
}

TEST_F(CredentialsTest, AKeyIsForOneMethodOfOnePlugin) {
  connect("app");
  ConnectionRecord moved = row();
  store_.remove_connection("con_1");
  moved.method = "basic";
  store_.add(moved);
  const CredentialResult result = authorization();
  EXPECT_EQ(result.status, Status::needs_sign_in);
  EXPECT_NE(result.detail.find("method"), std::string::npos) << result.detail;
  EXPECT_TRUE(endpoint_.seen.empty());
}

TEST_F(CredentialsTest, SecretsOfAnEarlierAddressCannotBePutBack) {
  connect("oauth", "con_1", at_evil);
  const Bytes earlier = row().sealed_input;
  enter({{"client_id", "id"}, {"client_secret", "new"}}, at_mine);
  sign_in("a1", "r1", seconds{1});
  clocks_.pass(seconds{2});
  endpoint_.answers.push_back(token("a2", "r2"));
  EXPECT_EQ(authorization().credential.value, "Bearer a2");
  EXPECT_EQ(endpoint_.seen[0].url, "https://mine.example/token");

  store_.set_connection_input("con_1", earlier, at_evil);
  restart();
  clocks_.pass(minutes{56});
  EXPECT_EQ(authorization().status, Status::needs_sign_in) << "r2 would go to another address";
  EXPECT_EQ(endpoint_.seen.size(), 1u);
  EXPECT_EQ(stored_refresh(), "r2");
}

TEST_F(CredentialsTest, AnotherDefaultInALaterManifestMovesNothing) {
  connect("app");
  std::ifstream file(AUTH_MANIFEST);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  for (std::size_t at = 0; (at = text.find("example/token", at)) != std::string::npos; ++at)
    text.replace(at, 13, "example/later");
  manifest_ = test::auth_manifest(folder_.write("auth.yaml", text));
  ASSERT_EQ(manifest_.find_auth_method("app")->token_url, "https://api.authy.example/later");
  restart();
  endpoint_.answers.push_back(token("t1"));
  EXPECT_EQ(authorization().credential.value, "Bearer t1");
  EXPECT_EQ(endpoint_.seen[0].url, "https://api.authy.example/token");

  enter({{"client_id", "id"}, {"client_secret", "hush"}});  // entered again: for today's address
  clocks_.pass(minutes{56});
  store_.set_tokens("con_1", row().token_version, {}, 0);
  restart();
  endpoint_.answers.push_back(token("t2"));
  EXPECT_EQ(authorization().credential.value, "Bearer t2");
  EXPECT_EQ(endpoint_.seen[1].url, "https://api.authy.example/later");
}

TEST_F(CredentialsTest, AKeyThatAReleasedVersionSealedGoesOnWorking) {
  connect_as_released("key", "");
  EXPECT_EQ(authorization().credential.value, "Bearer key-1");
  ASSERT_TRUE(open_endpoints(key_, row()));
  EXPECT_EQ(open_endpoints(key_, row())->method, "key");
  restart();
  EXPECT_EQ(authorization().credential.value, "Bearer key-1");
  EXPECT_EQ(authorization().credential.name, "Authorization");
  EXPECT_EQ(row().state, ConnectionState::ok);
}

TEST_F(CredentialsTest, TheAddressesOfAReleasedVersionAreSealedInAtFirstUse) {
  clocks_.pass(minutes{-30});  // its access token is good
  connect_as_released("oauth", at_mine);
  EXPECT_EQ(authorization().credential.value, "Bearer a1");
  const auto endpoints = open_endpoints(key_, row());
  ASSERT_TRUE(endpoints);
  EXPECT_EQ(endpoints->token_url, "https://mine.example/token");
  EXPECT_EQ(open_tokens(key_, row())->token_url, "https://mine.example/token");
  EXPECT_EQ(open_input(key_, row()).text("client_secret"), "hush");
  EXPECT_EQ(stored_refresh(), "r1");
  EXPECT_EQ(row().token_version, 0) << "they are the same tokens";

  // From now on the row may not be changed.
  store_.set_connection_input("con_1", row().sealed_input, at_evil);
  restart();
  EXPECT_EQ(authorization().status, Status::needs_sign_in);
  EXPECT_TRUE(endpoint_.seen.empty());
}

TEST_F(CredentialsTest, WhatAReleasedVersionSealedIsRenewedAndCannotBePutBack) {
  connect_as_released("oauth", at_mine);
  const Bytes earlier = row().sealed_input;
  clocks_.pass(minutes{5});
  endpoint_.answers.push_back(token("a2", "r2"));
  EXPECT_EQ(authorization().credential.value, "Bearer a2");
  EXPECT_EQ(endpoint_.seen[0].url, "https://mine.example/token");
  EXPECT_NE(endpoint_.seen[0].body.find("hush"), std::string::npos);

  store_.set_connection_input("con_1", earlier, at_evil);
  restart();
  EXPECT_EQ(authorization().status, Status::needs_sign_in) << "its tokens are of another address";
  EXPECT_EQ(endpoint_.seen.size(), 1u);
}

TEST_F(CredentialsTest, WithoutRoomWhatAReleasedVersionSealedGoesOnWorking) {
  clocks_.pass(minutes{-30});  // its access token is good
  connect_as_released("oauth", at_mine);
  const ConnectionRecord before = row();
  {
    const test::FileLimit full(0);
    EXPECT_EQ(authorization().credential.value, "Bearer a1");
  }
  EXPECT_EQ(row().sealed_input, before.sealed_input);
  EXPECT_EQ(row().sealed_tokens, before.sealed_tokens);
  restart();
  EXPECT_EQ(authorization().credential.value, "Bearer a1");
  EXPECT_TRUE(open_endpoints(key_, row()));
}

TEST_F(CredentialsTest, TheCacheIsBounded) {
  options_.cached_tokens = 8;
  restart();
  for (int i = 0; i < 50; ++i) connect("key", "con_" + std::to_string(i + 100));
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 50; ++i)
      EXPECT_EQ(authorization("con_" + std::to_string(i + 100)).status, Status::ok);
    EXPECT_EQ(credentials_->cached(), 8u);
  }
}

TEST_F(CredentialsTest, ARoundLongerThanTheCacheStillFindsSomeOfItThere) {
  options_.cached_tokens = 300;
  restart();
  const auto id = [](int i) { return "con_" + std::to_string(i + 1000); };
  for (int i = 0; i < 400; ++i) connect("key", id(i));
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 400; ++i) EXPECT_EQ(authorization(id(i)).status, Status::ok);
  }
  EXPECT_EQ(credentials_->cached(), 300u);

  // From now on only the cache knows them.
  for (int i = 0; i < 400; ++i) store_.remove_connection(id(i));
  for (int i = 0; i < 300 - 256; ++i) EXPECT_EQ(authorization(id(i)).status, Status::ok) << i;
  EXPECT_EQ(authorization(id(399)).status, Status::ok);
  EXPECT_EQ(authorization(id(100)).status, Status::needs_sign_in);
}

TEST_F(CredentialsTest, NoSecretInWhatPeopleRead) {
  connect("oauth");
  sign_in("hush-a1", "hush-r1", seconds{1});
  clocks_.pass(seconds{2});
  const std::array answers{
      answered(500, R"({"error":"hush-500"})"),
      answered(400, R"({"error":"invalid_grant","error_description":"hush-r1"})")};
  for (const HttpOutcome &answer : answers) {
    endpoint_.answers.push_back(answer);
    const CredentialResult result = authorization();
    EXPECT_EQ(result.detail.find("hush"), std::string::npos) << result.detail;
    EXPECT_EQ(row().state_reason.find("hush"), std::string::npos) << row().state_reason;
    clocks_.pass(minutes{1});
  }
}

}  // namespace
}  // namespace host
