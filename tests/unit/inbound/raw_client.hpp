// A client that sends the very bytes it is given to a port of 127.0.0.1.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace host::test {

class RawClient {
 public:
  explicit RawClient(std::uint16_t port)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // So that a server that says nothing ends a test.
    const timeval receive_timeout{60, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &receive_timeout, sizeof receive_timeout);
    connected_ =
        ::connect(socket_, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0;
  }
  ~RawClient() {
    if (socket_ >= 0) ::close(socket_);
  }
  RawClient(RawClient &&other) noexcept
      : socket_(std::exchange(other.socket_, -1)), connected_(other.connected_) {}
  RawClient(const RawClient &) = delete;
  RawClient &operator=(const RawClient &) = delete;
  RawClient &operator=(RawClient &&) = delete;

  bool connected() const noexcept { return connected_; }
  // False: the server closed the connection.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void send_no_more() { ::shutdown(socket_, SHUT_WR); }

  // All that comes until the server closes the connection.
  std::string rest() {
    while (receive()) {
    }
    return std::exchange(text_, {});
  }
  // What comes up to and with `end`; without it when the connection ends before.
  std::string up_to(std::string_view end) {
    std::size_t at = 0;
    while ((at = text_.find(end)) == std::string::npos)
      if (!receive()) return std::exchange(text_, {});
    std::string out = text_.substr(0, at + end.size());
    text_.erase(0, at + end.size());
    return out;
  }
  // One answer that has a Content-Length; empty when there is none.
  std::string answer() {
    std::string head = up_to("\r\n\r\n");
    const std::string length = field(head, "Content-Length");
    const std::size_t size = length.empty() ? 0 : std::strtoul(length.c_str(), nullptr, 10);
    while (text_.size() < size)
      if (!receive()) break;
    head += text_.substr(0, size);
    text_.erase(0, size);
    return head;
  }

  static int status(std::string_view answer) {
    if (!answer.starts_with("HTTP/1.1 ") || answer.size() < 12) return 0;
    return std::atoi(std::string(answer.substr(9, 3)).c_str());
  }
  static std::string field(std::string_view answer, std::string_view name) {
    const std::size_t end = answer.find("\r\n\r\n");
    const std::string start = "\r\n" + std::string(name) + ": ";
    const std::size_t at = answer.substr(0, end).find(start);
    if (at == std::string_view::npos) return {};
    const std::string_view value = answer.substr(at + start.size());
    return std::string(value.substr(0, value.find("\r\n")));
  }
  static std::string body(std::string_view answer) {
    const std::size_t end = answer.find("\r\n\r\n");
    return end == std::string_view::npos ? std::string() : std::string(answer.substr(end + 4));
  }

 private:
  bool receive() {
    std::array<char, 16384> part{};
    const ssize_t got = ::recv(socket_, part.data(), part.size(), 0);
    if (got <= 0) return false;
    text_.append(part.data(), static_cast<std::size_t>(got));
    return true;
  }

  int socket_;
  bool connected_ = false;
  std::string text_;
};

}  // namespace host::test
