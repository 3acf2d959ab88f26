// Runs each operation on its own network: for one-shot commands, and in a server for accounts that
// are not saved yet. It works beside a running host, which sees its changes in the database.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "auth/credentials.hpp"
#include "control/operations.hpp"
#include "exchange/exchange.hpp"

namespace host {

// Exists while an operation runs; calls `stop`, on any thread, to cancel the operation.
class Interruption {
 public:
  Interruption() = default;
  virtual ~Interruption() = default;
  Interruption(const Interruption &) = delete;
  Interruption &operator=(const Interruption &) = delete;
  virtual int signal() const noexcept { return 0; }  // the signal that cancelled it, else 0
};
using Interruptible = std::function<std::unique_ptr<Interruption>(std::function<void()> stop)>;

// Requests that no plugin asks for, one after the other: a probe. The body of a request is borrowed
// until it is answered.
class Reading {
 public:
  Reading() = default;
  virtual ~Reading() = default;
  Reading(const Reading &) = delete;
  Reading &operator=(const Reading &) = delete;

  // The next request; empty: that was all. `sent` counts every attempt so far, repeated ones too.
  // It may be called again for a request whose answer never came, after an interruption.
  virtual std::optional<HttpRequest> next(int sent) = 0;
  // How long to wait before the request that `next` has just returned is sent.
  virtual std::chrono::milliseconds wait() const { return std::chrono::milliseconds(0); }
  virtual void answered(HttpOutcome outcome) = 0;  // to the last request
};

// [any thread], each with its own Store in the account
class OwnNetwork : public Operations {
 public:
  using TokenLost = std::function<void(const StoredCredentials::LostToken &)>;

  // The observer must outlive it and may be null; `token_lost` may be empty.
  OwnNetwork(TransportOptions options, Interruptible interruptible,
             ExchangeObserver *observer = nullptr, TokenLost token_lost = {});

  OperationOutcome run(const Account &account, const OperationStart &start,
                       const AnswerWatch &watch) override;
  Trial try_out(TrialAccount account) override;
  std::variant<TokenSet, TokenRefusal> ask_for_tokens(TokenRequest request) override;

  // Sends the requests of `reading` with the account's credentials, within its rate limits, and
  // repeats each at most once. `operation` is for the log. Returns how many were sent, repeated
  // ones included. Throws Interrupted.
  //
  // The requests of `always` (may be null) are sent after those of `reading`, also if `reading` was
  // interrupted or ended with an exception; they themselves are not interrupted by the first
  // signal. So a program that changed something can change it back.
  int read(const Account &account, std::string_view operation, Reading &reading,
           Reading *always = nullptr);

 private:
  struct Network;

  TransportOptions options_;
  Interruptible interruptible_;
  ExchangeObserver *observer_;
  TokenLost token_lost_;
};

}  // namespace host
