#include "inbound/http_server.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <cerrno>
#include <csignal>
#include <map>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <variant>

#include "inbound/admission.hpp"
#include "inbound/compression.hpp"
#include "inbound/handler_threads.hpp"
#include "inbound/http_date.hpp"

namespace host::inbound {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using beast::error_code;
using std::chrono::milliseconds;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t usual_buffer = 8192;
constexpr std::chrono::seconds longest_farewell{1};  // to a client that does not close its side
constexpr milliseconds rest_of_acceptor{5};          // while there is no room or no descriptor
constexpr milliseconds moment_of_newcomer{20};
using Response = http::response<http::string_body>;

int status_of(HeadScan::State state) {
  switch (state) {
    case HeadScan::State::long_target:
      return 414;
    case HeadScan::State::too_large:
      return 431;
    default:
      return 400;
  }
}

bool may_have_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

// A control character in a name or value could inject another field or another answer.
void add_field(Response &to, std::string_view name, std::string_view value) {
  const auto plain = [](std::string_view text) {
    return std::ranges::none_of(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  };
  if (!plain(name) || !plain(value))
    throw std::invalid_argument("a header with a control character");
  to.insert(beast::string_view(name.data(), name.size()),
            beast::string_view(value.data(), value.size()));
}

// The descriptor of a listening socket, or the negated error number.
int listening_socket(const addrinfo &place, HttpServer::Rebind rebind) {
  const int socket = ::socket(place.ai_family, place.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return -errno;
  const int yes = 1;
  if (rebind == HttpServer::Rebind::again_at_once)
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (::bind(socket, place.ai_addr, place.ai_addrlen) == 0 && ::listen(socket, SOMAXCONN) == 0)
    return socket;
  const int error = errno;
  ::close(socket);
  return -error;
}

// Only the program's own threads handle signals: threads started here inherit this mask.
class WithoutSignals {
 public:
  WithoutSignals() {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~WithoutSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  WithoutSignals(const WithoutSignals &) = delete;
  WithoutSignals &operator=(const WithoutSignals &) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

// Everything except `bind`, `start` and `stop` is for the thread that reads and writes.
struct HttpServer::Impl {
  class Connection;

  Impl(Handlers of, const HttpLimits &within)
      : handlers(std::move(of)),
        limits(within),
        admission(limits.connections, limits.anonymous_connections) {}

  std::uint16_t bind(const std::string &address, std::uint16_t port, Rebind rebind);
  void start();
  void stop();

  void accept_in_background();
  asio::awaitable<void> accept_connections();
  bool make_room();
  void take(int descriptor);
  void end(Admission::Id id);
  std::optional<HttpAnswer> refusal(int status) const;

  Handlers handlers;
  HttpLimits limits;
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  tcp::acceptor acceptor{io};
  tcp protocol = tcp::v4();
  Admission admission;
  std::map<Admission::Id, std::shared_ptr<Connection>> connections;
  Admission::Id last_id = 0;
  bool stopping = false;
  std::array<char, 64u << 10> discarded{};  // received data to ignore
  std::thread thread;
  std::unique_ptr<HandlerThreads> threads;
};

class HttpServer::Impl::Connection : public std::enable_shared_from_this<Connection> {
  using Time = std::chrono::steady_clock;

 public:
  Connection(Impl &server, Admission::Id id, tcp::socket socket)
      : server_(server), id_(id), socket_(std::move(socket)) {}

  asio::awaitable<void> serve();
  bool is_new() const { return Time::now() < came_ + moment_of_newcomer; }
  void end_waiting();  // unless an answer is in progress
  void close();        // even if an answer is in progress

 private:
  asio::awaitable<bool> exchange(bool first, bool last);
  asio::awaitable<bool> receive();
  asio::awaitable<bool> read_body(const RequestHead &head, std::string &body);
  asio::awaitable<bool> refuse(int status);
  asio::awaitable<bool> send(HttpAnswer answer, const IncomingRequest &request, bool keep);
  asio::awaitable<bool> write(Response response);
  template <typename Buffers>
  asio::awaitable<bool> write_part(Buffers buffers);
  asio::awaitable<void> send_stream(Response head, HttpAnswer answer);
  asio::awaitable<void> on_handler_thread(std::function<void()> job);
  asio::awaitable<void> say_farewell();
  Response response_of(const HttpAnswer &answer, bool keep) const;
  void watch_for_its_end();
  void within(milliseconds time);
  void without_deadline();
  const Deadlines &deadlines() const {
    return has_session_ ? server_.limits.session : server_.limits.anonymous;
  }
  std::string_view received() const {
    return {static_cast<const char *>(buffer_.data().data()), buffer_.size()};
  }

  Impl &server_;
  Admission::Id id_;
  tcp::socket socket_;
  asio::steady_timer deadline_{socket_.get_executor()};
  asio::steady_timer job_done_{socket_.get_executor()};
  beast::flat_buffer buffer_;
  Time::time_point came_ = Time::now();
  bool has_session_ = false;
  bool timed_out_ = false;
  bool waiting_ = true;  // for a request, or the rest of one
  bool answered_ = false;
  bool closed_ = false;
  bool client_gone_ = false;
  bool takes_chunks_ = true;  // an HTTP/1.0 client does not support them
};

// ---- Time

// Sets the deadline of the current activity, replacing the previous one.
void HttpServer::Impl::Connection::within(milliseconds time) {
  timed_out_ = false;
  deadline_.expires_after(time);
  deadline_.async_wait([self = shared_from_this()](error_code error) {
    // Ignore a handler that was already queued when the deadline was moved.
    if (error || self->deadline_.expiry() > Time::now()) return;
    self->timed_out_ = true;
    error_code ignored;
    self->socket_.cancel(ignored);
  });
}

void HttpServer::Impl::Connection::without_deadline() {
  timed_out_ = false;
  deadline_.expires_at(Time::time_point::max());
}

void HttpServer::Impl::Connection::end_waiting() {
  if (waiting_) close();
}

void HttpServer::Impl::Connection::close() {
  closed_ = true;
  error_code ignored;
  socket_.close(ignored);
}

// ---- From the first request to the end

asio::awaitable<void> HttpServer::Impl::Connection::serve() {
  bool more = true;
  for (std::size_t count = 1; more; ++count)
    more = co_await exchange(count == 1, count == server_.limits.requests_of_connection);
  if (answered_ && !closed_) co_await say_farewell();
  close();
  deadline_.cancel();
}

// Handles one request and its answer. False: there is no next one.
asio::awaitable<bool> HttpServer::Impl::Connection::exchange(bool first, bool last) {
  waiting_ = true;
  server_.admission.waits_for_request(id_);
  if (server_.stopping) co_return false;
  if (buffer_.size() == 0) {
    if (buffer_.capacity() > usual_buffer) buffer_.shrink_to_fit();
    within(first ? deadlines().arrival : deadlines().keep_alive);
    const bool comes = co_await receive();
    if (!comes) co_return false;
  }
  within(deadlines().arrival);
  HeadScan scan(server_.limits.head);
  HeadScan::State state = scan.scan_to(received());
  while (state == HeadScan::State::more) {
    const bool comes = co_await receive();
    if (!comes && timed_out_) co_return co_await refuse(408);
    if (!comes) co_return false;
    state = scan.scan_to(received());
  }
  if (state != HeadScan::State::whole) co_return co_await refuse(status_of(state));
  auto read = read_head(received().substr(0, scan.size()), server_.limits.head);
  buffer_.consume(scan.size());
  if (const int *status = std::get_if<int>(&read)) co_return co_await refuse(*status);
  RequestHead &head = std::get<RequestHead>(read);
  takes_chunks_ = !head.version_1_0;

  bool keep = head.keep_alive && !last;
  int status = 0;
  Verdict verdict;
  try {
    verdict = server_.handlers.gate(head.request);
  } catch (...) {
    status = 500;
  }
  if (status != 0) co_return co_await refuse(status);
  // If the body was not read, the following bytes are not a request.
  if (verdict.ends_with)
    co_return co_await send(std::move(*verdict.ends_with), head.request,
                            keep && head.body_bytes == 0);
  if (verdict.has_session) {
    has_session_ = true;
    server_.admission.shows_session(id_);
    within(deadlines().arrival);
  }
  if (head.body_bytes > server_.limits.body_bytes) co_return co_await refuse(413);
  const bool whole = co_await read_body(head, head.request.body);
  if (!whole && timed_out_) co_return co_await refuse(408);
  if (!whole) co_return false;

  waiting_ = false;
  without_deadline();
  server_.admission.is_worked_for(id_);
  HttpAnswer answer;
  const auto job = [this, &answer, &request = head.request] {
    try {
      answer = server_.handlers.answer(request);
      compress_for(request, answer);
    } catch (...) {
      answer = server_.refusal(500).value_or(HttpAnswer{.status = 500});
    }
  };
  co_await on_handler_thread(job);
  keep = keep && !server_.stopping;
  co_return co_await send(std::move(answer), head.request, keep);
}

// Reads more bytes. False: none came in time, or the client is gone.
asio::awaitable<bool> HttpServer::Impl::Connection::receive() {
  if (timed_out_ || closed_) co_return false;
  const auto space = buffer_.prepare(usual_buffer);
  const auto [error, count] = co_await socket_.async_read_some(space, as_result);
  if (error) co_return false;
  buffer_.commit(count);
  co_return true;
}

asio::awaitable<bool> HttpServer::Impl::Connection::read_body(const RequestHead &head,
                                                              std::string &body) {
  if (head.body_bytes == 0) co_return true;
  if (head.expects_continue && buffer_.size() == 0) {
    constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    const bool sent = co_await write_part(asio::buffer(go_on));
    if (!sent) co_return false;
    within(deadlines().arrival);
  }
  for (;;) {
    const std::size_t count = std::min<std::size_t>(
        static_cast<std::size_t>(head.body_bytes) - body.size(), buffer_.size());
    body.append(received().substr(0, count));
    buffer_.consume(count);
    if (body.size() == head.body_bytes) co_return true;
    const bool comes = co_await receive();
    if (!comes) co_return false;
  }
}

// ---- Answers

asio::awaitable<bool> HttpServer::Impl::Connection::refuse(int status) {
  waiting_ = false;
  answered_ = true;
  std::optional<HttpAnswer> answer = server_.refusal(status);
  if (!answer) co_return false;
  const IncomingRequest unread;
  co_return co_await send(std::move(*answer), unread, false);
}

Response HttpServer::Impl::Connection::response_of(const HttpAnswer &answer, bool keep) const {
  Response out;
  out.version(11);
  out.result(static_cast<unsigned>(answer.status));
  add_field(out, "Date", http_date(std::chrono::system_clock::now()));
  for (const auto &[name, value] : answer.headers) add_field(out, name, value);
  if (!answer.type.empty()) add_field(out, "Content-Type", answer.type);
  if (!keep) {
    add_field(out, "Connection", "close");
  } else {
    const auto open = std::chrono::duration_cast<std::chrono::seconds>(deadlines().keep_alive);
    add_field(out, "Keep-Alive", "timeout=" + std::to_string(open.count()));
  }
  return out;
}

asio::awaitable<bool> HttpServer::Impl::Connection::send(HttpAnswer answer,
                                                         const IncomingRequest &request,
                                                         bool keep) {
  waiting_ = false;
  answered_ = true;
  server_.admission.takes_answer(id_);
  keep = keep && !answer.stream;
  Response response;
  try {
    response = response_of(answer, keep);
  } catch (const std::invalid_argument &) {
    answer = HttpAnswer{.status = 500};
    keep = false;
    response = response_of(answer, keep);
  }
  const bool has_body = request.method != "HEAD" && may_have_body(answer.status);
  if (answer.stream && has_body) {
    co_await send_stream(std::move(response), std::move(answer));
    co_return false;
  }
  if (may_have_body(answer.status) && !answer.stream) response.content_length(answer.body.size());
  if (has_body) response.body() = std::move(answer.body);
  const bool sent = co_await write(std::move(response));
  co_return sent &&keep;
}

asio::awaitable<bool> HttpServer::Impl::Connection::write(Response response) {
  http::response_serializer<http::string_body> serializer{response};
  while (!serializer.is_done()) {
    within(deadlines().writing);
    if (closed_) co_return false;
    const auto [error, count] = co_await http::async_write_some(socket_, serializer, as_result);
    if (error) co_return false;
  }
  co_return true;
}

// The deadline restarts whenever the client has read some of the data.
template <typename Buffers>
asio::awaitable<bool> HttpServer::Impl::Connection::write_part(Buffers buffers) {
  if (closed_) co_return false;
  within(deadlines().writing);
  const auto goes_on = [this](error_code error, std::size_t /*written*/) -> std::size_t {
    if (error) return 0;
    within(deadlines().writing);
    return usual_buffer;
  };
  const auto [error, count] = co_await asio::async_write(socket_, buffers, goes_on, as_result);
  co_return !error;
}

// A handler thread runs one call of `stream` at a time; then the written data is sent.
asio::awaitable<void> HttpServer::Impl::Connection::send_stream(Response head, HttpAnswer answer) {
  head.chunked(takes_chunks_);
  http::response_serializer<http::string_body> serializer{head};
  within(deadlines().writing);
  const auto [failed, size] = co_await http::async_write_header(socket_, serializer, as_result);
  if (failed) co_return;
  watch_for_its_end();
  bool more = true;
  while (more && !server_.stopping) {
    without_deadline();
    std::string text;
    const auto job = [&answer, &text, &more] {
      try {
        more = answer.stream([&text](std::string_view part) { text += part; });
      } catch (...) {
        more = false;
      }
    };
    co_await on_handler_thread(job);
    if (client_gone_ || closed_) co_return;
    if (text.empty()) continue;
    bool sent = false;
    if (takes_chunks_) {
      const auto chunk = http::make_chunk(asio::buffer(text));
      sent = co_await write_part(chunk);
    } else {
      sent = co_await write_part(asio::buffer(text));
    }
    if (!sent) co_return;
  }
  if (!takes_chunks_) co_return;
  const auto last = http::make_chunk_last();
  co_await write_part(last);
}

// During an endless answer: ignores the client's data, but detects that it has disconnected.
void HttpServer::Impl::Connection::watch_for_its_end() {
  socket_.async_read_some(asio::buffer(server_.discarded),
                          [self = shared_from_this()](error_code error, std::size_t /*count*/) {
                            if (error) {
                              self->client_gone_ = true;
                            } else {
                              self->watch_for_its_end();
                            }
                          });
}

// Resumes the caller on this thread after the job is done on another. The job's last act is a
// message to this thread, which is processed only after the caller has suspended.
asio::awaitable<void> HttpServer::Impl::Connection::on_handler_thread(std::function<void()> job) {
  job_done_.expires_at(Time::time_point::max());
  auto task = [this, job = std::move(job)] {
    job();
    asio::post(server_.io, [this] { job_done_.cancel(); });
  };
  server_.threads->run(std::move(task), !has_session_);
  co_await job_done_.async_wait(as_result);
}

asio::awaitable<void> HttpServer::Impl::Connection::say_farewell() {
  error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  within(longest_farewell);
  while (!timed_out_ && !closed_) {
    const auto space = asio::buffer(server_.discarded);
    const auto [error, count] = co_await socket_.async_read_some(space, as_result);
    if (error) co_return;
  }
}

// ---- The server

std::optional<HttpAnswer> HttpServer::Impl::refusal(int status) const {
  try {
    return handlers.refusal(status);
  } catch (...) {
    return std::nullopt;
  }
}

std::uint16_t HttpServer::Impl::bind(const std::string &address, std::uint16_t port,
                                     Rebind rebind) {
  const auto failed = [&](int error) {
    return std::system_error(error, std::generic_category(),
                             "cannot listen on " + address + ':' + std::to_string(port));
  };
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo *found = nullptr;
  if (::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &wanted, &found) != 0)
    throw failed(EADDRNOTAVAIL);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> places(found, &::freeaddrinfo);
  int socket = -EADDRNOTAVAIL;
  for (const addrinfo *place = found; place != nullptr && socket < 0; place = place->ai_next) {
    socket = listening_socket(*place, rebind);
    protocol = place->ai_family == AF_INET6 ? tcp::v6() : tcp::v4();
  }
  if (socket < 0) throw failed(-socket);
  acceptor.assign(protocol, socket);
  return acceptor.local_endpoint().port();
}

void HttpServer::Impl::start() {
  threads = std::make_unique<HandlerThreads>(limits.threads, limits.anonymous_threads);
  asio::post(io, [this] { accept_in_background(); });
  const WithoutSignals none;
  thread = std::thread([this] {
    for (;;) try {
        io.run();
        return;
      } catch (const std::exception &) {
        // One connection is out of memory: the others continue.
      }
  });
}

void HttpServer::Impl::stop() {
  if (thread.joinable()) {
    asio::post(io, [this] {
      stopping = true;
      error_code ignored;
      acceptor.close(ignored);
      for (const auto &[id, connection] : connections) connection->end_waiting();
      work.reset();
    });
    thread.join();
  }
  threads.reset();
  error_code ignored;
  acceptor.close(ignored);
}

void HttpServer::Impl::accept_in_background() {
  asio::co_spawn(io, accept_connections(), [this](const std::exception_ptr &error) {
    if (error && !stopping) accept_in_background();
  });
}

asio::awaitable<void> HttpServer::Impl::accept_connections() {
  asio::steady_timer rest(io);
  while (!stopping) {
    const auto [failed] = co_await acceptor.async_wait(tcp::acceptor::wait_read, as_result);
    if (failed || stopping) co_return;
    if (make_room()) {
      const int socket = ::accept4(acceptor.native_handle(), nullptr, nullptr, SOCK_CLOEXEC);
      const int error = errno;
      if (socket >= 0) take(socket);
      // The client may have disconnected meanwhile.
      if (socket >= 0 || error == EAGAIN || error == ECONNABORTED || error == EINTR) continue;
      // No descriptor is left: close an anonymous connection.
      if (const auto id = admission.one_to_close()) end(*id);
    }
    rest.expires_after(rest_of_acceptor);
    co_await rest.async_wait(as_result);
  }
}

// A new connection has a moment to send its request. Even if others open connections quickly, they
// wait in the kernel's queue until then.
bool HttpServer::Impl::make_room() {
  if (admission.has_room()) return true;
  const auto id = admission.one_to_close();
  if (!id || connections.at(*id)->is_new()) return false;
  end(*id);
  return admission.has_room();
}

void HttpServer::Impl::end(Admission::Id id) {
  admission.closed(id);
  if (const auto found = connections.find(id); found != connections.end()) found->second->close();
}

void HttpServer::Impl::take(int descriptor) {
  tcp::socket socket(io);
  error_code error;
  socket.assign(protocol, descriptor, error);
  if (error) {
    ::close(descriptor);
    return;
  }
  socket.set_option(tcp::no_delay(true), error);
  const Admission::Id id = ++last_id;
  const auto connection = std::make_shared<Connection>(*this, id, std::move(socket));
  connections.emplace(id, connection);
  admission.opened(id);
  asio::co_spawn(io, connection->serve(), [this, id](const std::exception_ptr & /*error*/) {
    end(id);
    connections.erase(id);
  });
}

HttpServer::HttpServer(Handlers handlers, HttpLimits limits)
    : impl_(std::make_unique<Impl>(std::move(handlers), limits)) {}
HttpServer::~HttpServer() {
  stop();
}
std::uint16_t HttpServer::bind(const std::string &address, std::uint16_t port, Rebind rebind) {
  return impl_->bind(address, port, rebind);
}
void HttpServer::start() {
  impl_->start();
}
void HttpServer::stop() {
  impl_->stop();
}

}  // namespace host::inbound
