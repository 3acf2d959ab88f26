#include "cli/hang_reporter.hpp"

#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>

namespace host::cli {

void report_hang(Log &log, const Hang &hang) {
  if (hang.over) {
    log.warn(hang.sentence(), {{"plugin", hang.call.plugin}, {"operation", hang.call.operation}});
    return;
  }
  log.error(hang.sentence(),
            {{"plugin", hang.call.plugin},
             {"operation", hang.call.operation},
             {"advice",
              "All other work of this thread is blocked. Report this to the connector's author."}});
}

HangReporter::HangReporter(Log &log, PluginCalls &calls, std::function<int()> signal)
    : log_(log),
      calls_(calls),
      signal_(std::move(signal)),
      thread_([this](const std::stop_token &stop) { watch(stop); }) {}

void HangReporter::watch(const std::stop_token &stop) {
  constexpr std::chrono::milliseconds between_checks{500};
  HangWatch watch;
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  while (!wake.wait_for(lock, stop, between_checks, [&stop] { return stop.stop_requested(); })) {
    for (const Hang &hang : watch.check(calls_.snapshot(), HangWatch::Clock::now()))
      report_hang(log_, hang);
    const int signal = signal_();
    if (signal == 0) continue;
    const auto lasting = watch.lasting(max_wait);
    for (const Hang &hang : lasting)
      log_.error("ended without waiting for a plugin: " + hang.sentence(),
                 {{"plugin", hang.call.plugin},
                  {"operation", hang.call.operation},
                  {"advice", "Requests sent before may have taken effect: check the account."}});
    if (!lasting.empty()) ::_exit(128 + signal);
  }
}

}  // namespace host::cli
