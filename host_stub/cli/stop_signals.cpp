#include "cli/stop_signals.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <system_error>
#include <utility>

namespace host::cli {

namespace {

// A blocked signal reaches a signalfd even if its disposition is "ignore".
bool is_ignored(int signal) {
  struct sigaction present {};
  return ::sigaction(signal, nullptr, &present) == 0 && present.sa_handler == SIG_IGN;
}

sigset_t ending_signals() {
  sigset_t set{};
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  for (const int signal : {SIGHUP, SIGQUIT})
    if (!is_ignored(signal)) sigaddset(&set, signal);
  return set;
}

}  // namespace

StopSignals::StopSignals(std::function<void(int)> stop, int output)
    : stop_(std::move(stop)), output_(output) {
  const sigset_t set = ending_signals();
  pthread_sigmask(SIG_BLOCK, &set, &before_);
  signals_ = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  end_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (signals_ < 0 || end_ < 0) {
    const int error = errno;
    if (signals_ >= 0) ::close(signals_);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    throw std::system_error(error, std::generic_category(), "cannot watch for signals");
  }
  watcher_ = std::thread([this] { watch(); });
}

StopSignals::~StopSignals() {
  const std::uint64_t one = 1;
  // An eventfd that was just made takes a 1 without blocking.
  [[maybe_unused]] const ssize_t written = ::write(end_, &one, sizeof one);
  watcher_.join();
  ::close(end_);
  ::close(signals_);
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void StopSignals::watch() {
  for (;;) {
    // No event is requested for `output_`: POLLERR reports a closed reader in any case (poll(2)).
    std::array<pollfd, 3> watched{{{signals_, POLLIN, 0}, {end_, POLLIN, 0}, {output_, 0, 0}}};
    if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) return;
    if (watched[1].revents != 0) return;
    if (watched[2].revents != 0) {
      output_ = -1;
      stop_(0);
    }
    signalfd_siginfo info{};
    if (::read(signals_, &info, sizeof info) != sizeof info) continue;
    const int signal = static_cast<int>(info.ssi_signo);
    if (urged_) {
      if (signal != SIGHUP) ::_exit(128 + signal);
      continue;
    }
    urged_ = signal != SIGHUP;
    if (received_ != 0) continue;
    received_ = signal;
    stop_(signal);
  }
}

}  // namespace host::cli
