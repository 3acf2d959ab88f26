// What asks for an orderly end, as a call: SIGINT, SIGTERM, SIGQUIT, SIGHUP (a terminal that is
// closed), or a reader of our output that goes away. A second signal ends the process at once, with
// 128 and the signal's number; SIGHUP does not, since it comes beside the others: systemd and
// shells send it after SIGTERM, and a closed terminal more than once.
//
// SIGHUP and SIGQUIT stay ignored where they were, as by nohup.
//
// Make it before any thread that should not get them, and keep it alive for as long as there is
// something to be ended in order.
#pragma once

#include <atomic>
#include <csignal>
#include <functional>
#include <thread>

namespace host::cli {

class StopSignals {
 public:
  // `stop` is called on a thread of its own: with the first signal, and with 0 when nobody reads
  // the pipe `output` any more (-1: not watched). Throws std::system_error.
  explicit StopSignals(std::function<void(int signal)> stop, int output = -1);
  ~StopSignals();  // the signals have their former meaning again
  StopSignals(const StopSignals &) = delete;
  StopSignals &operator=(const StopSignals &) = delete;

  int received() const noexcept { return received_; }  // the signal's number, or 0

 private:
  void watch();

  std::function<void(int)> stop_;
  std::atomic<int> received_{0};
  bool urged_ = false;  // by another signal than SIGHUP
  int output_;
  sigset_t before_{};
  int signals_ = -1;  // signalfd
  int end_ = -1;      // eventfd: the watcher may go
  std::thread watcher_;
};

}  // namespace host::cli
