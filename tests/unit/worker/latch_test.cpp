// One latch, many waiters.
#include "worker/latch.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "http/transport.hpp"
#include "worker/loop.hpp"

namespace host {
namespace {

struct LatchTest : testing::Test {
  Transport transport{{}};
  std::vector<int> log;
  Loop loop{transport};
  Latch latch{loop};

  Task<void> wait_for_it(int number) {
    co_await latch.wait();
    log.push_back(number);
  }
  Task<void> set_it() {
    latch.set();
    log.push_back(0);  // before anybody who waits
    co_return;
  }
};

TEST_F(LatchTest, ResumesAllWaitersInOrderAfterTheSetter) {
  for (int i = 1; i <= 3; ++i) loop.spawn(wait_for_it(i));
  loop.spawn(set_it());
  loop.run_until_idle();
  EXPECT_EQ(log, (std::vector{0, 1, 2, 3}));
}

TEST_F(LatchTest, StaysSet) {
  latch.set();
  latch.set();
  EXPECT_TRUE(latch.is_set());
  loop.spawn(wait_for_it(1));
  loop.run_until_idle();
  EXPECT_EQ(log, (std::vector{1}));
}

TEST_F(LatchTest, ForgetsAWaiterThatWasCancelled) {
  loop.spawn(wait_for_it(1));
  const auto cancelled = loop.spawn(wait_for_it(2));
  loop.spawn(wait_for_it(3));
  loop.run_until_complete([](Loop &on, std::uint64_t victim) -> Task<void> {
    co_await on.yield();
    on.cancel(victim);
    co_await on.yield();
  }(loop, cancelled));
  loop.spawn(set_it());
  loop.run_until_idle();
  EXPECT_EQ(log, (std::vector{0, 1, 3}));
}

TEST_F(LatchTest, ForgetsAWaiterDestroyedBetweenSetAndItsTurn) {
  loop.spawn(wait_for_it(1));
  loop.run_until_complete([](Loop &on, Latch &what) -> Task<void> {
    co_await on.yield();
    what.set();
  }(loop, latch));
  loop.destroy_tasks();
  EXPECT_EQ(loop.tasks(), 0U);
  loop.run_until_complete([](Loop &on) -> Task<void> { co_await on.yield(); }(loop));
  EXPECT_TRUE(log.empty());
}

}  // namespace
}  // namespace host
