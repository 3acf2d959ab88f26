// What becomes of credentials that a plugin found refused: in the middle of an operation, and at
// its end. With a real TLS server behind it.
#include "run/connection_steps.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "fake_credentials.hpp"
#include "plugin_folder.hpp"
#include "test_server.hpp"

namespace host {
namespace {

using std::chrono::seconds;
using test::Conversation;
using test::FakeCredentials;
using test::SeenRequest;
using test::TestServer;

struct ConnectionStepsTest : testing::Test {
  std::mutex mutex;
  std::deque<std::string> bodies;  // guarded by mutex; the answers that come first
  TestServer server{[this](const SeenRequest &, Conversation &peer) {
    std::string body = "{\"id\":1}";
    const std::scoped_lock lock(mutex);
    if (!bodies.empty()) {
      body = bodies.front();
      bodies.pop_front();
    }
    peer.answer(200, body);
  }};
  Transport transport{[this] {
    TransportOptions made;
    made.ca_file = TestServer::ca_file();
    made.connect_to = {server.connect_to()};
    return made;
  }()};
  Loop loop{transport};
  FakeCredentials credentials{loop};
  ExchangeOptions options;
  std::unique_ptr<Exchange> exchange;
  std::unique_ptr<ConnectionSteps> steps;

  ~ConnectionStepsTest() override { loop.destroy_tasks(); }

  ConnectionSteps &on() {
    if (!steps) {
      options.allowed_hosts = {"api.sendpulse.com"};
      exchange = std::make_unique<Exchange>(loop, credentials, options);
      steps =
          std::make_unique<ConnectionSteps>(loop, *exchange, "acct", "op", RequestKind::action,
                                            ConnectionSteps::Commit{}, Clock::now() + seconds(60));
    }
    return *steps;
  }
  static SendStep step(bool renew = false) {
    SendStep made;
    made.method = "POST";
    made.url = "https://api.sendpulse.com/things";
    made.credentials = true;
    made.renew_credentials = renew;
    return made;
  }
  HttpOutcome send(const SendStep &what) { return loop.run_until_complete(on().send(what)); }
  std::vector<std::string> tokens() const {
    std::vector<std::string> all;
    for (const SeenRequest &each : server.requests()) all.push_back(each.header("authorization"));
    return all;
  }
  OperationOutcome operate(std::string_view plugin, OperationKind kind = OperationKind::action) {
    const test::Loaded loaded(plugin);
    OperationStart start;
    start.kind = kind;
    start.id = kind == OperationKind::action ? "thing.get" : "thing.created";
    start.input = "{}";
    return loop.run_until_complete(drive_signed_in(loaded.plugin, start, on()));
  }
};

TEST_F(ConnectionStepsTest, SendWithRenewedCredentialsInTheMiddleOfAnOperation) {
  send(step());
  send(step(true));
  send(step());
  EXPECT_EQ(tokens(),
            (std::vector<std::string>{"Bearer acct-1", "Bearer acct-2", "Bearer acct-2"}));
}

TEST_F(ConnectionStepsTest, RenewOnceAnOperation) {
  send(step());
  send(step(true));
  const HttpOutcome outcome = send(step(true));
  EXPECT_FALSE(outcome.responded);
  EXPECT_EQ(outcome.failure.detail, "not taken yet");
  EXPECT_EQ(credentials.renewals, 1);
}

TEST_F(ConnectionStepsTest, IgnoreAWishForRenewalBeforeAnyAnswerAndWithoutCredentials) {
  send(step(true));
  SendStep plain = step(true);
  plain.credentials = false;
  send(plain);
  EXPECT_EQ(tokens(), (std::vector<std::string>{"Bearer acct-1", ""}));
  EXPECT_EQ(credentials.renewals, 0);
}

TEST_F(ConnectionStepsTest, BelieveThatATokenWasTakenWhenThePluginGoesOn) {
  send(step());
  EXPECT_TRUE(credentials.taken.empty());
  on().credentials_taken();
  EXPECT_EQ(credentials.taken, std::vector<std::uint64_t>{1});
}

// A request that counts in the rate store counts once, however often it is refused.
TEST_F(ConnectionStepsTest, CountARefusedRequestOnce) {
  struct CountedRates : RateStore {
    int counted = 0;
    std::chrono::milliseconds reserve(std::string_view, const RateRule &,
                                      std::string_view) override {
      ++counted;
      return {};
    }
    void give_back(std::string_view, const RateRule &, std::string_view) override { --counted; }
  } rates;
  options.rate_rules = {
      {.id = "few", .window = std::chrono::hours{1}, .limit = 4, .applies_to = {"op"}}};
  options.rate_store = &rates;
  send(step());
  EXPECT_EQ(rates.counted, 1);
  send(step(true));
  EXPECT_EQ(rates.counted, 1);
  send(step());
  EXPECT_EQ(rates.counted, 2);
}

// A plugin that was built with the header of 1.0 fails the operation; it is begun again.
TEST_F(ConnectionStepsTest, BeginAgainWithAPluginOfABI10ThatFailedWithExpiredCredentials) {
  bodies = {"expired"};
  const OperationOutcome outcome = operate("expires");
  EXPECT_EQ(outcome.kind, OperationOutcome::Kind::done) << outcome.error.message;
  EXPECT_EQ(outcome.output, "{\"id\":1}");
  EXPECT_EQ(outcome.requests, 2U);
  EXPECT_EQ(tokens(), (std::vector<std::string>{"Bearer acct-1", "Bearer acct-2"}));
  EXPECT_EQ(credentials.taken, std::vector<std::uint64_t>{2});
}

TEST_F(ConnectionStepsTest, ReportANewTokenThatIsRefusedAsUnavailableWithAPluginOfABI10) {
  bodies = {"expired", "expired", "expired"};
  const OperationOutcome outcome = operate("expires");
  EXPECT_EQ(outcome.kind, OperationOutcome::Kind::failed);
  EXPECT_EQ(outcome.error.error_class, ErrorClass::unavailable);
  EXPECT_EQ(outcome.error.retry_after, seconds(30));
  EXPECT_EQ(tokens().size(), 2U);
  EXPECT_EQ(credentials.renewals, 1);
  EXPECT_TRUE(credentials.taken.empty());
}

TEST_F(ConnectionStepsTest, LeaveAnExpiredSignInToAPersonWhenItCannotBeRenewed) {
  bodies = {"expired"};
  credentials.renew_status = CredentialResult::Status::needs_sign_in;
  const OperationOutcome outcome = operate("expires");
  EXPECT_EQ(outcome.error.error_class, ErrorClass::auth_expired);
  EXPECT_EQ(tokens().size(), 1U);
}

}  // namespace
}  // namespace host
