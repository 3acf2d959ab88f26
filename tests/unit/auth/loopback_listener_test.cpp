#include "auth/loopback_listener.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <string>

namespace host {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class LoopbackListenerTest : public testing::Test {
 protected:
  std::string origin() const {
    const std::string &uri = listener_->redirect_uri();
    return uri.substr(0, uri.rfind('/'));
  }
  httplib::Result get(const std::string &target, const httplib::Headers &headers = {}) const {
    httplib::Client client(origin());
    client.set_read_timeout(60);
    return client.Get(target, headers);
  }
  std::future<httplib::Result> browser(const std::string &target) const {
    return std::async(std::launch::async, [this, target] { return get(target); });
  }

  std::unique_ptr<LoopbackListener> listener_ = std::make_unique<LoopbackListener>();
};

TEST_F(LoopbackListenerTest, TakesOneRedirectAndShowsWhatBecameOfIt) {
  EXPECT_EQ(listener_->redirect_uri().rfind("http://127.0.0.1:", 0), 0u);
  auto waiting = browser("/callback?code=a%20b&state=s");
  EXPECT_EQ(listener_->wait(seconds{60}), "/callback?code=a%20b&state=s");
  EXPECT_EQ(get("/callback?code=second&state=s")->status, 410) << "exactly one";
  listener_->answer({200, "Signed in", "as <ivy>"});
  const auto shown = waiting.get();
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->status, 200);
  EXPECT_NE(shown->body.find("as &lt;ivy&gt;"), std::string::npos);
  EXPECT_EQ(shown->body.find("a b"), std::string::npos);
  EXPECT_EQ(shown->get_header_value("Content-Security-Policy"),
            RedirectPage::content_security_policy());
  EXPECT_EQ(shown->get_header_value("Referrer-Policy"), "no-referrer");
  EXPECT_EQ(shown->get_header_value("Cache-Control"), "no-store");
}

TEST_F(LoopbackListenerTest, WhatIsNotTheRedirectDoesNotCount) {
  EXPECT_EQ(get("/favicon.ico")->status, 404);
  EXPECT_EQ(get("/callback/more")->status, 404);
  httplib::Client client(origin());
  EXPECT_NE(client.Post("/callback", "code=c", "application/x-www-form-urlencoded")->status, 200);
  EXPECT_EQ(client.Head("/callback?code=c")->status, 410);
  EXPECT_EQ(listener_->wait(milliseconds{0}), std::nullopt);
}

TEST_F(LoopbackListenerTest, AnotherNameForThisMachineIsRefused) {
  for (const auto *host : {"evil.example", "localhost", "127.0.0.1", "127.0.0.1:1", ""})
    EXPECT_EQ(get("/callback?code=c", {{"Host", host}})->status, 403) << host;
  EXPECT_EQ(listener_->wait(milliseconds{0}), std::nullopt);
}

TEST_F(LoopbackListenerTest, TheStartAddressLeadsOnOnce) {
  const std::string start = listener_->start_uri("https://auth.example/a?state=hush");
  EXPECT_EQ(start.find("hush"), std::string::npos);
  const auto first = get("/");
  EXPECT_EQ(first->status, 302);
  EXPECT_EQ(first->get_header_value("Location"), "https://auth.example/a?state=hush");
  EXPECT_EQ(get("/")->status, 410);
}

TEST_F(LoopbackListenerTest, NobodyComes) {
  EXPECT_EQ(listener_->wait(milliseconds{1}), std::nullopt);
}

// What comes back for these very bytes.
std::string answer_to(const std::string &origin, const std::string &bytes) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port =
      htons(static_cast<std::uint16_t>(std::stoi(origin.substr(origin.rfind(':') + 1))));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string out;
  if (::connect(socket, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0 &&
      ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0) {
    std::array<char, 4096> part{};
    for (ssize_t got = 0; (got = ::recv(socket, part.data(), part.size(), 0)) > 0;)
      out.append(part.data(), static_cast<std::size_t>(got));
  }
  ::close(socket);
  return out;
}

TEST_F(LoopbackListenerTest, TakesNoMoreThanARedirectNeeds) {
  (void)listener_->start_uri("https://auth.example/a?state=hush");
  const std::string host = origin().substr(origin().find("//") + 2);
  const std::string start = "GET / HTTP/1.1\r\nHost: " + host + "\r\n";
  std::string many = start;
  for (int i = 0; i < 100; ++i) many += "a: b\r\n";
  std::string long_ones = start;
  for (int i = 0; i < 5; ++i) long_ones += "a: " + std::string(8000, 'b') + "\r\n";
  for (const std::string &head : {many, long_ones, start + "a: b\n"})
    EXPECT_EQ(answer_to(origin(), head + "\r\n"), "");
  EXPECT_EQ(answer_to(origin(), "GET /" + std::string(9000, 'x') + " HTTP/1.1\r\n\r\n"), "");
  EXPECT_TRUE(answer_to(origin(), start + "\r\n").starts_with("HTTP/1.1 302 "))
      << "the start address was not used up";
}

TEST_F(LoopbackListenerTest, TheWaitCanBeInterrupted) {
  auto waiting = std::async(std::launch::async, [this] { return listener_->wait(seconds{600}); });
  listener_->interrupt();
  EXPECT_EQ(waiting.get(), std::nullopt);
}

TEST_F(LoopbackListenerTest, WhoeverWaitsIsToldWhenItIsGivenUp) {
  auto waiting = browser("/callback?code=c");
  (void)listener_->wait(seconds{60});
  listener_.reset();
  EXPECT_EQ(waiting.get()->status, 503);
}

TEST_F(LoopbackListenerTest, NobodyElseCanBindItsPort) {
  const std::string uri = origin();
  httplib::Server other;  // with SO_REUSEPORT, the library's default
  EXPECT_FALSE(other.bind_to_port("127.0.0.1", std::stoi(uri.substr(uri.rfind(':') + 1))));
}

TEST_F(LoopbackListenerTest, AnAddressToBeCopied) {
  listener_->answer_all({200, "Copy", "the address"});
  EXPECT_EQ(get("/callback?code=1")->status, 200);
  EXPECT_NE(get("/callback?code=2")->body.find("the address"), std::string::npos);
  EXPECT_EQ(listener_->wait(milliseconds{0}), std::nullopt);
}

}  // namespace
}  // namespace host
