// One event, many waiters.
#include "worker/event.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "net/transport.hpp"
#include "worker/loop.hpp"

namespace host {
namespace {

struct EventTest : testing::Test {
  Transport transport{{}};
  std::vector<int> log;
  Loop loop{transport};
  Event event{loop};

  Task<void> wait_for_it(int number) {
    co_await event.wait();
    log.push_back(number);
  }
  Task<void> set_it() {
    event.set();
    log.push_back(0);  // before anybody who waits
    co_return;
  }
};

TEST_F(EventTest, ResumesAllWaitersInOrderAfterTheSetter) {
  for (int i = 1; i <= 3; ++i) loop.spawn(wait_for_it(i));
  loop.spawn(set_it());
  loop.run_until_idle();
  EXPECT_EQ(log, (std::vector{0, 1, 2, 3}));
}

TEST_F(EventTest, StaysSet) {
  event.set();
  event.set();
  EXPECT_TRUE(event.is_set());
  loop.spawn(wait_for_it(1));
  loop.run_until_idle();
  EXPECT_EQ(log, (std::vector{1}));
}

TEST_F(EventTest, ForgetsAWaiterThatWasCancelled) {
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

TEST_F(EventTest, ForgetsAWaiterDestroyedBetweenSetAndItsTurn) {
  loop.spawn(wait_for_it(1));
  loop.run_until_complete([](Loop &on, Event &what) -> Task<void> {
    co_await on.yield();
    what.set();
  }(loop, event));
  loop.destroy_tasks();
  EXPECT_EQ(loop.tasks(), 0U);
  loop.run_until_complete([](Loop &on) -> Task<void> { co_await on.yield(); }(loop));
  EXPECT_TRUE(log.empty());
}

}  // namespace
}  // namespace host
