// HTTP over one libcurl multi handle: the connection pool of one worker, shared by all its
// accounts. It performs exactly the given request, once: no redirect, no retry, no cookie, no proxy
// except the configured one. The exchange decides which requests are sent and repeated.
//
// An answer is complete or it is a failure: a truncated body, a broken or endless compressed stream
// or an encoding that was not requested is never a success. TLS certificates are always verified.
//
// For the loop's own thread only; `wake` may be called from any thread.
#pragma once

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/proxy_policy.hpp"
#include "http/credential.hpp"

namespace host {

struct HttpHeader {
  std::string name;
  std::string value;
};

struct HttpRequest {
  std::string method;
  std::string url;  // without the credential
  std::vector<HttpHeader> headers;
  HttpCredential credential;
  std::span<const std::uint8_t> body;  // borrowed until the exchange ends
  std::chrono::milliseconds timeout{30'000};
  // For making a connection, its TLS handshake included; nothing where the request finds one.
  std::chrono::milliseconds connect_timeout{5'000};
  std::uint64_t max_response_bytes = 8u << 20;  // after decoding
  // A request that must not be repeated gets its own connection: libcurl 7.88 silently sends a
  // request again if a reused connection closes before the answer.
  bool repeatable = false;
  // An HTTP/1 answer without a length ends with its connection, and libcurl 7.88 accepts a
  // truncated one as complete even over TLS. It is a failure unless this flag allows a partial
  // answer.
  bool accept_unframed_answer = false;
};

// Why there was no response; the values are those of cpi_transport in cpi/plugin.h.
enum class NoResponse {
  other = 1,
  dns,
  connect,
  tls,
  timeout,
  reset,
  too_large,
  denied,         // by policy, or a request that cannot be sent unchanged
  rate_limited,   // the exchange only: no budget before the deadline
  no_credentials  // the exchange only: no usable credentials, a person must act
};

struct HttpResponse {
  int status = 0;
  std::vector<HttpHeader> headers;  // names in lower case
  std::string body;
  int http_version = 0;  // 10, 11, 20, 30; 0: unknown
};

struct HttpFailure {
  NoResponse kind = NoResponse::other;
  // At least one byte of the request may have reached the service. With a response: it answers a
  // repetition, and the service may have received the request before.
  bool maybe_sent = false;
  std::string detail;                        // a sentence for a person; never a secret
  std::chrono::milliseconds retry_after{0};  // rate_limited: when there will be budget; else 0
};

struct HttpOutcome {
  bool responded = false;
  HttpResponse response;
  HttpFailure failure;
  std::uint64_t token_version = 0;  // the exchange only: of the token it was sent with; 0: none
};

struct TransportOptions {
  std::string ca_file;                  // empty: the system's bundle
  std::vector<std::string> connect_to;  // HOST:PORT:ADDR:PORT, as curl's --connect-to
  std::size_t max_connections = 64;
  std::string user_agent;
  ProxyPolicy proxy;
  // Also allows http://, only to localhost, 127.0.0.1 and [::1].
  bool http_to_loopback = false;
};

class Transport {
 public:
  explicit Transport(TransportOptions options);
  ~Transport();
  Transport(const Transport &) = delete;
  Transport &operator=(const Transport &) = delete;

  // `co_await transport.perform(request)` returns the outcome. Destroying the awaiting coroutine
  // aborts the transfer before the data that it borrows is destroyed.
  class Exchange;
  Exchange perform(const HttpRequest &request);  // `request` must outlive the await

  // Advances transfers and resumes the coroutines of finished ones; sleeps at most `timeout` while
  // there is nothing to do. Outcomes are delivered only from here, outside of libcurl callbacks: a
  // resumed coroutine may destroy any other, and begin new requests.
  void poll(std::chrono::milliseconds timeout);
  void wake();  // [any thread]
  std::size_t in_flight() const noexcept;

 private:
  struct Impl;
  struct Transfer;
  std::unique_ptr<Impl> impl_;
};

class Transport::Exchange {
 public:
  Exchange(Impl &impl, const HttpRequest &request) noexcept : impl_(impl), request_(request) {}
  ~Exchange();
  Exchange(const Exchange &) = delete;
  Exchange &operator=(const Exchange &) = delete;

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> handle);  // false: refused; the outcome has the reason
  HttpOutcome await_resume() noexcept;

 private:
  friend struct Impl;
  friend struct Transfer;
  Impl &impl_;
  const HttpRequest &request_;
  Transfer *transfer_ = nullptr;
  HttpOutcome outcome_;
};

}  // namespace host
