// Turns requests for an orderly stop into a call: SIGINT, SIGTERM, SIGQUIT, SIGHUP (a closed
// terminal), or a closed reader of our output. A second signal ends the process at once, with exit
// code 128 plus the signal's number; SIGHUP does not, since it accompanies the others: systemd and
// shells send it after SIGTERM, and a closed terminal sends it more than once.
//
// SIGHUP and SIGQUIT stay ignored if they were ignored before, as under nohup.
//
// Create it before any thread that must not receive the signals, and keep it alive as long as an
// orderly stop is needed.
#pragma once

#include <atomic>
#include <csignal>
#include <functional>
#include <thread>

namespace host::cli {

class StopSignals {
 public:
  // `stop` is called on a separate thread: with the first signal, and with 0 when the reader of the
  // pipe `output` has closed it (-1: not checked). Throws std::system_error.
  explicit StopSignals(std::function<void(int signal)> stop, int output = -1);
  ~StopSignals();  // restores the previous dispositions
  StopSignals(const StopSignals &) = delete;
  StopSignals &operator=(const StopSignals &) = delete;

  int received() const noexcept { return received_; }  // the signal's number, or 0

 private:
  void watch();

  std::function<void(int)> stop_;
  std::atomic<int> received_{0};
  bool urged_ = false;  // by a signal other than SIGHUP
  int output_;
  sigset_t before_{};
  int signals_ = -1;  // signalfd
  int end_ = -1;      // eventfd: the watcher may go
  std::thread watcher_;
};

}  // namespace host::cli
