#include "server/engine_operations.hpp"

#include <utility>

namespace host::server {

class Interrupter::Watched : public Interruption {
 public:
  Watched(Interrupter &owner, std::list<std::function<void()>>::iterator place)
      : owner_(owner), place_(place) {}
  ~Watched() override {
    const std::scoped_lock lock(owner_.mutex_);
    owner_.stops_.erase(place_);
  }
  Watched(const Watched &) = delete;
  Watched &operator=(const Watched &) = delete;

 private:
  Interrupter &owner_;
  std::list<std::function<void()>>::iterator place_;
};

std::unique_ptr<Interruption> Interrupter::watch(std::function<void()> stop) {
  const std::scoped_lock lock(mutex_);
  if (interrupted_) stop();
  stops_.push_front(std::move(stop));
  return std::make_unique<Watched>(*this, stops_.begin());
}

void Interrupter::interrupt() {
  const std::scoped_lock lock(mutex_);
  interrupted_ = true;
  for (const auto &stop : stops_) stop();
}

EngineOperations::EngineOperations(Engine &engine, TransportOptions transport)
    : engine_(engine), own_(std::move(transport), [this](std::function<void()> stop) {
        return interrupter_.watch(std::move(stop));
      }) {}

OperationOutcome EngineOperations::run(const Account &account, const OperationStart &start,
                                       const AnswerWatch & /*watch*/) {
  auto outcome = engine_.operate(account.connection, start, longest_wait(start.kind));
  if (!outcome) throw Interrupted(0);
  return std::move(*outcome);
}

Trial EngineOperations::try_out(TrialAccount account) {
  return own_.try_out(std::move(account));
}

std::variant<TokenSet, TokenRefusal> EngineOperations::ask_for_tokens(TokenRequest request) {
  return own_.ask_for_tokens(std::move(request));
}

}  // namespace host::server
