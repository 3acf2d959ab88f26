// Says which plugin hangs: to the log of a host, and for a command that runs one operation, which
// it also ends when a signal asked for that and the plugin does not let it.
#pragma once

#include <functional>
#include <thread>

#include "log/log.hpp"
#include "plugins/hang_watch.hpp"
#include "plugins/plugin_calls.hpp"

namespace host::cli {

void tell_hang(Log &log, const Hang &hang);

// Watches for as long as it lives, on a thread of its own.
class HangTeller {
 public:
  // How long a call may last once a signal has come.
  static constexpr std::chrono::seconds patience{3};

  // `signal` gives the number of the signal that has come, or 0. All of them outlive it.
  HangTeller(Log &log, PluginCalls &calls, std::function<int()> signal);

 private:
  void watch(const std::stop_token &stop);

  Log &log_;
  PluginCalls &calls_;
  std::function<int()> signal_;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace host::cli
