// The policy, with a real TLS server behind it: what is let through, in what order, how often, and
// with which token.
#include "exchange/exchange.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "fake_credentials.hpp"
#include "test_server.hpp"

namespace host {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Conversation;
using test::FakeCredentials;
using test::SeenRequest;
using test::TestServer;

struct Recorder : ExchangeObserver {
  void attempted(const Attempt &attempt) override {
    lines.push_back(std::string(attempt.method) + ' ' + std::string(attempt.target) + ' ' +
                    std::to_string(attempt.status) + " #" + std::to_string(attempt.number));
    verdicts.push_back(attempt.verdict);
  }
  void held_back(std::string_view connection, RequestKind, milliseconds) override {
    ++held[std::string(connection)];
  }
  void shared(std::string_view) override { ++shares; }
  std::vector<std::string> lines;
  std::vector<Verdict> verdicts;
  std::map<std::string, int> held;
  int shares = 0;
};

struct ExchangeTest : testing::Test {
  std::mutex mutex;
  TestServer::Handler handler;  // guarded by mutex; set before the requests that it answers
  TestServer server{[this](const SeenRequest &request, Conversation &peer) {
    TestServer::Handler present;
    {
      const std::scoped_lock lock(mutex);
      present = handler;
    }
    if (present)
      present(request, peer);
    else
      peer.answer(200, "{}");
  }};
  Transport transport{transport_options()};
  Loop loop{transport};
  FakeCredentials credentials{loop};
  Recorder recorder;
  ExchangeOptions options = exchange_options();
  std::unique_ptr<Exchange> exchange;

  ~ExchangeTest() override { loop.destroy_tasks(); }

  TransportOptions transport_options() const {
    TransportOptions made;
    made.ca_file = TestServer::ca_file();
    made.connect_to = {server.connect_to()};
    return made;
  }
  static ExchangeOptions exchange_options() {
    ExchangeOptions made;
    made.allowed_hosts = {"api.sendpulse.com"};
    made.retry.first_backoff = milliseconds(4);
    return made;
  }
  void answer_with(TestServer::Handler given) {
    const std::scoped_lock lock(mutex);
    handler = std::move(given);
  }

  static ExchangeRequest get(const std::string &path) {
    ExchangeRequest request;
    request.connection = "acct";
    request.operation = "op";
    request.http.method = "GET";
    request.http.url = "https://api.sendpulse.com" + path;
    request.http.repeatable = true;
    return request;
  }
  static ExchangeRequest post(const std::string &path) {
    ExchangeRequest request = get(path);
    request.http.method = "POST";
    request.http.repeatable = false;
    return request;
  }
  Exchange &on() {
    if (!exchange) exchange = std::make_unique<Exchange>(loop, credentials, options, &recorder);
    return *exchange;
  }
  HttpOutcome perform(ExchangeRequest request) {
    return loop.run_until_complete(on().perform(std::move(request)));
  }
  // Notes the outcome when it is there.
  std::uint64_t start(ExchangeRequest request, std::vector<HttpOutcome> &into) {
    return loop.spawn(
        [](Exchange &by, ExchangeRequest what, std::vector<HttpOutcome> &outcomes) -> Task<void> {
          outcomes.push_back(co_await by.perform(std::move(what)));
        }(on(), std::move(request), into));
  }
  void turns(milliseconds span) {
    loop.run_until_complete(
        [](Loop &its, milliseconds nap) -> Task<void> { co_await its.sleep_for(nap); }(loop, span));
  }
};

std::span<const std::uint8_t> bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t *>(text.data()), text.size()};
}

// ---- what may be sent at all

TEST_F(ExchangeTest, RefusesHostsAndPathsBeforeAnyConnection) {
  for (const char *url : {"https://evil.example/", "https://api.sendpulse.com//evil",
                          "https://api.sendpulse.com/@evil/..", "https://api.sendpulse.com/..%2f..",
                          "https://api.sendpulse.com@evil.example/", "http://api.sendpulse.com/",
                          "https://169.254.169.254/latest/meta-data",
                          "https://api.sendpulse.com/a\r\nHost: evil.example"}) {
    ExchangeRequest request = get("/");
    request.http.url = url;
    request.credentials = true;
    const HttpOutcome outcome = perform(request);
    EXPECT_FALSE(outcome.responded) << url;
    EXPECT_EQ(outcome.failure.kind, NoResponse::denied) << url;
    EXPECT_FALSE(outcome.failure.maybe_sent);
  }
  EXPECT_EQ(server.connections(), 0);
  EXPECT_TRUE(recorder.lines.empty());
}

TEST_F(ExchangeTest, RefusesHeadersThatBelongToTheHost) {
  for (const char *name : {"Authorization", "authorization", "Cookie", "HOST", "Content-Length",
                           "Transfer-Encoding", "Proxy-Authorization", "Connection", "Expect"}) {
    ExchangeRequest request = get("/");
    request.http.headers = {{"Accept", "*/*"}, {name, "x"}};
    EXPECT_EQ(perform(request).failure.kind, NoResponse::denied) << name;
  }
  ExchangeRequest forged = get("/");
  forged.http.credential = {HttpCredential::Place::header, "Authorization", "Bearer mine"};
  EXPECT_EQ(perform(forged).failure.kind, NoResponse::denied);
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(ExchangeTest, HandsARedirectOverWithoutFollowingIt) {
  answer_with([](const SeenRequest &, Conversation &peer) {
    peer.answer(302, "", "Location: https://169.254.169.254/latest/meta-data\r\n");
  });
  ExchangeRequest request = get("/");
  request.credentials = true;
  const HttpOutcome outcome = perform(request);
  ASSERT_TRUE(outcome.responded);
  EXPECT_EQ(outcome.response.status, 302);
  EXPECT_EQ(server.requests().size(), 1U);
}

// ---- credentials

TEST_F(ExchangeTest, AddsCredentialsOnlyWhenTheyAreWanted) {
  perform(get("/public"));
  ExchangeRequest request = get("/private");
  request.credentials = true;
  ASSERT_TRUE(perform(request).responded);
  EXPECT_FALSE(server.requests().at(0).has_header("authorization"));
  EXPECT_EQ(server.requests().at(1).header("authorization"), "Bearer acct-1");
}

TEST_F(ExchangeTest, PutsAKeyWhereItBelongsAndShowsItNowhere) {
  answer_with([](const SeenRequest &request, Conversation &peer) {
    peer.answer(200, R"({"next":"https://api.sendpulse.com)" + request.target + R"("})",
                "Location: " + request.target + "\r\n");
  });
  credentials.place = HttpCredential::Place::query;
  credentials.name = "api_key";
  credentials.prefix = "k%20";
  ExchangeRequest request = get("/private?page=1");
  request.credentials = true;
  request.shareable = true;
  const HttpOutcome outcome = perform(request);
  EXPECT_EQ(server.requests().at(0).target, "/private?page=1&api_key=k%20acct-1");
  EXPECT_EQ(outcome.response.body,
            R"({"next":"https://api.sendpulse.com/private?page=1&api_key=***"})");
  for (const HttpHeader &header : outcome.response.headers)
    EXPECT_EQ(header.value.find("acct-1"), std::string::npos) << header.name;
  EXPECT_EQ(recorder.lines.at(0), "GET api.sendpulse.com/private 200 #1");
  // Shared like any other: what tells two requests apart is what the plugin asked for.
  EXPECT_EQ(perform(request).response.body, outcome.response.body);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(ExchangeTest, AnErrorThatRepeatsTheCredentialIsBlackened) {
  answer_with([](const SeenRequest &request, Conversation &peer) {
    peer.answer(403, "{\"message\":\"not with " + request.header("authorization") + "\"}");
  });
  ExchangeRequest request = get("/");
  request.credentials = true;
  EXPECT_EQ(perform(request).response.body, R"({"message":"not with Bearer ***"})");
}

TEST_F(ExchangeTest, RenewsAKeyOfTheQueryLikeAHeader) {
  answer_with([](const SeenRequest &request, Conversation &peer) {
    peer.answer(request.target.ends_with("key=acct-2") ? 200 : 401, "{}");
  });
  credentials.place = HttpCredential::Place::query;
  credentials.name = "key";
  credentials.prefix = "";
  ExchangeRequest request = post("/");
  request.credentials = true;
  EXPECT_EQ(perform(request).response.status, 200);
  EXPECT_EQ(credentials.renewals, 1);
}

TEST_F(ExchangeTest, RefusesAPluginThatSetsTheCredentialItself) {
  const auto refused = [&](const char *path, const char *header) {
    ExchangeRequest request = get(path);
    request.credentials = true;
    request.http.headers = {{header, "x"}};
    return perform(request).failure.kind == NoResponse::denied;
  };
  credentials.place = HttpCredential::Place::query;
  credentials.name = "api_key";
  credentials.prefix = "";
  for (const char *path : {"/?api_key=1", "/?a=1&api_key", "/?api%5Fkey=1", "/?a&api%5fkey=2&b"})
    EXPECT_TRUE(refused(path, "Accept")) << path;
  EXPECT_FALSE(refused("/?my_api_key=1&api_key_2=2&x=api_key", "Accept"));
  credentials.place = HttpCredential::Place::header;
  credentials.name = "X-Api-Key";
  for (const char *header : {"X-Api-Key", "x-api-key"}) EXPECT_TRUE(refused("/", header)) << header;
  EXPECT_FALSE(refused("/?X-Api-Key=1", "X-Api-Keys"));
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST_F(ExchangeTest, RenewsAfterA401OnceForAllRequestsAndSendsEachAgain) {
  answer_with([](const SeenRequest &request, Conversation &peer) {
    peer.answer(request.header("authorization") == "Bearer acct-2" ? 200 : 401, "{}");
  });
  std::vector<HttpOutcome> outcomes;
  for (int i = 0; i < 20; ++i) {
    ExchangeRequest request = i % 2 != 0 ? get("/") : post("/");  // 401 is before any effect
    request.credentials = true;
    start(request, outcomes);
  }
  loop.run_until_idle();
  ASSERT_EQ(outcomes.size(), 20U);
  for (const HttpOutcome &outcome : outcomes) EXPECT_EQ(outcome.response.status, 200);
  EXPECT_EQ(credentials.renewals, 1);
}

// The plugin has understood an answer that is no 401: the same request comes again.
TEST_F(ExchangeTest, RenewsATokenThatThePluginFoundRefusedOnceForAll) {
  answer_with([](const SeenRequest &request, Conversation &peer) {
    const bool fresh = request.header("authorization") == "Bearer acct-2";
    peer.answer(200, fresh ? "{\"good\":1}" : "{\"error_code\":401}");
  });
  std::vector<CredentialRefusals> refusals(5);
  std::vector<HttpOutcome> outcomes;
  ExchangeRequest request = get("/");
  request.credentials = true;
  request.shareable = true;
  const HttpOutcome refused = perform(request);
  EXPECT_EQ(refused.response.body, "{\"error_code\":401}") << "what bodies mean is not judged here";
  EXPECT_EQ(credentials.renewals, 0);
  request.refused_version = refused.token_version;
  for (CredentialRefusals &each : refusals) {
    request.refusals = &each;
    start(request, outcomes);
  }
  loop.run_until_idle();
  ASSERT_EQ(outcomes.size(), 5U);
  for (const HttpOutcome &outcome : outcomes) {
    EXPECT_EQ(outcome.response.body, "{\"good\":1}") << "and not the kept answer";
    EXPECT_EQ(outcome.token_version, 2U);
  }
  EXPECT_EQ(credentials.renewals, 1);
  EXPECT_TRUE(credentials.taken.empty()) << "that, too, is the plugin's to say";
}

TEST_F(ExchangeTest, RenewsOnceAnOperationAndThenWaitsForTheTokenToTakeEffect) {
  answer_with(
      [](const SeenRequest &, Conversation &peer) { peer.answer(200, "{\"error_code\":401}"); });
  CredentialRefusals refusals;
  ExchangeRequest request = post("/");
  request.credentials = true;
  request.refusals = &refusals;
  request.refused_version = perform(request).token_version;
  EXPECT_EQ(request.refused_version, 1U);
  request.refused_version = perform(request).token_version;
  EXPECT_EQ(request.refused_version, 2U);
  HttpOutcome outcome = perform(request);
  EXPECT_EQ(outcome.failure.kind, NoResponse::other);
  EXPECT_EQ(outcome.failure.detail, "not taken yet");
  EXPECT_EQ(outcome.failure.retry_after, seconds(30));
  EXPECT_FALSE(outcome.failure.maybe_sent);
  EXPECT_EQ(server.requests().size(), 2U);

  credentials.takes_effect_late = true;
  EXPECT_TRUE(perform(request).responded) << "an action waits for it";
  EXPECT_EQ(server.requests().size(), 3U);
  EXPECT_EQ(credentials.renewals, 1);
  request.kind = RequestKind::poll;
  EXPECT_FALSE(perform(request).responded) << "a poll comes again anyway";
}

TEST_F(ExchangeTest, TakesASecond401ForATokenThatIsNotTakenYet) {
  answer_with([](const SeenRequest &, Conversation &peer) { peer.answer(401, "{}"); });
  ExchangeRequest request = get("/");
  request.credentials = true;
  const HttpOutcome outcome = perform(request);
  EXPECT_FALSE(outcome.responded);
  EXPECT_EQ(outcome.failure.kind, NoResponse::other);
  EXPECT_FALSE(outcome.failure.maybe_sent);
  EXPECT_EQ(outcome.failure.retry_after, seconds(30));
  EXPECT_EQ(credentials.renewals, 1);
  EXPECT_TRUE(credentials.taken.empty());
  EXPECT_EQ(server.requests().size(), 2U);
  // And one without credentials has nothing to renew.
  perform(get("/"));
  EXPECT_EQ(credentials.renewals, 1);
  EXPECT_EQ(server.requests().size(), 3U);
}

TEST_F(ExchangeTest, AnActionWaitsForANewTokenToTakeEffectAndAPollDoesNot) {
  credentials.takes_effect_late = true;
  int asked = 0;
  answer_with(
      [&](const SeenRequest &, Conversation &peer) { peer.answer(++asked < 4 ? 401 : 200, "{}"); });
  ExchangeRequest request = post("/");
  request.credentials = true;
  const HttpOutcome outcome = perform(request);
  EXPECT_EQ(outcome.response.status, 200);
  EXPECT_EQ(outcome.token_version, 2U);
  EXPECT_EQ(credentials.renewals, 1);

  asked = 0;
  ExchangeRequest poll = get("/");
  poll.credentials = true;
  poll.kind = RequestKind::poll;
  EXPECT_EQ(perform(poll).failure.detail, "not taken yet");
  EXPECT_EQ(asked, 2);
}

TEST_F(ExchangeTest, ARepetitionAfterAServerErrorSaysThatItIsOne) {
  int asked = 0;
  answer_with([&](const SeenRequest &, Conversation &peer) {
    peer.answer(++asked == 1 ? 502 : 404, "{}");
  });
  const HttpOutcome outcome = perform(get("/"));
  EXPECT_EQ(outcome.response.status, 404);
  EXPECT_TRUE(outcome.failure.maybe_sent);
  EXPECT_FALSE(perform(get("/")).failure.maybe_sent);
}

TEST_F(ExchangeTest, SaysWhyThereIsNoToken) {
  ExchangeRequest request = get("/");
  request.credentials = true;
  credentials.status = CredentialResult::Status::needs_sign_in;
  HttpOutcome outcome = perform(request);
  EXPECT_EQ(outcome.failure.kind, NoResponse::no_credentials);
  EXPECT_EQ(outcome.failure.detail, "no token");
  credentials.status = CredentialResult::Status::unavailable;
  outcome = perform(request);
  EXPECT_EQ(outcome.failure.kind, NoResponse::other);
  EXPECT_FALSE(outcome.failure.maybe_sent);
  EXPECT_EQ(server.connections(), 0);

  credentials.status = CredentialResult::Status::ok;
  credentials.renew_status = CredentialResult::Status::needs_sign_in;
  answer_with([](const SeenRequest &, Conversation &peer) { peer.answer(401, "{}"); });
  outcome = perform(request);
  EXPECT_EQ(outcome.failure.kind, NoResponse::no_credentials);
  EXPECT_EQ(outcome.failure.detail, "sign in again, please");
}

// ---- retries

TEST_F(ExchangeTest, RetriesAServerErrorOnlyWhereThatIsHarmless) {
  answer_with([](const SeenRequest &, Conversation &peer) { peer.answer(502, "{}"); });
  EXPECT_EQ(perform(get("/")).response.status, 502);
  EXPECT_EQ(server.count("GET", "/"), 4);
  EXPECT_EQ(perform(post("/")).response.status, 502);
  EXPECT_EQ(server.count("POST", "/"), 1);
  EXPECT_EQ(recorder.verdicts.back(), Verdict::unknown);
}

TEST_F(ExchangeTest, ARetryThatSucceedsIsAllTheCallerSees) {
  std::atomic<int> count = 0;
  answer_with([&count](const SeenRequest &, Conversation &peer) {
    if (++count < 3) {
      peer.answer(503, "{}", "Retry-After: 1\r\n");
    } else {
      peer.answer(200, "{}");
    }
  });
  // 503 with Retry-After: rejected before any effect, so a POST may go again.
  EXPECT_EQ(perform(post("/")).response.status, 200);
  EXPECT_EQ(recorder.lines, (std::vector<std::string>{"POST api.sendpulse.com/ 503 #1",
                                                      "POST api.sendpulse.com/ 503 #2",
                                                      "POST api.sendpulse.com/ 200 #3"}));
}

TEST_F(ExchangeTest, SendsOnceWhatWasAcceptedAndThenCutOff) {
  answer_with([](const SeenRequest &request, Conversation &peer) {
    if (request.method == "POST")
      peer.cut();
    else
      peer.answer(200, "{}");
  });
  ASSERT_TRUE(perform(get("/")).responded);  // a connection that could be reused
  ExchangeRequest request = post("/campaigns");
  request.http.body = bytes("{\"name\":\"x\"}");
  const HttpOutcome outcome = perform(request);
  EXPECT_FALSE(outcome.responded);
  EXPECT_TRUE(outcome.failure.maybe_sent);
  EXPECT_EQ(recorder.verdicts.back(), Verdict::unknown);
  EXPECT_EQ(server.count("POST", "/campaigns"), 1);
}

TEST_F(ExchangeTest, DoesNotSendAgainAfterATimeout) {
  answer_with([](const SeenRequest &, Conversation &peer) {
    while (!peer.stopping()) std::this_thread::sleep_for(milliseconds(2));
    peer.cut();
  });
  ExchangeRequest request = post("/");
  request.http.timeout = milliseconds(100);
  const HttpOutcome outcome = perform(request);
  EXPECT_EQ(outcome.failure.kind, NoResponse::timeout);
  EXPECT_TRUE(outcome.failure.maybe_sent);
  EXPECT_EQ(server.count("POST", "/"), 1);
}

TEST_F(ExchangeTest, RetriesWhateverWasNotSent) {
  TransportOptions nowhere = transport_options();
  nowhere.connect_to = {"api.sendpulse.com:443:127.0.0.1:1"};
  Transport closed(nowhere);
  Loop its_loop(closed);
  FakeCredentials its_credentials(its_loop);
  Exchange other(its_loop, its_credentials, options, &recorder);
  const HttpOutcome outcome = its_loop.run_until_complete(other.perform(post("/")));
  EXPECT_EQ(outcome.failure.kind, NoResponse::connect);
  EXPECT_FALSE(outcome.failure.maybe_sent);
  EXPECT_EQ(recorder.lines.size(), 4U);
}

TEST_F(ExchangeTest, A429HoldsTheAccountBackAndNobodyElse) {
  std::atomic<int> refused = 0;
  answer_with([&refused](const SeenRequest &request, Conversation &peer) {
    if (request.target == "/limited" && refused++ == 0)
      peer.answer(429, "{}", "Retry-After: 1\r\n");
    else
      peer.answer(200, "{}");
  });
  const auto before = Clock::now();
  std::vector<HttpOutcome> limited;
  std::vector<HttpOutcome> same;
  std::vector<HttpOutcome> others;
  start(post("/limited"), limited);
  while (refused == 0) turns(milliseconds(1));
  turns(milliseconds(20));
  start(get("/same"), same);
  ExchangeRequest of_other = get("/other");
  of_other.connection = "somebody else";
  start(of_other, others);
  while (others.empty()) turns(milliseconds(1));
  EXPECT_TRUE(limited.empty());
  EXPECT_TRUE(same.empty());
  loop.run_until_idle();
  EXPECT_EQ(limited.at(0).response.status, 200);
  EXPECT_EQ(same.at(0).response.status, 200);
  EXPECT_GE(Clock::now() - before, seconds(1));
  EXPECT_GE(recorder.held["acct"], 1);
  EXPECT_EQ(recorder.held["somebody else"], 0);
}

TEST_F(ExchangeTest, APollAskedToWaitIsDeliveredAtOnce) {
  answer_with([](const SeenRequest &, Conversation &peer) {
    peer.answer(429, "{}", "Retry-After: 99999\r\n");
  });
  ExchangeRequest request = get("/");
  request.kind = RequestKind::poll;
  EXPECT_EQ(perform(request).response.status, 429);
  EXPECT_EQ(server.requests().size(), 1U);
  // The next one of this account finds no room before its deadline, and is not sent.
  request.deadline = Clock::now() + milliseconds(50);
  const HttpOutcome outcome = perform(request);
  EXPECT_EQ(outcome.failure.kind, NoResponse::rate_limited);
  EXPECT_GT(outcome.failure.retry_after, milliseconds(50));
  EXPECT_LE(outcome.failure.retry_after, seconds(60));
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(ExchangeTest, NoWaitGoesBeyondTheDeadline) {
  answer_with([](const SeenRequest &, Conversation &peer) {
    peer.answer(429, "{}", "Retry-After: 30\r\n");
  });
  ExchangeRequest request = get("/");
  request.deadline = Clock::now() + seconds(5);
  EXPECT_EQ(perform(request).response.status, 429);
  request.deadline = Clock::now() - seconds(1);
  request.connection = "late";
  const HttpOutcome late = perform(request);
  EXPECT_EQ(late.failure.kind, NoResponse::timeout);
  EXPECT_FALSE(late.failure.maybe_sent);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(ExchangeTest, TheDeadlineEndsAnAttempt) {
  answer_with([](const SeenRequest &, Conversation &peer) {
    while (!peer.stopping()) std::this_thread::sleep_for(milliseconds(2));
    peer.cut();
  });
  ExchangeRequest request = get("/");
  request.deadline = Clock::now() + milliseconds(100);
  EXPECT_EQ(perform(request).failure.kind, NoResponse::timeout);
}

// ---- answers that are not what they should be: this layer's part of it

TEST_F(ExchangeTest, DoesNotAskAgainForAnAnswerThatIsTooLarge) {
  answer_with([](const SeenRequest &, Conversation &peer) {
    peer.answer(200, std::string(20u << 20, 'x'));
  });
  const HttpOutcome outcome = perform(get("/"));
  EXPECT_EQ(outcome.failure.kind, NoResponse::too_large);
  EXPECT_EQ(server.requests().size(), 1U);
  ExchangeRequest greedy = get("/");
  greedy.http.max_response_bytes = ~std::uint64_t{0};  // the exchange's own limit holds
  EXPECT_EQ(perform(greedy).failure.kind, NoResponse::too_large);
}

TEST_F(ExchangeTest, AsksAgainForAReadThatWasCutShort) {
  std::atomic<int> count = 0;
  answer_with([&count](const SeenRequest &, Conversation &peer) {
    if (++count == 1) {
      peer.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[1,2");
      peer.close_properly();
    } else {
      peer.answer(200, "[1,2,3]");
    }
  });
  EXPECT_EQ(perform(get("/")).response.body, "[1,2,3]");
  EXPECT_EQ(count, 2);
}

// ---- budget

TEST_F(ExchangeTest, PollsWaitWhileActionsPass) {
  options.rate_rules = {{"burst", seconds(600), 4, 0.5, {}}};
  ExchangeRequest poll = get("/poll");
  poll.kind = RequestKind::poll;
  poll.deadline = Clock::now() + seconds(30);
  EXPECT_TRUE(perform(poll).responded);
  EXPECT_TRUE(perform(poll).responded);
  EXPECT_EQ(perform(poll).failure.kind, NoResponse::rate_limited);
  EXPECT_TRUE(perform(get("/action")).responded);
  EXPECT_TRUE(perform(post("/action")).responded);
  ExchangeRequest one_too_many = get("/action");
  one_too_many.deadline = Clock::now() + seconds(30);
  EXPECT_EQ(perform(one_too_many).failure.kind, NoResponse::rate_limited);
  EXPECT_EQ(server.requests().size(), 4U);
  EXPECT_EQ(recorder.held["acct"], 2);
}

TEST_F(ExchangeTest, WaitsForRoomAndThenGoes) {
  options.rate_rules = {{"burst", milliseconds(200), 2, 1.0, {}}};
  std::vector<HttpOutcome> outcomes;
  const auto before = Clock::now();
  for (int i = 0; i < 6; ++i) start(get("/"), outcomes);
  loop.run_until_idle();
  EXPECT_EQ(outcomes.size(), 6U);
  for (const HttpOutcome &outcome : outcomes) EXPECT_TRUE(outcome.responded);
  EXPECT_GE(Clock::now() - before, milliseconds(400));
}

// Gives leave so many times, and says what it was asked.
class CountingRates : public RateStore {
 public:
  explicit CountingRates(int leaves) : leaves_(leaves) {}
  milliseconds reserve(std::string_view account, const RateRule &rule,
                       std::string_view input) override {
    asked.push_back(std::string(account) + ' ' + rule.id + std::string(input));
    return leaves_-- > 0 ? milliseconds{0} : milliseconds{60'001};
  }
  void give_back(std::string_view, const RateRule &rule, std::string_view) override {
    given_back.push_back(rule.id);
  }
  std::vector<std::string> asked;
  std::vector<std::string> given_back;

 private:
  int leaves_;
};

TEST_F(ExchangeTest, LimitsOfSingleOperationsAreKeptInTheRateStore) {
  CountingRates rates(2);
  options.rate_rules = {{"few", seconds(600), 1, 1.0, {"campaign.create"}},
                        {"all", seconds(600), 10, 1.0, {}}};
  options.rate_store = &rates;
  ExchangeRequest create = post("/campaigns");
  create.operation = "campaign.create";
  create.deadline = Clock::now() + seconds(30);
  EXPECT_TRUE(perform(create).responded);
  EXPECT_TRUE(perform(create).responded) << "the limiter must not count it as well";
  EXPECT_TRUE(perform(get("/other")).responded);
  EXPECT_EQ(rates.asked.size(), 2U) << "others are not asked about";
  const HttpOutcome refused = perform(create);
  EXPECT_EQ(refused.failure.kind, NoResponse::rate_limited);
  EXPECT_EQ(refused.failure.retry_after, milliseconds{60'001});
  EXPECT_FALSE(refused.failure.maybe_sent);
  EXPECT_EQ(refused.failure.detail,
            "the service allows 1 of these requests in 10 minutes; the next one is possible in 2 "
            "minutes");
  EXPECT_EQ(rates.asked.back(), "acct few");
  EXPECT_EQ(server.requests().size(), 3U);
}

TEST_F(ExchangeTest, TheRateStoreIsGivenWhatALimitIsPer) {
  CountingRates rates(0);
  options.rate_rules = {{"few", seconds(900), 1, 1.0, {"push.send"}, "/website_id"}};
  options.rate_store = &rates;
  ExchangeRequest push = post("/push/tasks");
  push.operation = "push.send";
  push.input = R"({"website_id":5})";
  push.deadline = Clock::now() + seconds(30);
  EXPECT_EQ(perform(push).failure.detail,
            "the service allows 1 of these requests for one website_id in 15 minutes; the next one "
            "is possible in "
            "2 minutes");
  EXPECT_EQ(rates.asked.back(), R"(acct few{"website_id":5})");
}

TEST_F(ExchangeTest, TheRateStoreCountsARequestOnceAndARefusedOneNotAtAll) {
  CountingRates rates(2);
  options.rate_rules = {{"few", seconds(900), 1, 1.0, {"push.send"}}};
  options.rate_store = &rates;
  std::atomic<int> count = 0;
  answer_with([&count](const SeenRequest &, Conversation &peer) {
    ++count;
    peer.answer(count == 1 ? 401 : count == 2 ? 200 : 422, "{}");
  });
  ExchangeRequest push = post("/push/tasks");
  push.operation = "push.send";
  push.credentials = true;
  EXPECT_EQ(perform(push).response.status, 200) << "with a renewed token";
  EXPECT_EQ(rates.asked.size(), 1U);
  EXPECT_TRUE(rates.given_back.empty());
  EXPECT_EQ(perform(push).response.status, 422);
  EXPECT_EQ(rates.given_back, (std::vector<std::string>{"few"}));
}

TEST_F(ExchangeTest, WhatAnActionOnlyLooksUpUsesUpNoneOfItsOwnLimit) {
  CountingRates rates(1);
  options.rate_rules = {{.id = "few",
                         .window = seconds(900),
                         .limit = 1,
                         .applies_to = {"push.send"},
                         .counts_reads = false}};
  options.rate_store = &rates;
  ExchangeRequest look = get("/user/info");
  ExchangeRequest push = post("/push/tasks");
  ExchangeRequest once = get("/push/start");  // a GET that does something
  once.http.repeatable = false;
  for (ExchangeRequest *each : {&look, &push, &once}) {
    each->operation = "push.send";
    each->deadline = Clock::now() + seconds(30);
  }
  EXPECT_TRUE(perform(look).responded);
  EXPECT_TRUE(perform(look).responded);
  EXPECT_TRUE(rates.asked.empty());
  EXPECT_TRUE(perform(push).responded);
  EXPECT_EQ(perform(once).failure.kind, NoResponse::rate_limited);
  EXPECT_TRUE(perform(look).responded) << "also when the limit is used up";
  EXPECT_EQ(rates.asked, (std::vector<std::string>{"acct few", "acct few"}));
}

TEST_F(ExchangeTest, WhatAnActionOnlyLooksUpIsNotCountedInMemoryEither) {
  options.rate_rules = {
      {.id = "few",
       .window = seconds(900),
       .limit = 1,
       .applies_to = {"push.send"},
       .counts_reads = false},
      {.id = "reading", .window = seconds(900), .limit = 1, .applies_to = {"push.list"}}};
  const auto answered = [&](ExchangeRequest request, const char *operation) {
    request.operation = operation;
    request.deadline = Clock::now() + seconds(30);
    return perform(std::move(request)).responded;
  };
  EXPECT_TRUE(answered(get("/user/info"), "push.send"));
  EXPECT_TRUE(answered(post("/push/tasks"), "push.send"));
  EXPECT_FALSE(answered(post("/push/tasks"), "push.send"));
  EXPECT_TRUE(answered(get("/user/info"), "push.send"));
  EXPECT_TRUE(answered(get("/push/tasks"), "push.list"));
  EXPECT_FALSE(answered(get("/push/tasks"), "push.list")) << "a read that is what the limit is for";
}

TEST_F(ExchangeTest, ALimitThatHadRoomIsNotUsedUpWhenTheNextHasNone) {
  CountingRates rates(1);
  options.rate_rules = {{"hourly", seconds(3600), 4, 1.0, {"campaign.create"}},
                        {"daily", seconds(86'400), 9, 1.0, {"campaign.create"}}};
  options.rate_store = &rates;
  ExchangeRequest create = post("/campaigns");
  create.operation = "campaign.create";
  create.deadline = Clock::now() + seconds(30);
  EXPECT_EQ(perform(create).failure.kind, NoResponse::rate_limited);
  EXPECT_EQ(rates.asked, (std::vector<std::string>{"acct hourly", "acct daily"}));
  EXPECT_EQ(rates.given_back, (std::vector<std::string>{"hourly"}));
}

// ---- shared answers

TEST_F(ExchangeTest, IdenticalReadsOfAnAccountAreOneRequest) {
  std::vector<HttpOutcome> outcomes;
  for (int i = 0; i < 20; ++i) {
    ExchangeRequest request = get("/addressbooks");
    request.shareable = true;
    request.credentials = true;
    request.kind = RequestKind::poll;
    start(request, outcomes);
  }
  ExchangeRequest other_account = get("/addressbooks");
  other_account.connection = "other";
  other_account.shareable = true;
  start(other_account, outcomes);
  ExchangeRequest own = get("/addressbooks");
  own.shareable = false;
  start(own, outcomes);
  loop.run_until_idle();
  ASSERT_EQ(outcomes.size(), 22U);
  for (const HttpOutcome &outcome : outcomes) EXPECT_EQ(outcome.response.body, "{}");
  EXPECT_EQ(server.count("GET", "/addressbooks"), 3);
  EXPECT_EQ(recorder.shares, 19);

  ExchangeRequest different = get("/addressbooks");
  different.shareable = true;
  different.http.headers = {{"Accept-Language", "uk"}};
  perform(different);
  EXPECT_EQ(server.count("GET", "/addressbooks"), 4);
}

TEST_F(ExchangeTest, WhenTheOnePerformingIsCancelledAnotherTakesOver) {
  std::atomic<int> count = 0;
  answer_with([&count](const SeenRequest &, Conversation &peer) {
    if (++count == 1)
      while (!peer.stopping()) std::this_thread::sleep_for(milliseconds(2));
    peer.answer(200, "{}");
  });
  std::vector<HttpOutcome> outcomes;
  ExchangeRequest request = get("/");
  request.shareable = true;
  const auto first = start(request, outcomes);
  start(request, outcomes);
  start(request, outcomes);
  while (count == 0) turns(milliseconds(1));
  loop.cancel(first);
  loop.run_until_idle();
  ASSERT_EQ(outcomes.size(), 2U);
  EXPECT_TRUE(outcomes[0].responded && outcomes[1].responded);
  EXPECT_EQ(count, 2);
}

TEST_F(ExchangeTest, AChangeMakesWhatWasReadOld) {
  ExchangeRequest read = get("/addressbooks");
  read.shareable = true;
  perform(read);
  perform(read);
  EXPECT_EQ(server.count("GET", "/addressbooks"), 1);
  perform(post("/addressbooks"));
  perform(read);
  EXPECT_EQ(server.count("GET", "/addressbooks"), 2);
}

TEST_F(ExchangeTest, SharedFailuresAreNotKept) {
  std::atomic<int> status = 404;
  answer_with([&status](const SeenRequest &, Conversation &peer) { peer.answer(status, "{}"); });
  ExchangeRequest read = get("/");
  read.shareable = true;
  EXPECT_EQ(perform(read).response.status, 404);
  status = 200;
  EXPECT_EQ(perform(read).response.status, 200);
}

// ---- what is told about it

TEST_F(ExchangeTest, ShowsNoQueryAndOfSecretRequestsOnlyTheHost) {
  perform(get("/a/b?token=hidden"));
  ExchangeRequest secret = get("/hidden/path?x");
  secret.secret = true;
  perform(secret);
  EXPECT_EQ(recorder.lines, (std::vector<std::string>{"GET api.sendpulse.com/a/b 200 #1",
                                                      "GET api.sendpulse.com 200 #1"}));
}

TEST_F(ExchangeTest, MayEndBeforeItsTasksAreDestroyed) {
  answer_with([](const SeenRequest &, Conversation &peer) {
    while (!peer.stopping()) std::this_thread::sleep_for(milliseconds(2));
    peer.cut();
  });
  std::vector<HttpOutcome> outcomes;
  ExchangeRequest request = get("/");
  request.shareable = true;
  start(request, outcomes);
  start(request, outcomes);
  turns(milliseconds(20));
  exchange.reset();
  loop.destroy_tasks();
  EXPECT_TRUE(outcomes.empty());
  EXPECT_EQ(transport.in_flight(), 0U);
}

}  // namespace
}  // namespace host
