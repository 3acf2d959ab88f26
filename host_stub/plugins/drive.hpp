// The coroutine that carries out one operation's steps to its end.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "base/task.hpp"
#include "http/transport.hpp"
#include "plugins/operation.hpp"
#include "plugins/outcome.hpp"
#include "plugins/plugin.hpp"

namespace host {

// Performs an operation's steps. One for each connection and use; must outlive its tasks.
class StepHandler {
 public:
  virtual ~StepHandler() = default;
  // Performs the request; destroying the task aborts it. The step is borrowed until the task ends.
  virtual Task<HttpOutcome> send(const SendStep &step) = 0;
  virtual Task<void> wait(std::chrono::milliseconds span) = 0;
  // Poll: true once events and cursor are on disk; false abandons the operation without an error.
  virtual Task<bool> store(const EventsStep &step) = 0;
  virtual std::int64_t now_unix_ms() const = 0;
  // The service has accepted the credentials: the plugin continued after the last answer, or failed
  // for a different reason.
  virtual void credentials_taken() {}
  // The operation has ended, possibly with refused credentials (auth_expired). True: there are new
  // ones, and the operation may be begun again. Otherwise `outcome` may contain the reason.
  virtual Task<bool> renewed(OperationOutcome & /*outcome*/) { co_return false; }
};

struct DriveOptions {
  OperationLimits limits{};
  bool dry_run = false;  // stop at the first SEND and return the request as JSON, secrets masked
  HttpCredential credential{};  // dry run: where the host would put it; the value is not used
};

// Begins the operation at once (`start` is borrowed for this call only), and drives it when
// awaited. Never throws for errors of the plugin: they give an outcome of class plugin_fault.
// Exceptions of the handler pass through. Destroying the task aborts the transfer, then ends the
// operation.
//
// The options have no default argument: gcc 12 copies a temporary with text in it byte by byte into
// the frame of a coroutine that awaits this, and frees it twice (gcc bug 98401).
Task<OperationOutcome> drive(const std::shared_ptr<const Plugin> &plugin,
                             const OperationStart &start, StepHandler &handler,
                             const DriveOptions &options);
Task<OperationOutcome> drive(const std::shared_ptr<const Plugin> &plugin,
                             const OperationStart &start, StepHandler &handler);

}  // namespace host
