// The policy between an operation and the network: whether and when a request is sent, with which
// credentials, and what happens after its outcome. All requests of a connector on one worker pass
// through here; the transport below only carries them.
//
// For the loop's own thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.hpp"
#include "exchange/allowed_hosts.hpp"
#include "exchange/answer_cache.hpp"
#include "exchange/credentials.hpp"
#include "exchange/rate_limit.hpp"
#include "exchange/rate_store.hpp"
#include "exchange/request_kind.hpp"
#include "exchange/retry.hpp"
#include "http/transport.hpp"
#include "worker/loop.hpp"

namespace host {

// State of the handling of refused credentials, for one request or one operation.
struct CredentialRefusals {
  int renewals = 0;
  int waited = 0;        // number of waits for new credentials to take effect
  bool counted = false;  // the last request counts in the rate store
};

struct ExchangeRequest {
  std::string connection;  // its id; the account whose budget and token are used
  std::string operation;   // the action's, trigger's or lookup's id
  std::string_view input;  // the operation's, as JSON; empty if no rate rule has `per`
  RequestKind kind = RequestKind::action;
  bool credentials = false;  // CPI_REQUEST_CREDENTIALS
  bool secret = false;       // CPI_REQUEST_SECRET
  bool shareable = false;    // CPI_REQUEST_SHAREABLE; only for a GET without a body
  // Method, URL, headers and body as the plugin gave them; `repeatable` is CPI_REQUEST_REPEATABLE;
  // a timeout or size of 0 is replaced by the exchange's, a larger one is reduced to it. Only the
  // exchange sets `credential` and `connect_timeout`.
  HttpRequest http;
  // Not 0: according to the plugin, the service refused the operation's last request with the token
  // of this version. The token is renewed before this request is sent.
  std::uint64_t refused_version = 0;
  CredentialRefusals *refusals = nullptr;  // the operation's; outlives the task. May be null
  // Neither a wait (for budget or a retry) nor an attempt extends beyond it.
  Clock::time_point deadline = Clock::time_point::max();
};

struct ExchangeOptions {
  std::vector<std::string> allowed_hosts;  // see AllowedHosts
  bool http_to_loopback = false;
  std::vector<RateRule> rate_rules;
  // Stores the use of rules for single operations; null: kept in memory like that of the others.
  RateStore *rate_store = nullptr;
  AnswerCacheOptions answer_cache;
  RetryPolicy retry;
  std::chrono::milliseconds timeout{30'000};  // of one attempt
  std::chrono::milliseconds connect_timeout{5'000};
  std::uint64_t max_response_bytes = 8u << 20;
  // Called for every attempt, including those that are retried; may be empty.
  std::function<void(const HttpResponse &)> watch;
  std::uint64_t seed = 0;  // of the jitter; 0: a random one
};

// One attempt, for logs and metrics. The views are valid only during the call.
struct Attempt {
  std::string_view connection;
  std::string_view operation;
  RequestKind kind;
  std::string_view method;
  std::string_view target;  // host and path without the query; of a secret request, the host
  int number;               // 1, 2, ... within its request
  int status;               // 0: no response
  NoResponse failure;       // when status is 0
  std::chrono::milliseconds duration;
  Verdict verdict;  // the decision; `retry` includes one with a renewed token
};

class ExchangeObserver {
 public:
  virtual ~ExchangeObserver() = default;
  virtual void attempted(const Attempt &attempt) = 0;
  // A request must wait for its account's budget, or cannot wait that long (deadline).
  virtual void held_back(std::string_view connection, RequestKind kind,
                         std::chrono::milliseconds wait) = 0;
  // A request was answered from the answer to another one.
  virtual void shared(std::string_view connection) = 0;
};

class Exchange {
 public:
  // The loop, the credentials and the observer (may be null) must outlive it. It must outlive the
  // last resumption of its tasks, but not their destruction: see Loop::destroy_tasks. Throws
  // std::invalid_argument for an invalid host or rate rule.
  Exchange(Loop &loop, Credentials &credentials, ExchangeOptions options,
           ExchangeObserver *observer = nullptr);
  Exchange(const Exchange &) = delete;
  Exchange &operator=(const Exchange &) = delete;

  // Processes one request completely; the request's body must outlive the task. Destroying the task
  // aborts it. Throws only if memory runs out.
  //
  // If the exchange itself refuses a request, nothing was sent: `denied` by policy, `rate_limited`
  // (with retry_after) if there is no budget before the deadline, `no_credentials` if a person must
  // sign in, `other` if no token is available at the moment or the service does not accept the new
  // one yet.
  Task<HttpOutcome> perform(ExchangeRequest request);

  // The same for an operation that ended with refused credentials: renews the token once for
  // `refusals`; afterwards as Credentials::refused_again.
  Task<CredentialResult> renew(std::string connection, std::uint64_t refused_version,
                               CredentialRefusals &refusals);
  // The service accepted the token of that version: an operation continued with the answer.
  void accepted(std::string_view connection, std::uint64_t version) {
    credentials_.accepted(connection, version);
  }

  RateLimiter &rate_limiter() noexcept { return limiter_; }
  const AnswerCache &answer_cache() const noexcept { return cache_; }

 private:
  std::optional<HttpOutcome> refuse(const ExchangeRequest &request) const;
  Task<HttpOutcome> share(ExchangeRequest &request);
  Task<HttpOutcome> carry_out(ExchangeRequest &request);
  bool has_room_now(const ExchangeRequest &request);
  Task<std::optional<HttpOutcome>> wait_for_room(const ExchangeRequest &request);
  bool has_stored_rate(const ExchangeRequest &request) const;
  Task<HttpOutcome> carry_out_with_stored_rates(ExchangeRequest &request);
  Task<std::optional<HttpOutcome>> wait_for_stored_rates(const ExchangeRequest &request);
  void give_back(const ExchangeRequest &request, std::span<const RateRule> counted) const;
  struct AfterRefusal;
  Task<AfterRefusal> after_refusal(const ExchangeRequest &request, std::uint64_t refused_version,
                                   CredentialRefusals &refusals);
  Decision decide_about(const ExchangeRequest &request, const HttpOutcome &outcome,
                        int retries_done);
  void report(const ExchangeRequest &request, const HttpOutcome &outcome, int number,
              Clock::time_point started, Verdict verdict) const;

  Loop &loop_;
  Credentials &credentials_;
  ExchangeOptions options_;
  ExchangeObserver *observer_;
  AllowedHosts allowed_hosts_;
  std::vector<RateRule> stored_rules_;
  RateLimiter limiter_;
  AnswerCache cache_;
  std::mt19937_64 random_;
};

}  // namespace host
