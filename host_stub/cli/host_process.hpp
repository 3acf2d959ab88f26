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
  bool enable_sinks = false;  // deliver again to webhooks that were given up
  // Told besides the log: of all polls, idle ones too, and of tokens. Null: nobody.
  EngineObserver *polls = nullptr;
  CredentialsObserver *tokens = nullptr;
  // Makes what lives beside the engine, and goes when that has stopped. May be empty.
  std::function<std::shared_ptr<void>(Engine &, const std::shared_ptr<PluginSet> &)> beside;
};

// Throws Failure where it cannot begin.
ExitCode run_host(Context &context, const HostProcess &options);

}  // namespace host::cli
