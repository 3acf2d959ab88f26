// Operations on a network made for each of them: what a command that ends by itself needs, and a
// server for accounts that are not saved yet. It works beside a running host, which sees what it
// changes in the database.
#pragma once

#include <functional>
#include <memory>

#include "auth/credentials.hpp"
#include "control/operations.hpp"
#include "exchange/exchange.hpp"

namespace host {

// Made for as long as an operation runs; it calls `stop`, on any thread, when somebody wants no
// more of it.
class Interruption {
 public:
  Interruption() = default;
  virtual ~Interruption() = default;
  Interruption(const Interruption &) = delete;
  Interruption &operator=(const Interruption &) = delete;
  virtual int signal() const noexcept { return 0; }  // what asked for it, if it was a signal
};
using Interruptible = std::function<std::unique_ptr<Interruption>(std::function<void()> stop)>;

// [any thread], each with its own Store in the account
class OwnNetwork : public Operations {
 public:
  using TokenLost = std::function<void(const StoredCredentials::LostToken &)>;

  // The observer outlives it and may be null; `token_lost` may be empty.
  OwnNetwork(TransportOptions options, Interruptible interruptible,
             ExchangeObserver *observer = nullptr, TokenLost token_lost = {});

  OperationOutcome run(const Account &account, const OperationStart &start,
                       const AnswerWatch &watch) override;
  Trial try_out(TrialAccount account) override;
  std::variant<TokenSet, TokenRefusal> ask_for_tokens(TokenRequest request) override;

 private:
  struct Network;

  TransportOptions options_;
  Interruptible interruptible_;
  ExchangeObserver *observer_;
  TokenLost token_lost_;
};

}  // namespace host
