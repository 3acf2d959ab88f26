// HTTP over one libcurl multi handle: the pool of connections of one worker, shared by all its
// accounts. It performs exactly the request it is given, once: no redirect, no retry, no cookie,
// no proxy but the configured one. Deciding what may be sent, and again, is the exchange's part.
//
// An answer is whole or it is a failure: a body cut short, a broken or endless compressed stream
// and an unasked encoding never pass as good. TLS certificates are always verified.
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

#include "http/credential.hpp"

namespace host {

struct HttpHeader {
  std::string name;
  std::string value;
};

struct HttpRequest {
  std::string method;
  std::string url;  // without the credential, wherever that goes
  std::vector<HttpHeader> headers;
  HttpCredential credential;
  std::span<const std::uint8_t> body;  // borrowed until the exchange is over
  std::chrono::milliseconds timeout{30'000};
  std::uint64_t max_response_bytes = 8u << 20;  // after decoding
  // A request that may not be repeated gets a connection of its own: libcurl 7.88 silently sends a
  // request again when a reused connection dies before the answer.
  bool repeatable = false;
  // An answer of HTTP/1 without a length ends where its connection ends, and libcurl 7.88 takes a
  // cut for an end even over TLS. It is a failure unless this says that a part would do.
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
  denied,         // policy, or a request that cannot be put on the wire as it is
  rate_limited,   // the exchange only: no room before the deadline
  no_credentials  // the exchange only: no usable token, a person must act
};

struct HttpResponse {
  int status = 0;
  std::vector<HttpHeader> headers;  // names in lower case
  std::string body;
};

struct HttpFailure {
  NoResponse kind = NoResponse::other;
  // At least one byte of the request may have reached the service. Also of a response, which then
  // answers a repetition.
  bool maybe_sent = false;
  std::string detail;                        // a sentence for a person; never a secret
  std::chrono::milliseconds retry_after{0};  // rate_limited: when there will be room; else 0
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
  std::chrono::milliseconds connect_timeout{5'000};
  std::size_t max_connections = 64;
  std::string user_agent;
  std::string proxy;  // http://HOST:PORT or as CURLOPT_PROXY takes it; empty: none
  // The proxy is what http_proxy, https_proxy and no_proxy say. Only when asked: an environment
  // that someone else set must not carry tokens elsewhere.
  bool environment_proxy = false;
  // Allows http:// besides https://, to localhost, 127.0.0.1 and [::1] only.
  bool http_to_loopback = false;
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

  // Carries transfers on and resumes those that finished; sleeps at most `timeout` until there is
  // something to do.
  // An outcome is only delivered from here, and outside of libcurl: the coroutine resumed may
  // destroy any other, and begin new requests.
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
  bool await_suspend(std::coroutine_handle<> handle);  // false: refused, the outcome says why
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
