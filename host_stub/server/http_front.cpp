#include "server/http_front.hpp"

#include <httplib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "http/inbound_connection.hpp"
#include "plugins/text_check.hpp"

namespace host::server {

namespace {

constexpr int requests_of_a_connection = 200;
constexpr int backlog = 128;

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

std::string lower_text(std::string text) {
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
    InboundConnection connection(socket,
                                 {.target_bytes = limits_.target_bytes,
                                  .body_bytes = limits_.body_bytes,
                                  .arrival = limits_.arrival,
                                  .keep_alive = limits_.keep_alive,
                                  .writing = limits_.writing},
                                 stopping_);
    for (int count = 1; !stopping_ && connection.comes(); ++count) {
      if (!takes_head(connection)) break;
      bool closed = false;
      const bool last = count == requests_of_a_connection;
      const bool good =
          process_request(connection, last, closed, [&connection](httplib::Request &request) {
            request.ranges.clear();
            connection.body_begins(body_length(request).value_or(0));
          });
      // What follows a body that was not read is no request.
      if (!good || closed || last || !connection.at_request_end()) break;
    }
    connection.linger();
    ::close(socket);
    return true;
  }

  // Otherwise it was refused, unless the client is gone.
  bool takes_head(InboundConnection &connection) {
    switch (connection.take_head()) {
      case InboundConnection::Head::whole:
        return true;
      case InboundConnection::Head::unreadable:
        refuse(connection, 400);
        break;
      case InboundConnection::Head::long_target:
        refuse(connection, 414);
        break;
      case InboundConnection::Head::too_large:
        refuse(connection, 431);
        break;
      case InboundConnection::Head::broken_off:
        break;
    }
    return false;
  }

  // Without the library, which never saw a request.
  void refuse(InboundConnection &connection, int status) {
    const HttpAnswer answer = rooms_.refusal(status);
    std::string text = "HTTP/1.1 " + std::to_string(status) +
                       " \r\nConnection: close\r\nContent-Type: " + answer.type +
                       "\r\nContent-Length: " + std::to_string(answer.body.size()) + "\r\n";
    for (const auto &[name, value] : answer.headers) text.append(name + ": " + value + "\r\n");
    text += "\r\n" + answer.body;
    connection.write(text.data(), text.size());
  }

  HandlerResponse guard(const httplib::Request &request, httplib::Response &response) {
    const auto length = body_length(request);
    int refused = 0;
    if (request.target.size() > limits_.target_bytes) {
      refused = 414;
    } else if (!length || request.get_header_value_count("Host") > 1 ||
               (request.has_header("Transfer-Encoding") && *length != 0) || !sound_text(request)) {
      refused = 400;
    } else if (request.has_header("Transfer-Encoding")) {
      refused = 411;  // a size that is known before is the only one that can be refused before
      response.set_header("Connection", "close");
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
    for (const auto &[name, value] : from.headers) out.headers.emplace(lower_text(name), value);
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
