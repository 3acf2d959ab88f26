// The transport against a real TLS server: what is sent, what comes back, every way to fail, and
// cancellation at any moment.
#include "http/transport.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdlib>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "test_server.hpp"
#include "worker/loop.hpp"

namespace host {

namespace {

using std::chrono::milliseconds;
using test::Conversation;
using test::SeenRequest;
using test::TestServer;

std::string gzip(const std::string &text) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 16 + 15, 8, Z_DEFAULT_STRATEGY);
  std::string result(deflateBound(&stream, text.size()) + 64, '\0');
  std::string input = text;
  stream.next_in = reinterpret_cast<Bytef *>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef *>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  deflate(&stream, Z_FINISH);
  result.resize(stream.total_out);
  deflateEnd(&stream);
  return result;
}

// Sends a byte now and then, for as long as anybody listens.
void drip(Conversation &conversation) {
  conversation.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
  while (!conversation.stopping() && conversation.write("x"))
    std::this_thread::sleep_for(milliseconds(5));
  conversation.cut();
}

// Answers as the target says.
void answer(const SeenRequest &request, Conversation &peer) {
  const std::string &target = request.target;
  const std::string text = "{\"rows\":[1,2,3]}";
  const std::string packed = gzip(text);
  if (target == "/ok") {
    peer.answer(200, text,
                "Content-Type: application/json\r\nX-Mixed-Case:   spaced \r\nX-Empty:\r\n");
  } else if (target == "/head") {
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nContent-Encoding: gzip\r\n\r\n");
  } else if (target == "/no-content") {
    peer.write("HTTP/1.1 204 No Content\r\nContent-Encoding: gzip\r\n\r\n");
  } else if (target == "/close-before-answer") {
    peer.cut();
  } else if (target == "/silence") {
    while (!peer.stopping()) std::this_thread::sleep_for(milliseconds(5));
    peer.cut();
  } else if (target == "/drip") {
    drip(peer);
  } else if (target == "/short") {
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
    peer.close_properly();
  } else if (target == "/short-chunked") {
    peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    peer.close_properly();
  } else if (target == "/until-close") {
    peer.write("HTTP/1.1 200 OK\r\n\r\n" + text);
    peer.close_properly();
  } else if (target == "/until-cut") {
    peer.write("HTTP/1.1 200 OK\r\n\r\n" + text);
    peer.cut();
  } else if (target == "/gzip-until-close") {
    peer.write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + packed);
    peer.close_properly();
  } else if (target == "/half-head") {
    peer.write("HTTP/1.1 200 OK\r\nContent-Le");
    peer.close_properly();
  } else if (target == "/hints-only") {
    peer.write("HTTP/1.1 103 Early Hints\r\nX-Early: yes\r\n\r\n");
    peer.close_properly();
  } else if (target == "/not-http") {
    peer.write("SSH-2.0-OpenSSH_9.2\r\n\r\n");
    peer.close_properly();
  } else if (target == "/gzip") {
    peer.answer(200, packed, "Content-Encoding: gzip\r\n");
  } else if (target == "/gzip-cut") {  // but as long as it claims to be
    peer.answer(200, packed.substr(0, packed.size() - 9), "Content-Encoding: gzip\r\n");
  } else if (target == "/gzip-lie") {
    peer.answer(200, text, "Content-Encoding: gzip\r\n");
  } else if (target == "/gzip-twice") {
    peer.answer(200, gzip(packed), "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n");
  } else if (target == "/brotli") {
    peer.answer(200, "\x0b\x02\x80", "Content-Encoding: br\r\n");
  } else if (target == "/bomb") {
    static const std::string bomb = gzip(std::string(64u << 20, '0'));
    peer.answer(200, bomb, "Content-Encoding: gzip\r\n");
  } else if (target == "/claims-much") {
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx");
    while (!peer.stopping() && peer.write(std::string(1000, 'x')))
      std::this_thread::sleep_for(milliseconds(1));
    peer.cut();
  } else if (target == "/endless") {
    peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (!peer.stopping() && peer.write("400\r\n" + std::string(0x400, 'x') + "\r\n")) {
    }
    peer.cut();
  } else if (target == "/big-headers") {
    std::string headers;
    for (int i = 0; i < 100; ++i)
      headers += "X-" + std::to_string(i) + ": " + std::string(1000, 'x') + "\r\n";
    peer.answer(200, text, headers);
  } else if (target == "/many-headers") {
    std::string headers;
    for (int i = 0; i < 300; ++i) headers += "X-" + std::to_string(i) + ": x\r\n";
    peer.answer(200, text, headers);
  } else if (target == "/early-hints") {
    peer.write("HTTP/1.1 103 Early Hints\r\nX-Early: yes\r\n\r\n");
    peer.answer(200, text, "X-Late: yes\r\n");
  } else if (target == "/redirect") {
    peer.answer(302, "", "Location: https://api.sendpulse.com/ok\r\nSet-Cookie: a=b\r\n");
  } else {
    peer.answer(200, request.body);
  }
}

// A port of this machine that takes no connection: as many wait for `accept` as may.
class FullBacklog {
 public:
  FullBacklog() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    // The casts are the socket interface's.
    auto *generic = reinterpret_cast<sockaddr *>(&address);
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 0) != 0 ||
        ::getsockname(listener_, generic, &size) != 0)
      throw std::runtime_error("no port to listen at");
    port_ = ntohs(address.sin_port);
    constexpr int many = 64;
    bool taken = true;
    for (int i = 0; i < many && taken; ++i) {
      const int waiting = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      waiting_.push_back(waiting);
      (void)::connect(waiting, generic, size);
      pollfd made{.fd = waiting, .events = POLLOUT, .revents = 0};
      taken = ::poll(&made, 1, 200) > 0;
    }
    if (taken) throw std::runtime_error("the port takes any number of connections");
  }
  ~FullBacklog() {
    for (const int each : waiting_) ::close(each);
    ::close(listener_);
  }
  FullBacklog(const FullBacklog &) = delete;
  FullBacklog &operator=(const FullBacklog &) = delete;

  int port() const { return port_; }

 private:
  int listener_ = -1;
  int port_ = 0;
  std::vector<int> waiting_;
};

struct TransportTest : testing::Test {
  TestServer server{answer};
  Transport transport{options()};
  Loop loop{transport};

  TransportOptions options() const {
    TransportOptions options;
    options.ca_file = TestServer::ca_file();
    options.connect_to = {server.connect_to()};
    options.user_agent = "unit-test/1";
    return options;
  }

  static HttpRequest get(const std::string &path) {
    HttpRequest request;
    request.method = "GET";
    request.url = "https://api.sendpulse.com" + path;
    request.repeatable = true;
    return request;
  }

  static Task<HttpOutcome> perform(Transport &on, const HttpRequest &request) {
    co_return co_await on.perform(request);
  }
  static Task<void> perform_and_drop(Transport &on, const HttpRequest &request) {
    (void)co_await on.perform(request);
  }
  HttpOutcome perform(const HttpRequest &request) {
    return loop.run_until_complete(perform(transport, request));
  }
  static HttpOutcome perform_on(TransportOptions options, const HttpRequest &request) {
    Transport other(std::move(options));
    Loop its_loop(other);
    return its_loop.run_until_complete(perform(other, request));
  }
};

std::string header(const HttpOutcome &outcome, std::string_view name) {
  for (const HttpHeader &each : outcome.response.headers)
    if (each.name == name) return each.value;
  return "(none)";
}

std::span<const std::uint8_t> bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t *>(text.data()), text.size()};
}

// ---- what is sent and what comes back

TEST_F(TransportTest, BringsAnswersOverOneConnection) {
  for (int i = 0; i < 3; ++i) {
    const HttpOutcome outcome = perform(get("/ok"));
    ASSERT_TRUE(outcome.responded) << outcome.failure.detail;
    EXPECT_EQ(outcome.response.status, 200);
    EXPECT_EQ(outcome.response.body, "{\"rows\":[1,2,3]}");
    EXPECT_EQ(header(outcome, "content-type"), "application/json");
    EXPECT_EQ(header(outcome, "x-mixed-case"), "spaced");
    EXPECT_EQ(header(outcome, "x-empty"), "");
  }
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(transport.in_flight(), 0U);
}

TEST_F(TransportTest, SendsExactlyWhatItIsGiven) {
  HttpRequest request = get("/echo/a%2Fb?x=1&y=%20");
  request.headers = {{"Accept", "application/json"}, {"X-Empty", ""}, {"x-lower", "a: b; c"}};
  request.credential = {HttpCredential::Place::header, "Authorization", "Bearer secret"};
  ASSERT_TRUE(perform(request).responded);
  const SeenRequest seen = server.requests().at(0);
  EXPECT_EQ(seen.method, "GET");
  EXPECT_EQ(seen.target, "/echo/a%2Fb?x=1&y=%20");
  EXPECT_EQ(seen.header("host"), "api.sendpulse.com");
  EXPECT_EQ(seen.header("accept"), "application/json");
  EXPECT_TRUE(seen.has_header("x-empty"));
  EXPECT_EQ(seen.header("x-lower"), "a: b; c");
  EXPECT_EQ(seen.header("authorization"), "Bearer secret");
  EXPECT_EQ(seen.headers.back().first, "authorization");
  EXPECT_EQ(seen.header("user-agent"), "unit-test/1");
  EXPECT_EQ(seen.header("accept-encoding"), "gzip, deflate");
  EXPECT_FALSE(seen.has_header("content-type"));
}

TEST_F(TransportTest, ForgetsTheLastRequestWhenAHandleIsUsedAgain) {
  HttpRequest first = get("/echo");
  first.headers = {{"X-First", "1"}};
  first.credential = {HttpCredential::Place::header, "Authorization", "Bearer first"};
  perform(first);
  perform(get("/echo"));
  const SeenRequest seen = server.requests().at(1);
  EXPECT_FALSE(seen.has_header("x-first"));
  EXPECT_FALSE(seen.has_header("authorization"));
}

TEST_F(TransportTest, PutsACredentialIntoTheQueryBehindWhatIsThere) {
  using Place = HttpCredential::Place;
  HttpRequest request = get("/echo/a%2Fb?x=1");
  request.credential = {Place::query, "api_key", "k%261"};
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(perform(request).responded);
    EXPECT_EQ(server.requests().back().target, "/echo/a%2Fb?x=1&api_key=k%261");
    EXPECT_FALSE(server.requests().back().has_header("authorization"));
  }
  request.url = get("/echo").url;
  perform(request);
  EXPECT_EQ(server.requests().back().target, "/echo?api_key=k%261");
  request.credential.value = "k2";
  perform(request);
  EXPECT_EQ(server.requests().back().target, "/echo?api_key=k2");
  request.credential = {Place::header, "X-Api-Key", "Key k3"};
  perform(request);
  EXPECT_EQ(server.requests().back().target, "/echo") << "no key of the last request";
  EXPECT_EQ(server.requests().back().header("x-api-key"), "Key k3");
}

TEST_F(TransportTest, GoesFromUrlToUrlWithOneHandle) {
  for (const std::string_view target :
       {"/echo/one?x=1", "/echo/one?x=1", "/echo/a/../b", "/echo"}) {
    perform(get(std::string(target)));
    EXPECT_EQ(server.requests().back().target, target);
  }
  for (const std::string_view wrong : {":99999/echo", ":x/echo"}) {
    HttpRequest request = get("/echo");
    request.url = "https://api.sendpulse.com" + std::string(wrong);
    const HttpOutcome outcome = perform(request);
    EXPECT_FALSE(outcome.responded);
    EXPECT_EQ(outcome.failure.kind, NoResponse::denied) << wrong;
    EXPECT_TRUE(perform(get("/echo")).responded);
    EXPECT_EQ(server.requests().back().target, "/echo");
  }
}

TEST_F(TransportTest, SendsEveryMethodAfterEveryOther) {
  struct Shape {
    const char *method;
    const char *body;
  };
  const std::vector<Shape> shapes{{"GET", ""},        {"HEAD", ""},   {"POST", "{\"a\":1}"},
                                  {"POST", ""},       {"PUT", "put"}, {"PUT", ""},
                                  {"PATCH", "patch"}, {"DELETE", ""}, {"DELETE", "[1]"},
                                  {"GET", "body"},    {"OPTIONS", ""}};
  std::vector<Shape> sent;
  for (const Shape &one : shapes) {
    for (const Shape &other : shapes) {
      for (const Shape &shape : {one, other}) {
        HttpRequest request = get("/echo");
        request.method = shape.method;
        request.body = bytes(shape.body);
        const HttpOutcome outcome = perform(request);
        ASSERT_TRUE(outcome.responded) << shape.method << ": " << outcome.failure.detail;
        EXPECT_EQ(outcome.response.body, shape.body);
        sent.push_back(shape);
      }
    }
  }
  const auto seen = server.requests();
  ASSERT_EQ(seen.size(), sent.size());
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i].method, sent[i].method);
    EXPECT_EQ(seen[i].body, sent[i].body);
    EXPECT_FALSE(seen[i].has_header("content-type"));
    EXPECT_FALSE(seen[i].has_header("transfer-encoding"));
  }
}

TEST_F(TransportTest, SendsALargeBodyWithItsTypeAndWithoutAsking) {
  const std::string body(3u << 20, 'b');
  HttpRequest request = get("/echo");
  request.method = "POST";
  request.headers = {{"content-TYPE", "application/json"}};
  request.body = bytes(body);
  for (const bool repeatable : {true, false}) {
    request.repeatable = repeatable;
    const HttpOutcome outcome = perform(request);
    ASSERT_TRUE(outcome.responded) << outcome.failure.detail;
    EXPECT_EQ(outcome.response.body, body);
    const SeenRequest seen = server.requests().back();
    EXPECT_EQ(seen.header("content-type"), "application/json");
    EXPECT_FALSE(seen.has_header("expect"));
  }
}

TEST_F(TransportTest, HasNoBodyWhereHttpHasNone) {
  HttpRequest request = get("/head");
  request.method = "HEAD";
  HttpOutcome outcome = perform(request);
  ASSERT_TRUE(outcome.responded) << outcome.failure.detail;
  EXPECT_EQ(header(outcome, "content-length"), "1000");
  EXPECT_TRUE(outcome.response.body.empty());
  outcome = perform(get("/no-content"));
  ASSERT_TRUE(outcome.responded) << outcome.failure.detail;
  EXPECT_EQ(outcome.response.status, 204);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(TransportTest, GivesTheHeadersOfTheFinalResponseOnly) {
  const HttpOutcome outcome = perform(get("/early-hints"));
  ASSERT_TRUE(outcome.responded);
  EXPECT_EQ(outcome.response.status, 200);
  EXPECT_EQ(header(outcome, "x-early"), "(none)");
  EXPECT_EQ(header(outcome, "x-late"), "yes");
}

TEST_F(TransportTest, FollowsNoRedirectAndKeepsNoCookie) {
  const HttpOutcome outcome = perform(get("/redirect"));
  ASSERT_TRUE(outcome.responded);
  EXPECT_EQ(outcome.response.status, 302);
  perform(get("/echo"));
  EXPECT_EQ(server.count("GET", "/ok"), 0);
  EXPECT_FALSE(server.requests().at(1).has_header("cookie"));
}

// Variables of the environment while it lives.
class Variables {
 public:
  Variables(std::initializer_list<const char *> names, const char *value) : names_(names) {
    for (const char *name : names_) setenv(name, value, 1);
  }
  ~Variables() {
    for (const char *name : names_) unsetenv(name);
  }
  Variables(const Variables &) = delete;
  Variables &operator=(const Variables &) = delete;

 private:
  std::vector<const char *> names_;
};

constexpr const char *nobody_listens = "http://127.0.0.1:1";

TEST_F(TransportTest, IgnoresTheEnvironmentsProxy) {
  const Variables theirs({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}, nobody_listens);
  const HttpOutcome direct = perform_on(options(), get("/ok"));
  EXPECT_TRUE(direct.responded) << direct.failure.detail;
}

TEST_F(TransportTest, TheEnvironmentCannotLeadAroundTheProxy) {
  const Variables theirs({"no_proxy", "NO_PROXY"}, "*");
  TransportOptions asked = options();
  asked.proxy.url = nobody_listens;
  const HttpOutcome proxied = perform_on(asked, get("/ok"));
  EXPECT_FALSE(proxied.responded);
  EXPECT_EQ(proxied.failure.kind, NoResponse::connect);
}

TEST_F(TransportTest, ReachesTheNamedHostsWithoutTheProxy) {
  TransportOptions asked = options();
  asked.proxy.url = nobody_listens;
  const std::string url = get("/ok").url;
  const std::string host = url.substr(8, url.find('/', 8) - 8);
  asked.proxy.direct += "," + host.substr(0, host.find(':'));
  const HttpOutcome direct = perform_on(asked, get("/ok"));
  EXPECT_TRUE(direct.responded) << direct.failure.detail;
}

TEST_F(TransportTest, CarriesManyAtOnceOverFewConnections) {
  TransportOptions few = options();
  few.max_connections = 3;
  Transport other(few);
  Loop its_loop(other);
  int good = 0;
  for (int i = 0; i < 100; ++i) {
    its_loop.spawn([](Transport &on, int &count) -> Task<void> {
      const HttpRequest request = get("/ok");
      const HttpOutcome outcome = co_await on.perform(request);
      if (outcome.responded) ++count;
    }(other, good));
  }
  its_loop.run_until_idle();
  EXPECT_EQ(good, 100);
  EXPECT_LE(server.connections(), 3);
}

TEST_F(TransportTest, DecodesCompressedAnswers) {
  for (int i = 0; i < 2; ++i) {
    const HttpOutcome outcome = perform(get("/gzip"));
    ASSERT_TRUE(outcome.responded) << outcome.failure.detail;
    EXPECT_EQ(outcome.response.body, "{\"rows\":[1,2,3]}");
  }
  EXPECT_EQ(perform(get("/ok")).response.body, "{\"rows\":[1,2,3]}");
}

TEST_F(TransportTest, DoesNotTrustABodyThatEndsWithItsConnection) {
  for (const char *target : {"/until-close", "/until-cut"}) {
    HttpRequest request = get(target);
    EXPECT_EQ(perform(request).failure.kind, NoResponse::reset) << target;
    request.accept_unframed_answer = true;
    const HttpOutcome outcome = perform(request);
    ASSERT_TRUE(outcome.responded) << outcome.failure.detail;
    EXPECT_EQ(outcome.response.body, "{\"rows\":[1,2,3]}");
  }
  // A compressed one shows its own end.
  EXPECT_EQ(perform(get("/gzip-until-close")).response.body, "{\"rows\":[1,2,3]}");
}

// ---- requests that are not made

TEST_F(TransportTest, RefusesWhatCannotGoOnTheWireAsItIs) {
  using Place = HttpCredential::Place;
  std::vector<HttpRequest> requests(17, get("/ok"));
  requests[0].headers = {{"X-Bad", "a\r\nX-Injected: b"}};
  requests[1].headers = {{"X-Bad", "a\nb"}};
  requests[2].headers = {{"X-Bad\r\nX-Injected", "b"}};
  requests[3].headers = {{"", "b"}};
  requests[4].headers = {{"X:Bad", "b"}};
  requests[5].headers = {{"X-Bad", std::string("a\0b", 3)}};
  requests[6].credential = {Place::header, "Authorization", "Bearer secret\r\nX-Injected: b"};
  requests[7].method = "GET /other";
  requests[8].method = "";
  requests[9].url = "https://api.sendpulse.com/a\r\nb";
  requests[10].url = "http://api.sendpulse.com/";
  requests[11].url = "file:///etc/passwd";
  requests[12].credential = {Place::header, "X-Key: a\r\nX-Injected", "secret"};
  requests[13].credential = {Place::header, "X-Key", ""};
  requests[14].credential = {Place::query, "key", "secret&other=1"};
  requests[15].credential = {Place::query, "key", "secret#fragment"};
  requests[16].credential = {Place::query, "a=b", "secret"};
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const HttpOutcome outcome = perform(requests[i]);
    EXPECT_FALSE(outcome.responded) << i;
    EXPECT_EQ(outcome.failure.kind, NoResponse::denied) << i;
    EXPECT_FALSE(outcome.failure.maybe_sent) << i;
    EXPECT_FALSE(outcome.failure.detail.empty()) << i;
    EXPECT_EQ(outcome.failure.detail.find("secret"), std::string::npos);
  }
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(TransportTest, SpeaksPlainHttpOnlyToLoopbackAndOnlyWhenAsked) {
  const TestServer plain(answer, TestServer::Security::none);
  HttpRequest request = get("");
  request.url = "http://127.0.0.1:" + std::to_string(plain.port()) + "/ok";
  EXPECT_EQ(perform(request).failure.kind, NoResponse::denied);
  TransportOptions asked = options();
  asked.http_to_loopback = true;
  EXPECT_TRUE(perform_on(asked, request).responded);
  request.url = "http://127.0.0.1.evil.example/ok";
  EXPECT_EQ(perform_on(asked, request).failure.kind, NoResponse::denied);
  request.url = "http://127.0.0.1:80@evil.example/ok";
  EXPECT_EQ(perform_on(asked, request).failure.kind, NoResponse::denied);
}

// ---- failures

TEST_F(TransportTest, SaysTrulyThatNothingWasSent) {
  const auto expect_not_sent = [](const HttpOutcome &outcome, NoResponse kind) {
    EXPECT_FALSE(outcome.responded);
    EXPECT_EQ(outcome.failure.kind, kind);
    EXPECT_FALSE(outcome.failure.maybe_sent);
    EXPECT_FALSE(outcome.failure.detail.empty());
  };
  for (const bool repeatable : {true, false}) {
    HttpRequest request = get("/ok");
    request.repeatable = repeatable;

    TransportOptions closed_port = options();
    closed_port.connect_to = {"api.sendpulse.com:443:127.0.0.1:1"};
    expect_not_sent(perform_on(closed_port, request), NoResponse::connect);

    TransportOptions nameless = options();
    nameless.connect_to = {"api.sendpulse.com:443:no-such-host.invalid:443"};
    expect_not_sent(perform_on(nameless, request), NoResponse::dns);

    TransportOptions trusting_others = options();
    trusting_others.ca_file.clear();
    expect_not_sent(perform_on(trusting_others, request), NoResponse::tls);

    TransportOptions no_authorities = options();
    no_authorities.ca_file = "/no/such/file";
    expect_not_sent(perform_on(no_authorities, request), NoResponse::tls);

    TransportOptions misnamed = options();
    misnamed.connect_to = {server.connect_to("other.example")};
    HttpRequest to_other = request;
    to_other.url = "https://other.example/ok";
    expect_not_sent(perform_on(misnamed, to_other), NoResponse::tls);

    const TestServer stalled(answer, TestServer::Security::stalled_handshake);
    TransportOptions to_stalled = options();
    to_stalled.connect_to = {stalled.connect_to()};
    request.connect_timeout = milliseconds(100);
    expect_not_sent(perform_on(to_stalled, request), NoResponse::timeout);
    request.connect_timeout = milliseconds(10'000);
    request.timeout = milliseconds(100);
    expect_not_sent(perform_on(to_stalled, request), NoResponse::timeout);
  }
  EXPECT_TRUE(server.requests().empty());
}

// What is told is an order, not a span: the patient request was first, and is still waiting.
TEST_F(TransportTest, ARequestWaitsForAConnectionAsLongAsItSaysItself) {
  const FullBacklog full;
  const TestServer stalled(answer, TestServer::Security::stalled_handshake);
  for (const std::string &to :
       {"api.sendpulse.com:443:127.0.0.1:" + std::to_string(full.port()), stalled.connect_to()}) {
    TransportOptions silent = options();
    silent.connect_to = {to};
    Transport other(silent);
    Loop its_loop(other);
    HttpRequest patient = get("/ok");
    patient.repeatable = false;  // for a connection of its own
    patient.connect_timeout = std::chrono::minutes(1);
    patient.timeout = std::chrono::minutes(2);
    HttpRequest hasty = patient;
    hasty.connect_timeout = milliseconds(100);
    its_loop.spawn(perform_and_drop(other, patient));
    const HttpOutcome outcome = its_loop.run_until_complete(perform(other, hasty));
    EXPECT_EQ(outcome.failure.kind, NoResponse::timeout);
    EXPECT_FALSE(outcome.failure.maybe_sent);
    EXPECT_EQ(other.in_flight(), 1U) << to;
    its_loop.destroy_tasks();
  }
}

TEST_F(TransportTest, NeverPassesABrokenAnswerAsGood) {
  struct Case {
    const char *target;
    NoResponse kind;
  };
  const std::vector<Case> cases{
      {"/short", NoResponse::reset},           {"/short-chunked", NoResponse::reset},
      {"/half-head", NoResponse::reset},       {"/close-before-answer", NoResponse::reset},
      {"/gzip-cut", NoResponse::reset},        {"/hints-only", NoResponse::reset},
      {"/gzip-lie", NoResponse::other},        {"/gzip-twice", NoResponse::other},
      {"/brotli", NoResponse::other},          {"/bomb", NoResponse::too_large},
      {"/claims-much", NoResponse::too_large}, {"/endless", NoResponse::too_large},
      {"/big-headers", NoResponse::too_large}, {"/many-headers", NoResponse::too_large},
      {"/not-http", NoResponse::other}};
  for (const Case &each : cases) {
    for (const bool repeatable : {true, false}) {
      HttpRequest request = get(each.target);
      request.repeatable = repeatable;
      request.max_response_bytes = 1'000'000;
      const HttpOutcome outcome = perform(request);
      EXPECT_FALSE(outcome.responded) << each.target;
      EXPECT_EQ(outcome.failure.kind, each.kind) << each.target << ": " << outcome.failure.detail;
      EXPECT_TRUE(outcome.failure.maybe_sent) << each.target;
      EXPECT_TRUE(outcome.response.body.empty());
      EXPECT_TRUE(outcome.response.headers.empty());
    }
    ASSERT_TRUE(perform(get("/ok")).responded) << "after " << each.target;
  }
}

TEST_F(TransportTest, TheLimitCountsDecodedBytes) {
  HttpRequest request = get("/ok");
  request.max_response_bytes = 16;
  EXPECT_TRUE(perform(request).responded);
  request.max_response_bytes = 15;
  EXPECT_EQ(perform(request).failure.kind, NoResponse::too_large);
  request.url = get("/gzip").url;
  request.max_response_bytes = 16;  // the compressed bytes are more
  EXPECT_TRUE(perform(request).responded);
  request.max_response_bytes = 15;
  EXPECT_EQ(perform(request).failure.kind, NoResponse::too_large);
}

TEST_F(TransportTest, TheTotalTimeoutEndsSilenceAndDripsWhileOthersGoOn) {
  int good = 0;
  for (int i = 0; i < 3; ++i) {
    loop.spawn([](Transport &on, int &count) -> Task<void> {
      const HttpRequest request = get("/ok");
      if ((co_await on.perform(request)).responded) ++count;
    }(transport, good));
  }
  for (const char *target : {"/silence", "/drip"}) {
    HttpRequest request = get(target);
    request.timeout = milliseconds(150);
    const HttpOutcome outcome = perform(request);
    EXPECT_FALSE(outcome.responded);
    EXPECT_EQ(outcome.failure.kind, NoResponse::timeout);
    EXPECT_TRUE(outcome.failure.maybe_sent);
  }
  EXPECT_EQ(good, 3);
}

// libcurl itself sends a request again when a connection that it reuses dies
TEST_F(TransportTest, ARequestThatMayNotBeRepeatedIsSentOnce) {
  ASSERT_TRUE(perform(get("/ok")).responded);  // a connection that could be reused
  HttpRequest post = get("/close-before-answer");
  post.method = "POST";
  post.body = bytes("{\"create\":true}");
  post.repeatable = false;
  const HttpOutcome outcome = perform(post);
  EXPECT_FALSE(outcome.responded);
  EXPECT_EQ(outcome.failure.kind, NoResponse::reset);
  EXPECT_TRUE(outcome.failure.maybe_sent);
  EXPECT_EQ(server.count("POST", "/close-before-answer"), 1);
  EXPECT_EQ(server.connections(), 2);

  // Nor is its connection used again, and the first one still is.
  post.url = get("/echo").url;
  ASSERT_TRUE(perform(post).responded);
  ASSERT_TRUE(perform(get("/ok")).responded);
  EXPECT_EQ(server.connections(), 3);
  EXPECT_EQ(server.requests().back().connection, 1);
}

// What the test above guards against: if this fails, libcurl has changed, and it may be simplified.
TEST_F(TransportTest, ARepeatableRequestIsSentAgainByLibcurl) {
  ASSERT_TRUE(perform(get("/ok")).responded);
  HttpRequest post = get("/close-before-answer");
  post.method = "POST";
  post.body = bytes("{}");
  EXPECT_FALSE(perform(post).responded);
  EXPECT_EQ(server.count("POST", "/close-before-answer"), 2);
}

// ---- cancellation

// A coroutine without an owner, so that a test can destroy it at any point.
struct Bare {
  struct promise_type {
    Bare get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  std::coroutine_handle<promise_type> handle;
};

TEST_F(TransportTest, AResumedTaskMayDestroyAllTheOthersAtOnce) {
  // The others are on their way, or finished in the same poll and not resumed yet.
  for (int round = 0; round < 100; ++round) {
    std::vector<Bare> all;
    std::vector<std::size_t> resumed;
    const HttpRequest request = get("/ok");
    const auto fetch = [](Transport &on, const HttpRequest &what, std::vector<Bare> &others,
                          std::vector<std::size_t> &done, std::size_t self) -> Bare {
      co_await on.perform(what);
      done.push_back(self);
      for (std::size_t i = 0; i < others.size(); ++i)
        if (i != self) others[i].handle.destroy();
    };
    for (std::size_t i = 0; i < 8; ++i) all.push_back(fetch(transport, request, all, resumed, i));
    while (resumed.empty()) transport.poll(milliseconds(1'000));
    ASSERT_EQ(resumed.size(), 1U);
    EXPECT_EQ(transport.in_flight(), 0U);
    all[resumed[0]].handle.destroy();
  }
}

TEST_F(TransportTest, MayDieBeforeThoseWhoWaitForIt) {
  auto mortal = std::make_unique<Transport>(options());
  const HttpRequest request = get("/silence");
  const Bare waiting = [](Transport &on, const HttpRequest &what) -> Bare {
    co_await on.perform(what);
  }(*mortal, request);
  mortal->poll(milliseconds(1));
  EXPECT_EQ(mortal->in_flight(), 1U);
  mortal.reset();
  waiting.handle.destroy();
}

TEST_F(TransportTest, CancellationAtAnyMomentLeavesNothingBehind) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  const std::vector<std::string> targets{"/ok",    "/gzip",    "/drip", "/close-before-answer",
                                         "/short", "/endless", "/ok",   "/bomb"};
  TransportOptions own = options();
  own.max_connections = 8;
  Transport other(own);
  Loop its_loop(other);
  const auto fetch = [](Transport &on, HttpRequest request) -> Task<void> {
    const std::string body = "{}";
    if (request.method == "POST") request.body = bytes(body);
    for (int i = 0; i < 3; ++i) co_await on.perform(request);
  };
  std::vector<std::uint64_t> ids;
  for (int round = 0; round < 2'000; ++round) {
    HttpRequest request = get(targets[random() % targets.size()]);
    request.max_response_bytes = 100'000;
    request.timeout = milliseconds(1 + random() % 50);
    // A connection of its own for each is slow; a few of them will do.
    if (random() % 16 == 0) {
      request.method = "POST";
      request.repeatable = false;
    }
    ids.push_back(its_loop.spawn(fetch(other, request)));
    const auto turns = random() % 3;
    for (unsigned i = 0; i < turns; ++i)
      its_loop.run_until_complete([](Loop &on, unsigned long us) -> Task<void> {
        co_await on.sleep_for(std::chrono::microseconds(us));
      }(its_loop, random() % 400));
    its_loop.cancel(ids[random() % ids.size()]);
    while (its_loop.tasks() > 32) {
      its_loop.cancel(ids.front());
      ids.erase(ids.begin());
      its_loop.run_until_complete([](Loop &on) -> Task<void> { co_await on.yield(); }(its_loop));
    }
  }
  its_loop.destroy_tasks();
  EXPECT_EQ(other.in_flight(), 0U);
  EXPECT_TRUE(perform(get("/ok")).responded);
}

TEST_F(TransportTest, AWakeEndsAPollFromAnotherThread) {
  for (int i = 0; i < 50; ++i) {
    const std::jthread waker([this] { transport.wake(); });
    transport.poll(std::chrono::minutes(30));  // returns, or the test hangs
  }
}

}  // namespace
}  // namespace host
