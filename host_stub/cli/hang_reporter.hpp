// Reports which plugin hangs: in the log of a host, and for a command that runs one operation. It
// also ends such a command when a signal asked for it and the plugin blocks it.
#pragma once

#include <functional>
#include <thread>

#include "log/log.hpp"
#include "plugins/hang_watch.hpp"
#include "plugins/plugin_calls.hpp"

namespace host::cli {

void report_hang(Log &log, const Hang &hang);

// Watches on its own thread during its lifetime.
class HangReporter {
 public:
  // How long a call may take after a signal.
  static constexpr std::chrono::seconds max_wait{3};

  // `signal` returns the number of the received signal, or 0. All arguments must outlive this
  // object.
  HangReporter(Log &log, PluginCalls &calls, std::function<int()> signal);

 private:
  void watch(const std::stop_token &stop);

  Log &log_;
  PluginCalls &calls_;
  std::function<int()> signal_;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace host::cli
