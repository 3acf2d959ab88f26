// The HTTP server: sockets, threads and their limits. What is answered is for whoever makes it.
//
// One thread does all reading and writing, so that a connection that waits costs no thread, however
// slowly its bytes come or go. Answers are made on other threads, since that may take long. A
// connection goes through these phases:
//   1. It waits for a request, and reads its head within its time and size (request_head.hpp).
//   2. `gate` sees the head. Its answer ends the request before a byte of its body is read.
//   3. The body is read, which has a length.
//   4. `answer` runs on a handler's thread.
//   5. The answer goes out. The client may take as long as it takes some of it again and again.
//   6. It waits for the next request; or its sending side is closed, and what the client still
//      sends is read for a moment: closing at once could destroy the answer on its way
//      (RFC 9112, section 9.6).
// A connection is a stranger's until `gate` said otherwise of one of its requests. Strangers have
// shorter deadlines, few handlers' threads, and a part of the places (admission.hpp).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "inbound/http_message.hpp"
#include "inbound/request_head.hpp"

namespace host::inbound {

struct Deadlines {
  std::chrono::milliseconds arrival;     // of one request, whole
  std::chrono::milliseconds keep_alive;  // between two
  std::chrono::milliseconds writing;     // a client that takes nothing for so long is gone
};

struct HttpLimits {
  HeadLimits head;
  std::size_t body_bytes = 4u << 20;
  std::size_t requests_of_connection = 200;
  std::size_t connections = 256;  // at once
  std::size_t strangers = 128;    // of these
  std::size_t threads = 64;       // that make answers
  std::size_t stranger_threads = 4;
  Deadlines session{std::chrono::seconds{10}, std::chrono::seconds{5}, std::chrono::seconds{10}};
  Deadlines stranger{std::chrono::seconds{5}, std::chrono::seconds{5}, std::chrono::seconds{5}};
};

class HttpServer {
 public:
  struct Verdict {
    std::optional<HttpAnswer> ends_with{};  // nothing: the request may go on
    bool has_session = false;               // the connection is no stranger's from now on
  };
  struct Handlers {
    // On the thread that does the reading and writing: it must not wait. The body is not there yet.
    std::function<Verdict(const IncomingRequest &)> gate;
    std::function<HttpAnswer(const IncomingRequest &)> answer;  // on many threads at once
    // An answer for what never became a request (400, 408, 411, 413, 414, 417, 431, 501), or for a
    // handler that threw (500). Nothing: the connection is closed without one. On many threads.
    std::function<std::optional<HttpAnswer>(int status)> refusal;
  };

  explicit HttpServer(Handlers handlers, HttpLimits limits = {});
  ~HttpServer();  // as `stop`
  HttpServer(const HttpServer &) = delete;
  HttpServer &operator=(const HttpServer &) = delete;

  // `again_at_once`: the port may be bound although connections of a process that ended are not
  // forgotten yet (SO_REUSEADDR). No other process can bind it while this one listens.
  enum class Rebind { refused, again_at_once };
  // The port that was bound (0 asks for any). Throws std::system_error.
  std::uint16_t bind(const std::string &address, std::uint16_t port, Rebind rebind);
  void start();  // on threads of its own, which take no signals
  // Ends streams and connections that wait, lets answers under way be finished, and waits for that.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace host::inbound
