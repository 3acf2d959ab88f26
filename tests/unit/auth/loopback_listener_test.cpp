#include "auth/loopback_listener.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <string>

#include "raw_client.hpp"

namespace host {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::RawClient;

class LoopbackListenerTest : public testing::Test {
 protected:
  std::string origin() const {
    const std::string &uri = listener_->redirect_uri();
    return uri.substr(0, uri.rfind('/'));
  }
  std::string authority() const { return origin().substr(origin().find("//") + 2); }
  std::uint16_t port() const {
    return static_cast<std::uint16_t>(std::stoi(origin().substr(origin().rfind(':') + 1)));
  }
  // What comes back for these very bytes.
  std::string answer_to(const std::string &bytes) const {
    RawClient client(port());
    client.send(bytes);
    return client.rest();
  }
  std::string get(const std::string &target) const { return get(target, authority()); }
  std::string get(const std::string &target, const std::string &host) const {
    return answer_to("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
  }
  std::future<std::string> browser(const std::string &target) const {
    return std::async(std::launch::async, [this, target] { return get(target); });
  }

  // Begins the sign-in whose state is "s"; gives the target of its start page.
  std::string start() const {
    const std::string start = listener_->start(
        "https://auth.example/a?state=hush",
        [](std::string_view target) { return target.find("state=s") != std::string_view::npos; });
    EXPECT_EQ(start.rfind(origin() + '/', 0), 0U) << start;
    return start.substr(origin().size());
  }

  std::unique_ptr<LoopbackListener> listener_ = std::make_unique<LoopbackListener>();
};

TEST_F(LoopbackListenerTest, TakesOneRedirectAndShowsWhatBecameOfIt) {
  (void)start();
  EXPECT_EQ(listener_->redirect_uri().rfind("http://127.0.0.1:", 0), 0u);
  auto waiting = browser("/callback?code=a%20b&state=s");
  EXPECT_EQ(listener_->wait(seconds{60}), "/callback?code=a%20b&state=s");
  EXPECT_EQ(RawClient::status(get("/callback?code=second&state=s")), 410) << "exactly one";
  listener_->answer({200, "Signed in", "as <ivy>"});
  const std::string shown = waiting.get();
  EXPECT_EQ(RawClient::status(shown), 200);
  EXPECT_NE(RawClient::body(shown).find("as &lt;ivy&gt;"), std::string::npos);
  EXPECT_EQ(RawClient::body(shown).find("a b"), std::string::npos);
  EXPECT_EQ(RawClient::field(shown, "Content-Security-Policy"),
            RedirectPage::content_security_policy());
  EXPECT_EQ(RawClient::field(shown, "Referrer-Policy"), "no-referrer");
  EXPECT_EQ(RawClient::field(shown, "Cache-Control"), "no-store");
}

TEST_F(LoopbackListenerTest, AStrangersRedirectDoesNotEndTheSignIn) {
  EXPECT_EQ(RawClient::status(get("/callback?code=c&state=s")), 400) << "not begun";
  (void)start();
  for (const auto *target : {"/callback", "/callback?code=c", "/callback?code=c&state=other",
                             "/callback?error=access_denied"})
    EXPECT_EQ(RawClient::status(get(target)), 400) << target;
  EXPECT_EQ(listener_->wait(milliseconds{0}), std::nullopt);
  auto waiting = browser("/callback?code=mine&state=s");
  EXPECT_EQ(listener_->wait(seconds{60}), "/callback?code=mine&state=s");
  listener_->answer({200, "Signed in", ""});
  EXPECT_EQ(RawClient::status(waiting.get()), 200);
}

TEST_F(LoopbackListenerTest, WhatIsNotTheRedirectDoesNotCount) {
  EXPECT_EQ(RawClient::status(get("/favicon.ico")), 404);
  EXPECT_EQ(RawClient::status(get("/callback/more")), 404);
  const std::string rest = " HTTP/1.1\r\nHost: " + authority() + "\r\n";
  EXPECT_EQ(RawClient::status(answer_to("POST /callback" + rest +
                                        "Content-Type: application/x-www-form-urlencoded\r\n"
                                        "Content-Length: 6\r\n\r\ncode=c")),
            404);
  EXPECT_EQ(RawClient::status(answer_to("HEAD /callback?code=c" + rest + "\r\n")), 410);
  EXPECT_EQ(listener_->wait(milliseconds{0}), std::nullopt);
}

TEST_F(LoopbackListenerTest, AnotherNameForThisMachineIsRefused) {
  for (const auto *host : {"evil.example", "localhost", "127.0.0.1", "127.0.0.1:1", ""})
    EXPECT_EQ(RawClient::status(get("/callback?code=c", host)), 403) << host;
  EXPECT_EQ(listener_->wait(milliseconds{0}), std::nullopt);
}

TEST_F(LoopbackListenerTest, TheStartAddressLeadsOnOnceAndCannotBeGuessed) {
  const std::string page = start();
  EXPECT_EQ(page.find("hush"), std::string::npos);
  EXPECT_GE(page.size(), 44U) << "256 random bits";
  for (const std::string &guess : {std::string("/"), page.substr(0, page.size() - 1), page + "A"})
    EXPECT_EQ(RawClient::status(get(guess)), 404) << guess;
  const std::string first = get(page);
  EXPECT_EQ(RawClient::status(first), 302);
  EXPECT_EQ(RawClient::field(first, "Location"), "https://auth.example/a?state=hush");
  EXPECT_EQ(RawClient::status(get(page)), 410);
}

TEST_F(LoopbackListenerTest, NobodyComes) {
  EXPECT_EQ(listener_->wait(milliseconds{1}), std::nullopt);
}

TEST_F(LoopbackListenerTest, TakesNoMoreThanARedirectNeeds) {
  const std::string first = "GET " + start() + " HTTP/1.1\r\nHost: " + authority() + "\r\n";
  std::string many = first;
  for (int i = 0; i < 100; ++i) many += "a: b\r\n";
  std::string long_ones = first;
  for (int i = 0; i < 5; ++i) long_ones += "a: " + std::string(8000, 'b') + "\r\n";
  for (const std::string &head : {many, long_ones, first + "a: b\n"})
    EXPECT_EQ(answer_to(head + "\r\n"), "");
  EXPECT_EQ(answer_to("GET /" + std::string(9000, 'x') + " HTTP/1.1\r\n\r\n"), "");
  EXPECT_TRUE(answer_to(first + "\r\n").starts_with("HTTP/1.1 302 "))
      << "the start address was not used up";
}

TEST_F(LoopbackListenerTest, TheWaitCanBeInterrupted) {
  auto waiting = std::async(std::launch::async, [this] { return listener_->wait(seconds{600}); });
  listener_->interrupt();
  EXPECT_EQ(waiting.get(), std::nullopt);
}

TEST_F(LoopbackListenerTest, WhoeverWaitsIsToldWhenItIsGivenUp) {
  (void)start();
  auto waiting = browser("/callback?code=c&state=s");
  (void)listener_->wait(seconds{60});
  listener_.reset();
  EXPECT_EQ(RawClient::status(waiting.get()), 503);
}

TEST_F(LoopbackListenerTest, NobodyElseCanBindItsPort) {
  const int other = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ASSERT_EQ(::setsockopt(other, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes), 0);
  ASSERT_EQ(::setsockopt(other, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes), 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_NE(::bind(other, reinterpret_cast<const sockaddr *>(&address), sizeof address), 0);
  ::close(other);
}

TEST_F(LoopbackListenerTest, AnAddressToBeCopied) {
  listener_->answer_all({200, "Copy", "the address"});
  EXPECT_EQ(RawClient::status(get("/callback?code=1")), 200);
  EXPECT_NE(RawClient::body(get("/callback?code=2")).find("the address"), std::string::npos);
  EXPECT_EQ(listener_->wait(milliseconds{0}), std::nullopt);
}

}  // namespace
}  // namespace host
