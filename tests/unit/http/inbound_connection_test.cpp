#include "http/inbound_connection.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

namespace host {
namespace {

using Head = InboundConnection::Head;

constexpr InboundLimits small{.head_bytes = 16384,
                              .head_fields = 3,
                              .target_bytes = 100,
                              .body_bytes = 10,
                              .arrival = std::chrono::seconds{60}};

class Inbound : public testing::Test {
 protected:
  Inbound() {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets_.data()), 0);
    connection_ = std::make_unique<InboundConnection>(sockets_[0], small, stopping_);
  }
  ~Inbound() override {
    for (const int socket : sockets_) ::close(socket);
  }

  void send(std::string_view text) const {
    ASSERT_EQ(::send(sockets_[1], text.data(), text.size(), MSG_NOSIGNAL), std::ssize(text));
  }
  void send_no_more() const { ::shutdown(sockets_[1], SHUT_WR); }
  Head taken(std::string_view text) {
    send(text);
    return connection_->comes() ? connection_->take_head() : Head::broken_off;
  }
  // All that the library may have now.
  std::string read() {
    std::string out;
    std::array<char, 7> part{};
    for (ssize_t got = 0; (got = connection_->read(part.data(), part.size())) > 0;)
      out.append(part.data(), static_cast<std::size_t>(got));
    return out;
  }

  std::array<int, 2> sockets_{};
  std::atomic<bool> stopping_{false};
  std::unique_ptr<InboundConnection> connection_;
};

constexpr std::string_view head = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

TEST_F(Inbound, GivesTheHeadAndThenTheBodyAndNothingMore) {
  const std::string post = "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n";
  EXPECT_EQ(taken(post + "body" + std::string(head)), Head::whole);
  EXPECT_EQ(read(), post);
  connection_->body_begins(4);
  EXPECT_FALSE(connection_->at_request_end());
  EXPECT_EQ(read(), "body");
  EXPECT_TRUE(connection_->at_request_end());
  // What came with it is the next request.
  EXPECT_TRUE(connection_->comes());
  EXPECT_EQ(connection_->take_head(), Head::whole);
  EXPECT_EQ(read(), head);
}

TEST_F(Inbound, TakesAHeadInPieces) {
  std::thread client([this] {
    for (const char c : head) send(std::string_view(&c, 1));
  });
  EXPECT_TRUE(connection_->comes());
  EXPECT_EQ(connection_->take_head(), Head::whole);
  client.join();
  EXPECT_EQ(read(), head);
}

TEST_F(Inbound, GivesNoMoreOfABodyThanItsBound) {
  EXPECT_EQ(taken(std::string(head) + "0123456789abcdef"), Head::whole);
  read();
  connection_->body_begins(16);
  EXPECT_EQ(read(), "0123456789");
  EXPECT_FALSE(connection_->at_request_end());
}

TEST_F(Inbound, CountsFields) {
  const std::string start = "GET / HTTP/1.1\r\n";
  EXPECT_EQ(taken(start + "a: 1\r\nb: 2\r\nc: 3\r\n\r\n"), Head::whole);
  read();
  EXPECT_EQ(taken(start + "a: 1\r\nb: 2\r\nc: 3\r\nd: 4\r\n\r\n"), Head::too_large);
}

TEST_F(Inbound, BoundsTheTarget) {
  EXPECT_EQ(taken("GET /" + std::string(90, 'x') + " HTTP/1.1\r\n\r\n"), Head::whole);
  read();
  EXPECT_EQ(taken("GET /" + std::string(200, 'x')), Head::long_target) << "before its line ends";
}

TEST_F(Inbound, BoundsTheWholeHead) {
  const std::string start = "GET / HTTP/1.1\r\na: ";
  EXPECT_EQ(taken(start + std::string(16000, 'x') + "\r\n\r\n"), Head::whole);
  EXPECT_EQ(read().size(), start.size() + 16004);
  EXPECT_EQ(taken(start + std::string(17000, 'x')), Head::too_large);
}

TEST_F(Inbound, LinesEndInOneWayOnly) {
  for (const std::string_view wrong :
       {"GET / HTTP/1.1\n\n", "GET / HTTP/1.1\r\na: 1\n\r\n", "GET / HTTP/1.1\r\n\n", "\n"}) {
    connection_ = std::make_unique<InboundConnection>(sockets_[0], small, stopping_);
    EXPECT_EQ(taken(wrong), Head::unreadable) << wrong;
  }
}

TEST_F(Inbound, NoticesWhenTheClientLeaves) {
  send("GET / HTTP/1.1\r\nHost");
  send_no_more();
  EXPECT_TRUE(connection_->comes());
  EXPECT_EQ(connection_->take_head(), Head::broken_off);
  EXPECT_EQ(read(), "");
}

TEST_F(Inbound, WaitsNoLongerWhenItIsToStop) {
  stopping_ = true;
  send(head);
  EXPECT_FALSE(connection_->comes());
}

}  // namespace
}  // namespace host
