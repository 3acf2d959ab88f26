#include "http/inbound_connection.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

namespace host {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t usual_buffer = 8192;
constexpr std::size_t around_target = 64;  // method, version and spaces of a request line

int milliseconds_left(Clock::time_point deadline) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

}  // namespace

InboundConnection::InboundConnection(int socket, const InboundLimits &limits,
                                     const std::atomic<bool> &stopping)
    : socket_(socket), limits_(limits), stopping_(stopping), buffer_(usual_buffer) {}

bool InboundConnection::comes() {
  if (begin_ < end_) return true;
  const auto deadline = Clock::now() + limits_.keep_alive;
  while (!stopping_ && Clock::now() < deadline) {
    pollfd watched{socket_, POLLIN, 0};
    constexpr int look_ms = 200;
    const int ready = ::poll(&watched, 1, std::min(look_ms, milliseconds_left(deadline)));
    if (ready < 0 && errno != EINTR) return false;
    if (ready > 0) return receive();
  }
  return false;
}

InboundConnection::Head InboundConnection::take_head() {
  deadline_ = Clock::now() + limits_.arrival;
  left_ = 0;
  body_left_ = 0;
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  const std::size_t longest_first_line = limits_.target_bytes + around_target;
  std::size_t line = 0;  // where the one under way begins
  std::size_t lines = 0;
  for (std::size_t at = 0;;) {
    for (; at < end_; ++at) {
      if (at > longest_first_line && lines == 0) return Head::long_target;
      if (buffer_[at] != '\n') continue;
      // Where a line ends must be the same to everybody: at CR LF only.
      if (at == line || buffer_[at - 1] != '\r') return Head::unreadable;
      const bool empty = at - line == 1;
      line = at + 1;
      if (empty) {
        left_ = line;
        return Head::whole;
      }
      if (++lines > limits_.head_fields + 1) return Head::too_large;
    }
    if (end_ >= limits_.head_bytes) return Head::too_large;
    if (!readable(deadline_) || !receive()) return Head::broken_off;
  }
}

void InboundConnection::body_begins(std::uint64_t bytes) {
  body_left_ = bytes;
  left_ = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, limits_.body_bytes));
}

void InboundConnection::linger() {
  ::shutdown(socket_, SHUT_WR);
  constexpr std::chrono::seconds moment{1};
  const auto deadline = Clock::now() + moment;
  while (Clock::now() < deadline && readable(deadline))
    if (::recv(socket_, buffer_.data(), buffer_.size(), 0) <= 0) return;
}

bool InboundConnection::is_readable() const {
  return begin_ < end_ || readable(deadline_);
}

bool InboundConnection::is_writable() const {
  pollfd watched{socket_, POLLOUT | POLLRDHUP, 0};
  const auto deadline = Clock::now() + limits_.writing;
  return ::poll(&watched, 1, milliseconds_left(deadline)) > 0 &&
         (watched.revents & (POLLRDHUP | POLLERR | POLLHUP)) == 0 &&
         (watched.revents & POLLOUT) != 0 && !stopping_;
}

ssize_t InboundConnection::read(char *to, std::size_t size) {
  if (left_ == 0) return -1;
  if (begin_ == end_ && (!readable(deadline_) || !receive())) return -1;
  const std::size_t count = std::min({size, end_ - begin_, left_});
  std::memcpy(to, buffer_.data() + begin_, count);
  begin_ += count;
  left_ -= count;
  body_left_ -= std::min<std::uint64_t>(count, body_left_);
  return static_cast<ssize_t>(count);
}

ssize_t InboundConnection::write(const char *from, std::size_t size) {
  std::size_t written = 0;
  while (written < size) {
    pollfd watched{socket_, POLLOUT, 0};
    if (::poll(&watched, 1, milliseconds_left(Clock::now() + limits_.writing)) <= 0) return -1;
    const ssize_t count = ::send(socket_, from + written, size - written, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return -1;
    written += static_cast<std::size_t>(count);
  }
  return static_cast<ssize_t>(size);
}

void InboundConnection::get_remote_ip_and_port(std::string &ip, int &port) const {
  ip.clear();
  port = 0;
}

void InboundConnection::get_local_ip_and_port(std::string &ip, int &port) const {
  ip.clear();
  port = 0;
}

bool InboundConnection::readable(Clock::time_point deadline) const {
  for (;;) {
    pollfd watched{socket_, POLLIN, 0};
    const int ready = ::poll(&watched, 1, milliseconds_left(deadline));
    if (ready < 0 && errno == EINTR) continue;
    return ready > 0;
  }
}

bool InboundConnection::receive() {
  if (begin_ == end_) {
    begin_ = 0;
    end_ = 0;
    if (buffer_.size() > usual_buffer) buffer_ = std::vector<char>(usual_buffer);
  }
  if (end_ == buffer_.size()) buffer_.resize(std::min(2 * buffer_.size(), limits_.head_bytes));
  ssize_t count = 0;
  do count = ::recv(socket_, buffer_.data() + end_, buffer_.size() - end_, 0);
  while (count < 0 && errno == EINTR);
  if (count <= 0) return false;
  end_ += static_cast<std::size_t>(count);
  return true;
}

}  // namespace host
