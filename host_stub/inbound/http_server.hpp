// The HTTP server: sockets, threads and their limits. The owner supplies the functions that answer.
//
// One thread does all reading and writing, so a waiting or slow connection occupies no thread.
// Answers are made on other threads, since that may take long. A connection goes through these
// phases:
//   1. It waits for a request and reads its head, within limits of time and size
//      (request_head.hpp).
//   2. `gate` checks the head. If it returns an answer, the request ends before its body is read.
//   3. The body is read; its length is known.
//   4. `answer` runs on a handler thread.
//   5. The answer is sent. There is no time limit as long as the client keeps reading.
//   6. It waits for the next request; or its sending side is closed, and incoming data is read for
//      a moment: closing at once could destroy the answer in transit (RFC 9112, section 9.6).
// A connection is anonymous until `gate` accepts a session on one of its requests. Anonymous ones
// have shorter deadlines, few handler threads, and a part of the places (admission.hpp).
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
  std::chrono::milliseconds arrival;     // of one complete request
  std::chrono::milliseconds keep_alive;  // between two requests
  std::chrono::milliseconds writing;  // a client that reads nothing for this long is disconnected
};

struct HttpLimits {
  HeadLimits head;
  std::size_t body_bytes = 4u << 20;
  std::size_t requests_of_connection = 200;
  std::size_t connections = 256;            // at once
  std::size_t anonymous_connections = 128;  // of these
  std::size_t threads = 64;                 // that make answers
  std::size_t anonymous_threads = 4;
  Deadlines session{std::chrono::seconds{10}, std::chrono::seconds{5}, std::chrono::seconds{10}};
  Deadlines anonymous{std::chrono::seconds{5}, std::chrono::seconds{5}, std::chrono::seconds{5}};
};

class HttpServer {
 public:
  struct Verdict {
    std::optional<HttpAnswer> ends_with{};  // empty: the request continues
    bool has_session = false;               // the connection is no longer anonymous
  };
  struct Handlers {
    // Runs on the thread that reads and writes: it must not block. The body is not read yet.
    std::function<Verdict(const IncomingRequest &)> gate;
    std::function<HttpAnswer(const IncomingRequest &)> answer;  // on many threads concurrently
    // The answer to a malformed request (400, 408, 411, 413, 414, 417, 431, 501), or for a handler
    // that threw (500). Empty: the connection is closed without an answer. On many threads.
    std::function<std::optional<HttpAnswer>(int status)> refusal;
  };

  explicit HttpServer(Handlers handlers, HttpLimits limits = {});
  ~HttpServer();  // calls `stop`
  HttpServer(const HttpServer &) = delete;
  HttpServer &operator=(const HttpServer &) = delete;

  // `again_at_once`: binds the port even if closed connections of an ended process still occupy it
  // (SO_REUSEADDR). No other process can bind it while this one listens.
  enum class Rebind { refused, again_at_once };
  // Returns the bound port (0 requests any). Throws std::system_error.
  std::uint16_t bind(const std::string &address, std::uint16_t port, Rebind rebind);
  void start();  // on its own threads, which block all signals
  // Ends streams and idle connections, and waits until answers in progress are finished.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace host::inbound
