#include "server/http_front.hpp"

#include <httplib.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "plugins/text_check.hpp"

namespace host::server {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t head_bytes = 64u << 10;
constexpr int requests_of_a_connection = 200;
constexpr int backlog = 128;

int milliseconds_left(Clock::time_point deadline) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

// One client's socket, under the clock: reading a request ends at its deadline, however the bytes
// drip, and at its size.
class Connection : public httplib::Stream {
 public:
  Connection(int socket, const FrontLimits &limits, const std::atomic<bool> &stopping)
      : socket_(socket), limits_(limits), stopping_(stopping) {}

  // Waits for the next request to begin.
  bool comes() {
    if (begin_ < end_) return true;
    const auto deadline = Clock::now() + limits_.keep_alive;
    while (!stopping_ && Clock::now() < deadline) {
      pollfd watched{socket_, POLLIN, 0};
      constexpr int look_ms = 200;
      const int ready = ::poll(&watched, 1, std::min(look_ms, milliseconds_left(deadline)));
      if (ready < 0 && errno != EINTR) return false;
      if (ready > 0) return fill();
    }
    return false;
  }

  void request_begins() {
    deadline_ = Clock::now() + limits_.arrival;
    left_ = head_bytes + limits_.body_bytes;
    body_left_ = 0;
    whole_ = true;
  }

  // The head was read; so many bytes of a body follow it.
  void body_begins(std::uint64_t bytes, bool chunked) {
    body_left_ = bytes;
    whole_ = !chunked;
  }

  // Whether the next thing to be read is a request: nothing of a body was left over.
  bool at_request_end() const noexcept { return whole_ && body_left_ == 0; }

  // Ends the sending side, and reads for a moment what the client still sends: closing at once
  // could destroy the answer on its way (RFC 9112 section 9.6).
  void linger() {
    ::shutdown(socket_, SHUT_WR);
    constexpr std::chrono::seconds moment{1};
    const auto deadline = Clock::now() + moment;
    while (Clock::now() < deadline && readable(deadline))
      if (::recv(socket_, buffer_.data(), buffer_.size(), 0) <= 0) return;
  }

  bool is_readable() const override { return begin_ < end_ || readable(deadline_); }

  bool is_writable() const override {
    pollfd watched{socket_, POLLOUT | POLLRDHUP, 0};
    const auto deadline = Clock::now() + limits_.writing;
    return ::poll(&watched, 1, milliseconds_left(deadline)) > 0 &&
           (watched.revents & (POLLRDHUP | POLLERR | POLLHUP)) == 0 &&
           (watched.revents & POLLOUT) != 0 && !stopping_;
  }

  ssize_t read(char *to, std::size_t size) override {
    if (left_ == 0) return -1;
    if (begin_ == end_ && (!readable(deadline_) || !fill())) return -1;
    const std::size_t count = std::min({size, end_ - begin_, left_});
    std::memcpy(to, buffer_.data() + begin_, count);
    begin_ += count;
    left_ -= count;
    body_left_ -= std::min<std::uint64_t>(count, body_left_);
    return static_cast<ssize_t>(count);
  }

  ssize_t write(const char *from, std::size_t size) override {
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

  void get_remote_ip_and_port(std::string &ip, int &port) const override {
    ip.clear();
    port = 0;
  }
  void get_local_ip_and_port(std::string &ip, int &port) const override {
    ip.clear();
    port = 0;
  }
  socket_t socket() const override { return socket_; }

 private:
  bool readable(Clock::time_point deadline) const {
    for (;;) {
      pollfd watched{socket_, POLLIN, 0};
      const int ready = ::poll(&watched, 1, milliseconds_left(deadline));
      if (ready < 0 && errno == EINTR) continue;
      return ready > 0;
    }
  }

  bool fill() {
    ssize_t count = 0;
    do count = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
    while (count < 0 && errno == EINTR);
    if (count <= 0) return false;
    begin_ = 0;
    end_ = static_cast<std::size_t>(count);
    return true;
  }

  int socket_;
  const FrontLimits &limits_;
  const std::atomic<bool> &stopping_;
  std::array<char, 8192> buffer_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  Clock::time_point deadline_{};
  std::size_t left_ = 0;         // bytes that this request may still have
  std::uint64_t body_left_ = 0;  // bytes of its body that were not read
  bool whole_ = true;
};

// Threads for connections. When all are busy and some wait, accepting rests.
class BoundedThreads : public httplib::TaskQueue {
 public:
  explicit BoundedThreads(std::size_t count) : most_waiting_(count) {
    for (std::size_t i = 0; i < count; ++i) threads_.emplace_back([this] { work(); });
  }

  void enqueue(std::function<void()> task) override {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return tasks_.size() < most_waiting_ || ending_; });
    tasks_.push_back(std::move(task));
    lock.unlock();
    work_.notify_one();
  }

  void shutdown() override {
    {
      const std::scoped_lock lock(mutex_);
      ending_ = true;
    }
    work_.notify_all();
    room_.notify_all();
    for (std::thread &thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  void work() {
    for (;;) {
      std::unique_lock lock(mutex_);
      work_.wait(lock, [this] { return !tasks_.empty() || ending_; });
      if (tasks_.empty()) return;
      const std::function<void()> task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      room_.notify_one();
      task();
    }
  }

  std::size_t most_waiting_;
  std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable room_;
  std::deque<std::function<void()>> tasks_;
  std::vector<std::thread> threads_;
  bool ending_ = false;
};

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

// Nothing when a length is given that is none.
std::optional<std::uint64_t> body_length(const httplib::Request &request) {
  if (!request.has_header("Content-Length")) return 0;
  const std::string text = request.get_header_value("Content-Length");
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  const bool sound = error == std::errc() && end == text.data() + text.size() &&
                     request.get_header_value_count("Content-Length") == 1;
  return sound ? std::optional(length) : std::nullopt;
}

}  // namespace

class HttpFront::Impl : public httplib::Server {
 public:
  Impl(Rooms rooms, FrontLimits limits) : rooms_(std::move(rooms)), limits_(limits) {
    // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): httplib owns it
    new_task_queue = [this] { return new BoundedThreads(limits_.threads); };
    set_tcp_nodelay(true);
    set_payload_max_length(limits_.body_bytes);
    set_socket_options([](int socket) {
      const int yes = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    set_pre_routing_handler([this](const httplib::Request &request, httplib::Response &response) {
      return guard(request, response);
    });
    const Handler handler = [this](const httplib::Request &request, httplib::Response &response) {
      send(rooms_.answer(read(request)), response);
    };
    // Everything: who answers what is not this class's matter.
    const std::string any = R"(/.*)";
    Get(any, handler).Post(any, handler).Put(any, handler).Patch(any, handler).Delete(any, handler);
    set_error_handler([this](const httplib::Request & /*request*/, httplib::Response &response) {
      if (response.body.empty() && response.status >= 400 && !response.has_header("Content-Type"))
        send(rooms_.refusal(response.status), response);
    });
    set_exception_handler(
        [this](const httplib::Request & /*request*/, httplib::Response &response,
               const std::exception_ptr & /*why*/) { send(rooms_.refusal(500), response); });
  }

  std::uint16_t bind(const std::string &address, std::uint16_t port) {
    errno = 0;
    const int bound = port == 0                     ? bind_to_any_port(address)
                      : bind_to_port(address, port) ? port
                                                    : -1;
    if (bound <= 0)
      throw std::system_error(errno == 0 ? EADDRNOTAVAIL : errno, std::generic_category(),
                              "cannot listen on " + address + ':' + std::to_string(port));
    // httplib asks for a queue of five.
    ::listen(svr_sock_, backlog);
    return static_cast<std::uint16_t>(bound);
  }

  void start() {
    thread_ = std::thread([this] { listen_after_bind(); });
  }

  void stop_all() {
    stopping_ = true;
    if (!thread_.joinable()) return;
    while (!is_running() && svr_sock_ != INVALID_SOCKET) std::this_thread::yield();
    stop();
    thread_.join();
  }

 private:
  // By httplib, on a thread of the queue: the connection from its beginning to its end.
  bool process_and_close_socket(socket_t socket) override {
    Connection connection(socket, limits_, stopping_);
    for (int count = 1; !stopping_ && connection.comes(); ++count) {
      connection.request_begins();
      bool closed = false;
      const bool last = count == requests_of_a_connection;
      const bool good =
          process_request(connection, last, closed, [&connection](httplib::Request &request) {
            request.ranges.clear();
            connection.body_begins(body_length(request).value_or(0),
                                   request.has_header("Transfer-Encoding"));
          });
      if (!good || closed || last || !connection.at_request_end()) break;
    }
    connection.linger();
    ::close(socket);
    return true;
  }

  HandlerResponse guard(const httplib::Request &request, httplib::Response &response) {
    const auto length = body_length(request);
    int refused = 0;
    if (request.target.size() > limits_.target_bytes) {
      refused = 414;
    } else if (!length || request.get_header_value_count("Host") > 1 ||
               (request.has_header("Transfer-Encoding") && *length != 0) || !sound_text(request)) {
      refused = 400;
    } else if (*length > limits_.body_bytes) {
      refused = 413;
    }
    if (refused != 0) {
      send(rooms_.refusal(refused), response);
      return HandlerResponse::Handled;
    }
    auto answer = rooms_.gate(read(request));
    if (!answer) return HandlerResponse::Unhandled;
    send(std::move(*answer), response);
    return HandlerResponse::Handled;
  }

  // What ends up in messages and JSON.
  static bool sound_text(const httplib::Request &request) {
    return is_utf8(request.path) && std::ranges::all_of(request.params, [](const auto &parameter) {
             return is_utf8(parameter.first) && is_utf8(parameter.second);
           });
  }

  static HttpRequest read(const httplib::Request &from) {
    HttpRequest out;
    out.method = from.method;
    out.path = from.path;
    out.target = from.target;
    out.body = from.body;
    for (const auto &[name, value] : from.params) out.query.emplace(name, value);
    for (const auto &[name, value] : from.headers) out.headers.emplace(lower(name), value);
    return out;
  }

  void send(HttpAnswer answer, httplib::Response &to) {
    to.status = answer.status;
    for (auto &[name, value] : answer.headers) to.set_header(name, value);
    if (answer.stream) {
      to.set_chunked_content_provider(
          answer.type, [this, stream = std::move(answer.stream)](std::size_t /*offset*/,
                                                                 httplib::DataSink &sink) {
            // A client that left is seen at once, not at the second write.
            if (!sink.is_writable()) return false;
            const bool more = !stopping_ && stream([&sink](std::string_view text) {
              return sink.write(text.data(), text.size());
            });
            if (!more) sink.done();
            return true;
          });
    } else if (!answer.type.empty()) {
      to.set_content(answer.body, answer.type);
    }
  }

  Rooms rooms_;
  FrontLimits limits_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

HttpFront::HttpFront(Rooms rooms, FrontLimits limits)
    : impl_(std::make_unique<Impl>(std::move(rooms), limits)) {}
HttpFront::~HttpFront() {
  stop();
}
std::uint16_t HttpFront::bind(const std::string &address, std::uint16_t port) {
  return impl_->bind(address, port);
}
void HttpFront::start() {
  impl_->start();
}
void HttpFront::stop() {
  impl_->stop_all();
}

}  // namespace host::server
