// Operations for people whose host is running: those of saved accounts are carried out by the
// engine's workers, with the tokens and budgets that their polls use; what is about an account that
// is not saved yet gets a network of its own.
//
// [any thread]
#pragma once

#include <functional>
#include <list>
#include <mutex>

#include "control/own_network.hpp"
#include "run/engine.hpp"

namespace host::server {

// Ends what waits on networks of their own, all at once.
class Interrupter {
 public:
  std::unique_ptr<Interruption> watch(std::function<void()> stop);
  void interrupt();  // what is there, and what comes later

 private:
  class Watched;
  std::mutex mutex_;
  bool interrupted_ = false;
  std::list<std::function<void()>> stops_;
};

class EngineOperations : public Operations {
 public:
  // The engine outlives it.
  EngineOperations(Engine &engine, TransportOptions transport);

  OperationOutcome run(const Account &account, const OperationStart &start,
                       const AnswerWatch &watch) override;
  Trial try_out(TrialAccount account) override;
  std::variant<TokenSet, TokenRefusal> ask_for_tokens(TokenRequest request) override;

  void interrupt() { interrupter_.interrupt(); }

 private:
  Engine &engine_;
  Interrupter interrupter_;
  OwnNetwork own_;
};

}  // namespace host::server
