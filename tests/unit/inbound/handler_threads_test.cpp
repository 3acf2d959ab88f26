#include "inbound/handler_threads.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <vector>

namespace host::inbound {
namespace {

TEST(HandlerThreads, AnonymousJobsThatBlockTheirThreadsHoldUpNoSession) {
  std::promise<void> released;
  const auto wait = released.get_future().share();
  std::atomic<int> of_anonymous = 0;
  std::promise<void> done;
  {
    HandlerThreads threads(4, 2);
    for (int i = 0; i < 10; ++i)
      threads.run(
          [wait, &of_anonymous] {
            wait.wait();
            ++of_anonymous;
          },
          true);
    threads.run([&done] { done.set_value(); }, false);
    done.get_future().wait();
    EXPECT_EQ(of_anonymous, 0) << "all of them still wait";
    released.set_value();
  }
  EXPECT_EQ(of_anonymous, 10) << "what was given is finished";
}

TEST(HandlerThreads, JobsThatBlockEachHaveAThread) {
  HandlerThreads threads(8, 1);
  std::vector<std::promise<void>> begun(8);
  std::promise<void> released;
  const auto wait = released.get_future().share();
  for (auto &one : begun)
    threads.run(
        [&one, wait] {
          one.set_value();
          wait.wait();
        },
        false);
  for (auto &one : begun) one.get_future().wait();
  released.set_value();
}

TEST(HandlerThreads, ManyJobsOfBothKindsAreEachDoneOnce) {
  std::atomic<int> done = 0;
  {
    HandlerThreads threads(3, 1);
    for (int i = 0; i < 2000; ++i) threads.run([&done] { ++done; }, i % 3 == 0);
  }
  EXPECT_EQ(done, 2000);
}

}  // namespace
}  // namespace host::inbound
