// The host itself, in the foreground: it polls and delivers until a signal ends it. Events go to
// the sinks, the log to standard error. `run` and `serve` are both this.
#pragma once

#include <functional>
#include <memory>

#include "cli/command.hpp"
#include "run/engine.hpp"
#include "run/plugin_set.hpp"

namespace host::cli {

struct HostProcess {
  bool once = false;          // poll every trigger once, deliver, and end
  bool enable_sinks = false;  // deliver again to disabled webhooks
  // Receives all polls (idle ones too) and token renewals, in addition to the log. May be null.
  EngineObserver *polls = nullptr;
  CredentialsObserver *tokens = nullptr;
  // Creates an object that lives with the engine and is destroyed after the engine has stopped. May
  // be empty.
  std::function<std::shared_ptr<void>(Engine &, const std::shared_ptr<PluginSet> &)> beside;
};

// Throws Failure when it cannot start.
ExitCode run_host(Context &context, const HostProcess &options);

}  // namespace host::cli
