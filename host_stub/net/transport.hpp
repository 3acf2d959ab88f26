// HTTP over one libcurl multi handle: the pool of connections of one worker, shared by all its
// accounts. It performs exactly the request it is given, once: no redirect, no retry, no cookie,
// no proxy but the configured one. Deciding what may be sent, and again, is the exchange's part.
//
// For the loop's own thread only; `wake` is for any thread.
#pragma once

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace host {

struct HttpHeader {
  std::string name;
  std::string value;
};

struct HttpRequest {
  std::string method;
  std::string url;
  std::vector<HttpHeader> headers;
  std::string authorization;  // the whole header value, or empty; kept out of `headers` and of logs
  std::span<const std::uint8_t> body;  // borrowed until the exchange is over
  std::chrono::milliseconds timeout{30'000};
  std::uint64_t max_response_bytes = 8u << 20;  // after decoding
  // A request that may not be repeated gets a connection of its own: libcurl 7.88 silently sends a
  // request again when a reused connection dies before the answer.
  bool repeatable = false;
};

enum class NoResponse { other, dns, connect, tls, timeout, reset, too_large, denied };

struct HttpResponse {
  int status = 0;
  std::vector<HttpHeader> headers;  // names in lower case
  std::string body;
};

struct HttpFailure {
  NoResponse kind = NoResponse::other;
  bool maybe_sent = false;  // at least one byte of the request may have reached the service
  std::string detail;       // a sentence for a person; never a secret
};

struct HttpOutcome {
  bool responded = false;
  HttpResponse response;
  HttpFailure failure;
};

struct TransportOptions {
  std::string ca_file;                  // empty: the system's bundle
  std::vector<std::string> connect_to;  // HOST:PORT:ADDR:PORT, as curl's --connect-to
  std::chrono::milliseconds connect_timeout{5'000};
  std::size_t max_connections = 64;
  std::string user_agent;
};

class Transport {
 public:
  explicit Transport(TransportOptions options);
  ~Transport();
  Transport(const Transport &) = delete;
  Transport &operator=(const Transport &) = delete;

  // `co_await transport.perform(request)`: the outcome. Destroying the awaiting coroutine aborts
  // the transfer before anything it borrows is gone.
  class Exchange;
  Exchange perform(const HttpRequest &request);  // `request` must outlive the await

  // Carries transfers on and resumes those that finished; sleeps at most `timeout` when none did.
  void poll(std::chrono::milliseconds timeout);
  void wake();  // [any thread]
  std::size_t in_flight() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

class Transport::Exchange {
 public:
  Exchange(Impl &impl, const HttpRequest &request) noexcept : impl_(impl), request_(request) {}
  ~Exchange();
  Exchange(const Exchange &) = delete;
  Exchange &operator=(const Exchange &) = delete;

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle);
  HttpOutcome await_resume();

 private:
  friend struct Impl;
  Impl &impl_;
  const HttpRequest &request_;
  void *transfer_ = nullptr;
  HttpOutcome outcome_;
};

}  // namespace host
