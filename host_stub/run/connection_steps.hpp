// Performs the steps of one connection's operations: requests with the exchange, waits with the
// loop, events with the given `commit`.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "exchange/exchange.hpp"
#include "plugins/drive.hpp"
#include "worker/loop.hpp"

namespace host {

class ConnectionSteps : public StepHandler {
 public:
  using Commit = std::function<Task<bool>(const EventsStep &)>;

  // `commit` may be empty except for polls. The loop and the exchange must outlive it.
  ConnectionSteps(Loop &loop, Exchange &exchange, std::string connection, std::string operation,
                  RequestKind kind, Commit commit, Clock::time_point deadline);

  // The operation's input, for rate rules with `per`. It must outlive this object.
  void acts_on(std::string_view input) noexcept { input_ = input; }
  // Answers are neither kept for other operations of the account nor taken from them.
  void keep_answers_to_itself() noexcept { shares_ = false; }

  Task<HttpOutcome> send(const SendStep &step) override;
  Task<void> wait(std::chrono::milliseconds span) override;
  Task<bool> store(const EventsStep &step) override;
  std::int64_t now_unix_ms() const override;

  void credentials_taken() override;
  Task<bool> renewed(OperationOutcome &outcome) override;

 private:
  Loop &loop_;
  Exchange &exchange_;
  std::string connection_;
  std::string operation_;
  std::string_view input_;
  RequestKind kind_;
  Commit commit_;
  Clock::time_point deadline_;
  bool shares_ = true;
  std::uint64_t token_version_ = 0;  // of the last request; 0: none
  bool may_be_taken_ = false;        // the last answer is not a server error
  CredentialRefusals refusals_;      // recognised by the plugin, not by HTTP status
  int begun_again_ = 0;
};

// Drives an operation other than a poll to its end. Begins it again after ConnectionSteps::renewed,
// for plugins that do not request renewed credentials themselves (CPI_REQUEST_RENEW_CREDENTIALS).
Task<OperationOutcome> drive_signed_in(std::shared_ptr<const Plugin> plugin, OperationStart start,
                                       ConnectionSteps &steps);

}  // namespace host
