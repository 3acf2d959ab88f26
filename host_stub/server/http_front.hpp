// The HTTP server: sockets, threads and their limits. What is answered is for whoever makes it.
//
// A connection has a thread for as long as it asks. So a request must arrive within its time and
// size (net/inbound_connection.hpp), the threads are bounded, and what comes when all are busy
// waits in the kernel's queue.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "server/http.hpp"

namespace host::server {

struct FrontLimits {
  std::size_t threads = 64;
  std::size_t body_bytes = 4u << 20;
  std::size_t target_bytes = 2048;
  std::chrono::milliseconds arrival{10'000};    // of one request, whole
  std::chrono::milliseconds keep_alive{5'000};  // between two
  std::chrono::milliseconds writing{10'000};    // a client that takes nothing for so long is gone
};

class HttpFront {
 public:
  struct Rooms {
    // Before the body is read; an answer ends it there.
    std::function<std::optional<HttpAnswer>(const HttpRequest &)> gate;
    std::function<HttpAnswer(const HttpRequest &)> answer;
    // An answer for what never became a request: 400, 411, 413, 414, 431.
    std::function<HttpAnswer(int status)> refusal;
  };

  // Both functions are called on many threads at once; what they throw becomes a 500.
  HttpFront(Rooms rooms, FrontLimits limits = {});
  ~HttpFront();  // as `stop`
  HttpFront(const HttpFront &) = delete;
  HttpFront &operator=(const HttpFront &) = delete;

  // The port that was bound (0 asks for any). Throws std::system_error.
  std::uint16_t bind(const std::string &address, std::uint16_t port);
  void start();  // on threads of its own
  // Ends streams, lets answers under way be finished, and waits for that.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace host::server
