// Operations in a running host: for saved accounts the engine's workers run them, with the tokens
// and budgets that polls use; for an account that is not saved yet they run on a separate network.
//
// [any thread]
#pragma once

#include <functional>
#include <list>
#include <mutex>

#include "control/own_network.hpp"
#include "run/engine.hpp"

namespace host::server {

// Cancels all operations on separate networks.
class Interrupter {
 public:
  std::unique_ptr<Interruption> watch(std::function<void()> stop);
  void interrupt();  // current and later ones

 private:
  class Watched;
  std::mutex mutex_;
  bool interrupted_ = false;
  std::list<std::function<void()>> stops_;
};

class EngineOperations : public Operations {
 public:
  // The engine must outlive it.
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
