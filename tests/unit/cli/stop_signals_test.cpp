#include "cli/stop_signals.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <future>
#include <thread>

namespace host::cli {
namespace {

TEST(StopSignals, CallOnceForTheFirstOne) {
  std::promise<int> stopped;
  StopSignals signals([&stopped](int signal) { stopped.set_value(signal); });
  EXPECT_EQ(signals.received(), 0);
  ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
  EXPECT_EQ(stopped.get_future().get(), SIGTERM);
  EXPECT_EQ(signals.received(), SIGTERM);
}

TEST(StopSignals, GiveTheSignalsTheirMeaningBack) {
  {
    const StopSignals signals([](int) {});
  }
  sigset_t blocked{};
  pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  EXPECT_EQ(sigismember(&blocked, SIGTERM), 0);
  EXPECT_EQ(sigismember(&blocked, SIGINT), 0);
}

TEST(StopSignals, NoticeThatNobodyReadsAnyMore) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  std::promise<int> stopped;
  const StopSignals signals([&stopped](int signal) { stopped.set_value(signal); }, ends[1]);
  ::close(ends[0]);
  EXPECT_EQ(stopped.get_future().get(), 0);
  ::close(ends[1]);
}

TEST(StopSignals, AreThoseOfAClosedTerminalToo) {
  for (const int signal : {SIGHUP, SIGQUIT}) {
    std::promise<int> stopped;
    StopSignals signals([&stopped](int which) { stopped.set_value(which); });
    ASSERT_EQ(::kill(::getpid(), signal), 0);
    EXPECT_EQ(stopped.get_future().get(), signal);
  }
}

TEST(StopSignals, AHangUpThatWasToBeIgnoredStaysIgnored) {
  const auto before = std::signal(SIGHUP, SIG_IGN);  // as nohup does
  std::promise<int> stopped;
  {
    StopSignals signals([&stopped](int signal) { stopped.set_value(signal); });
    ASSERT_EQ(::kill(::getpid(), SIGHUP), 0);
    ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
    EXPECT_EQ(stopped.get_future().get(), SIGTERM);
  }
  std::signal(SIGHUP, before);
}

TEST(StopSignals, AHangUpIsNoSecondOne) {
  std::atomic<int> calls = 0;
  std::promise<void> stopped;
  {
    StopSignals signals([&](int) {
      if (++calls == 1) stopped.set_value();
    });
    ASSERT_EQ(::kill(::getpid(), SIGHUP), 0);
    stopped.get_future().wait();
    // Each is seen before the next one comes, or they would be one.
    for (const int signal : {SIGHUP, SIGTERM, SIGHUP}) {
      ASSERT_EQ(::kill(::getpid(), signal), 0);
      sigset_t waiting{};
      do {
        std::this_thread::yield();
        sigpending(&waiting);
      } while (sigismember(&waiting, signal) == 1);
    }
    EXPECT_EQ(signals.received(), SIGHUP);
  }
  EXPECT_EQ(calls, 1);
}

TEST(StopSignalsDeathTest, EndTheProcessAtTheSecondOne) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        std::promise<void> stopped;
        StopSignals signals([&stopped](int) { stopped.set_value(); });
        ::kill(::getpid(), SIGINT);
        stopped.get_future().wait();
        ::kill(::getpid(), SIGINT);
        for (;;) ::pause();
      },
      testing::ExitedWithCode(128 + SIGINT), "");
}

}  // namespace
}  // namespace host::cli
