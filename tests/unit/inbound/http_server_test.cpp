#include "inbound/http_server.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <future>
#include <iostream>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "raw_client.hpp"

namespace host::inbound {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using test::RawClient;

constexpr Deadlines long_ones{minutes{10}, minutes{10}, minutes{10}};

HttpLimits patient() {
  HttpLimits limits;
  limits.body_bytes = 100;
  limits.session = long_ones;
  limits.anonymous = long_ones;
  return limits;
}

// Answers with what was asked; a request with the field "Key" has a session.
class InboundServer : public testing::Test {
 protected:
  void start(const HttpLimits &limits = patient()) {
    server_ = std::make_unique<HttpServer>(
        HttpServer::Handlers{
            .gate = [this](const IncomingRequest &request) { return gate(request); },
            .answer = [this](const IncomingRequest &request) { return answer(request); },
            .refusal = [](int status) -> std::optional<HttpAnswer> {
              return HttpAnswer{.status = status, .type = "text/plain", .body = "no"};
            }},
        limits);
    port_ = server_->bind("127.0.0.1", 0, HttpServer::Rebind::refused);
    server_->start();
  }
  RawClient client() const { return RawClient(port_); }
  std::string answer_to(std::string_view bytes) const {
    RawClient one(port_);
    one.send(bytes);
    return one.rest();
  }

  static HttpServer::Verdict gate(const IncomingRequest &request) {
    if (request.path == "/gate-throws") throw std::runtime_error("gate");
    if (request.path == "/refused")
      return {.ends_with = HttpAnswer{.status = 403, .type = "text/plain", .body = "refused"}};
    return {.ends_with = std::nullopt, .has_session = !request.header("key").empty()};
  }
  HttpAnswer answer(const IncomingRequest &request) {
    ++answered_;
    if (request.path == "/throws") throw std::runtime_error("answer");
    if (request.path == "/split") return {.status = 200, .headers = {{"X", "a\r\nSet-Cookie: b"}}};
    if (request.path == "/empty") return {.status = 204};
    if (request.path == "/unchanged") return {.status = 304, .headers = {{"ETag", "\"1\""}}};
    if (request.path == "/waits") {
      begun_.set_value();
      go_on_.get_future().wait();
    }
    if (request.path == "/stream")
      return {.type = "text/event-stream",
              .stream = [this, held = token_, left = 3](const HttpAnswer::Write &write) mutable {
                if (!endless_) write("part " + std::to_string(left) + "\n");
                if (endless_) std::this_thread::sleep_for(milliseconds{1});
                return endless_ || --left > 0;
              }};
    if (request.path == "/large") return {.type = "text/plain", .body = std::string(3u << 20, 'l')};
    return {.type = "text/plain",
            .body = request.method + ' ' + request.target + ' ' + request.body};
  }

  std::atomic<int> answered_ = 0;
  std::shared_ptr<int> token_ = std::make_shared<int>();  // held by streams under way
  std::atomic<bool> endless_ = false;
  std::promise<void> begun_;
  std::promise<void> go_on_;
  std::uint16_t port_ = 0;
  std::unique_ptr<HttpServer> server_;
};

std::string get(std::string_view target, std::string_view fields = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n" + std::string(fields) + "\r\n";
}
const std::string last = "Connection: close\r\n";
const std::string with_key = "Key: 1\r\n";

TEST_F(InboundServer, AnswersRequestAfterRequestOnOneConnection) {
  start();
  RawClient one = client();
  for (int i = 0; i < 3; ++i) {
    one.send(get("/a?b=" + std::to_string(i)));
    const std::string answer = one.answer();
    EXPECT_EQ(RawClient::status(answer), 200);
    EXPECT_EQ(RawClient::body(answer), "GET /a?b=" + std::to_string(i) + ' ');
    EXPECT_NE(RawClient::field(answer, "Keep-Alive"), "");
    EXPECT_NE(RawClient::field(answer, "Date"), "");
    EXPECT_EQ(RawClient::field(answer, "Server"), "");
  }
  one.send(get("/a", last));
  EXPECT_EQ(RawClient::field(one.rest(), "Connection"), "close");
}

TEST_F(InboundServer, AnswersRequestsThatComeTogetherInTheirOrder) {
  start();
  const std::string text = answer_to(get("/1") + get("/2") + get("/3", last));
  const std::size_t second = text.find("GET /2 ");
  EXPECT_LT(text.find("GET /1 "), second);
  EXPECT_LT(second, text.find("GET /3 "));
}

TEST_F(InboundServer, ABodyIsReadHoweverItArrives) {
  start();
  const std::string post = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nwhole";
  RawClient one = client();
  for (const char c : post) one.send(std::string_view(&c, 1));
  EXPECT_EQ(RawClient::body(one.answer()), "POST / whole");
  one.send(post + post);
  EXPECT_EQ(RawClient::body(one.answer()), "POST / whole");
  EXPECT_EQ(RawClient::body(one.answer()), "POST / whole");
  one.send("POST / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(RawClient::body(one.answer()), "POST / ") << "no length is length zero";
}

TEST_F(InboundServer, AClientThatAsksWhetherToSendItsBodyIsTold) {
  start();
  RawClient one = client();
  one.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(one.up_to("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  one.send("ab");
  EXPECT_EQ(RawClient::body(one.answer()), "POST / ab");
  one.send(
      "POST /refused HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_TRUE(one.rest().starts_with("HTTP/1.1 403 ")) << "and not to continue";
}

TEST_F(InboundServer, WhatFollowsABodyThatWasNotReadIsNoRequest) {
  start();
  const std::string inner = get("/inner");
  const auto post = [&](std::string_view path, std::size_t size) {
    return "POST " + std::string(path) +
           " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" + inner;
  };
  EXPECT_EQ(answer_to(post("/refused", inner.size())).find("HTTP/1.1", 1), std::string::npos);
  const std::string large = answer_to(post("/", 101));
  EXPECT_TRUE(large.starts_with("HTTP/1.1 413 ")) << large;
  EXPECT_EQ(large.find("HTTP/1.1", 1), std::string::npos);
  EXPECT_EQ(answered_, 0);
}

TEST_F(InboundServer, WhatIsNoRequestIsRefusedOnceAndEndsTheConnection) {
  start();
  const std::vector<std::pair<int, std::string>> attacks{
      {400, get("/", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n"},
      {400, get("/", "Content-Length: 3\r\nContent-Length: 3\r\n") + "abc"},
      {400, get("/", "A: b\r\n c\r\n")},
      {400, "GET / HTTP/1.1\nHost: x\n\n"},
      {400, get("http://x/")},
      {411, get("/", "Transfer-Encoding: chunked\r\n") + "zz\r\nabc\r\n0\r\n\r\n"},
      {411, get("/", "Transfer-Encoding: chunked\r\n") + "3\r\nabc\r\n0\r\n\r\n"},
      {414, get("/" + std::string(3000, 'x'))},
      {431, get("/", "A: " + std::string(70'000, 'x') + "\r\n")},
      {501, get("/", "Transfer-Encoding: gzip, chunked\r\n")},
      {500, get("/gate-throws")}};
  for (const auto &[status, bytes] : attacks) {
    const std::string text = answer_to(bytes + get("/next"));
    EXPECT_EQ(RawClient::status(text), status) << bytes.substr(0, 80);
    EXPECT_EQ(text.find("HTTP/1.1 ", 1), std::string::npos) << bytes.substr(0, 80);
    EXPECT_EQ(RawClient::field(text, "Connection"), "close");
  }
  EXPECT_EQ(answered_, 0);
}

TEST_F(InboundServer, NoBodyWhereThereIsNone) {
  start();
  RawClient one = client();
  one.send("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n" + get("/empty") + get("/unchanged") +
           get("/end", last));
  const std::string text = one.rest();
  EXPECT_EQ(RawClient::field(text, "Content-Length"), "8") << "as GET would have";
  EXPECT_EQ(text.find("HEAD /a"), std::string::npos);
  const std::string empty = text.substr(text.find("HTTP/1.1 204 "));
  EXPECT_EQ(RawClient::field(empty, "Content-Length"), "");
  const std::string unchanged = text.substr(text.find("HTTP/1.1 304 "));
  EXPECT_EQ(RawClient::field(unchanged, "ETag"), "\"1\"");
  EXPECT_EQ(RawClient::field(unchanged, "Content-Length"), "");
  EXPECT_NE(text.find("GET /end"), std::string::npos);
}

TEST_F(InboundServer, AHandlerThatThrowsIsAnAnswer500AndNoHeaderIsSplit) {
  start();
  RawClient one = client();
  one.send(get("/throws"));
  EXPECT_EQ(RawClient::status(one.answer()), 500);
  one.send(get("/split"));
  const std::string split = one.rest();
  EXPECT_EQ(RawClient::status(split), 500);
  EXPECT_EQ(split.find("Set-Cookie"), std::string::npos);
}

TEST_F(InboundServer, AHandlerThatWaitsHoldsUpNobody) {
  start();
  RawClient slow = client();
  slow.send(get("/waits", last));
  begun_.get_future().wait();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(RawClient::status(answer_to(get("/", last))), 200);
  go_on_.set_value();
  EXPECT_EQ(RawClient::status(slow.rest()), 200);
}

TEST_F(InboundServer, AStreamGoesOutPartByPart) {
  start();
  const std::string text = answer_to(get("/stream"));
  EXPECT_EQ(RawClient::field(text, "Transfer-Encoding"), "chunked");
  EXPECT_EQ(RawClient::body(text), "7\r\npart 3\n\r\n7\r\npart 2\n\r\n7\r\npart 1\n\r\n0\r\n\r\n");
  const std::string old = answer_to("GET /stream HTTP/1.0\r\n\r\n");
  EXPECT_EQ(RawClient::body(old), "part 3\npart 2\npart 1\n") << "HTTP/1.0 knows no chunks";
}

TEST_F(InboundServer, AStreamEndsWhenItsClientLeaves) {
  endless_ = true;
  start();
  {
    RawClient one = client();
    one.send(get("/stream"));
    EXPECT_TRUE(one.up_to("\r\n\r\n").starts_with("HTTP/1.1 200 "));
  }
  while (token_.use_count() > 1) std::this_thread::sleep_for(milliseconds{1});
}

TEST_F(InboundServer, AnonymousConnectionsThatWaitMakeRoomForOneAnotherTheOldestFirst) {
  HttpLimits limits = patient();
  limits.connections = 8;
  limits.anonymous_connections = 4;
  start(limits);
  RawClient session = client();
  session.send(get("/", with_key));
  EXPECT_EQ(RawClient::status(session.answer()), 200);
  std::vector<RawClient> anonymous;
  for (int i = 0; i < 50; ++i) {
    anonymous.push_back(client());
    // Half of them begin a request.
    anonymous.back().send(i % 2 == 0 ? "GET / HTTP/1.1\r\n" : "");
  }
  session.send(get("/", with_key));
  EXPECT_EQ(RawClient::status(session.answer()), 200) << "the session's connection was kept";
  RawClient next = client();
  next.send(get("/", with_key));
  EXPECT_EQ(RawClient::status(next.answer()), 200) << "and another one is let in";
  for (std::size_t i = 0; i < 45; ++i) EXPECT_EQ(anonymous[i].rest(), "") << "closed: " << i;
  anonymous.back().send(get("/", last));
  EXPECT_EQ(RawClient::status(anonymous.back().rest()), 200) << "the newest are still there";
}

TEST_F(InboundServer, WhoTakesNoAnswerHoldsUpNobody) {
  HttpLimits limits = patient();
  limits.anonymous_connections = 4;
  start(limits);
  std::vector<RawClient> anonymous;
  for (int i = 0; i < 20; ++i) {
    anonymous.push_back(client());
    anonymous.back().send(get("/large"));
  }
  EXPECT_EQ(RawClient::status(answer_to(get("/", with_key + last))), 200);
}

TEST_F(InboundServer, WhatDoesNotArriveInTimeIsRefusedAndWhoSaysNothingIsLeft) {
  HttpLimits limits = patient();
  limits.anonymous = {milliseconds{50}, milliseconds{50}, milliseconds{50}};
  start(limits);
  EXPECT_EQ(answer_to(""), "");
  EXPECT_TRUE(answer_to("GET / HTTP/1.1\r\n").starts_with("HTTP/1.1 408 "));
  EXPECT_TRUE(answer_to("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
                  .starts_with("HTTP/1.1 408 "));
  RawClient session = client();
  session.send(get("/", with_key));
  EXPECT_EQ(RawClient::status(session.answer()), 200);
  EXPECT_EQ(answer_to(""), "") << "an anonymous client came and was left since";
  session.send(get("/", with_key));
  EXPECT_EQ(RawClient::status(session.answer()), 200) << "a session has longer";
}

TEST_F(InboundServer, AConnectionHasItsNumberOfRequests) {
  HttpLimits limits = patient();
  limits.requests_of_connection = 2;
  start(limits);
  const std::string text = answer_to(get("/1") + get("/2") + get("/3"));
  EXPECT_NE(text.find("GET /2"), std::string::npos);
  EXPECT_EQ(text.find("GET /3"), std::string::npos);
}

TEST_F(InboundServer, StoppingEndsWhatWaitsAndFinishesWhatIsUnderWay) {
  start();
  RawClient idle = client();
  RawClient begun = client();
  begun.send("GET / HTTP/1.1\r\n");
  RawClient kept = client();
  kept.send(get("/"));
  EXPECT_EQ(RawClient::status(kept.answer()), 200);
  RawClient waits = client();
  waits.send(get("/waits"));
  begun_.get_future().wait();
  auto stopped = std::async(std::launch::async, [this] { server_->stop(); });
  EXPECT_EQ(idle.rest(), "");
  EXPECT_EQ(begun.rest(), "");
  EXPECT_EQ(kept.rest(), "");
  go_on_.set_value();
  const std::string answer = waits.rest();
  EXPECT_EQ(RawClient::status(answer), 200);
  EXPECT_EQ(RawClient::field(answer, "Connection"), "close");
  stopped.get();
  EXPECT_FALSE(client().connected());
}

TEST_F(InboundServer, StoppingEndsStreams) {
  endless_ = true;
  start();
  RawClient one = client();
  one.send(get("/stream"));
  one.up_to("\r\n\r\n");
  server_->stop();
  EXPECT_EQ(one.rest(), "0\r\n\r\n") << "and says that it is the end";
}

TEST_F(InboundServer, APortThatIsTakenIsAnError) {
  start();
  HttpServer other(HttpServer::Handlers{});
  EXPECT_THROW(other.bind("127.0.0.1", port_, HttpServer::Rebind::again_at_once),
               std::system_error);
  EXPECT_THROW(other.bind("127.0.0.1", port_, HttpServer::Rebind::refused), std::system_error);
  EXPECT_THROW(other.bind("no address", 0, HttpServer::Rebind::refused), std::system_error);
}

// Whatever bytes come: an answer or none, the connection ends, and the server goes on.
TEST_F(InboundServer, RandomBytesEndInARefusalOrTheEnd) {
  const char *wanted = std::getenv("CONNECTOR_SEED");
  const unsigned seed = wanted != nullptr ? static_cast<unsigned>(std::strtoul(wanted, nullptr, 10))
                                          : std::random_device{}();
  std::cout << "CONNECTOR_SEED=" << seed << '\n';
  std::mt19937 random(seed);
  const auto below = [&random](std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
  };
  start();
  const std::string sound = "POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody";
  for (int round = 0; round < 300; ++round) {
    std::string bytes = round % 3 == 0 ? std::string() : sound + sound;
    for (std::size_t i = below(40); i > 0; --i)
      bytes.insert(below(bytes.size() + 1), 1, static_cast<char>(below(256)));
    RawClient one = client();
    for (std::string_view left = bytes; !left.empty();) {
      const std::size_t size = 1 + below(left.size());
      if (!one.send(left.substr(0, size))) break;
      left.remove_prefix(size);
    }
    one.send_no_more();
    std::string text = one.rest();
    while (!text.empty()) {
      ASSERT_TRUE(text.starts_with("HTTP/1.1 ")) << round << ": " << text;
      const int status = RawClient::status(text);
      const bool known = status == 200 || status == 400 || status == 411 || status == 413 ||
                         status == 414 || status == 417 || status == 501;
      ASSERT_TRUE(known) << round << ": " << status;
      const std::size_t next = text.find("HTTP/1.1 ", 1);
      text = next == std::string::npos ? "" : text.substr(next);
      ASSERT_TRUE(status == 200 || text.empty()) << round << ": a refusal is the last answer";
    }
  }
  EXPECT_EQ(RawClient::status(answer_to(get("/", last))), 200);
}

}  // namespace
}  // namespace host::inbound
