// The event loop: order, cancellation at every kind of wait, errors, and other threads.
#include "worker/loop.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "http/transport.hpp"

namespace host {
namespace {

using std::chrono::milliseconds;

struct LoopTest : testing::Test {
  Transport transport{{}};
  std::vector<int> log;
  Loop loop{transport};

  Task<void> note(int number) {
    log.push_back(number);
    co_return;
  }
  Task<void> sleep_then_note(milliseconds span, int number) {
    co_await loop.sleep_for(span);
    log.push_back(number);
  }
};

// Counts how many are alive; lives in a coroutine's frame.
struct Alive {
  explicit Alive(int &counter) : count(counter) { ++count; }
  ~Alive() { --count; }
  Alive(const Alive &) = delete;
  Alive &operator=(const Alive &) = delete;
  int &count;
};

TEST_F(LoopTest, StartsATaskInTheNextTurnAndKeepsItUntilItEnds) {
  loop.spawn(note(1));
  loop.spawn(sleep_then_note(milliseconds(1), 2));
  EXPECT_TRUE(log.empty());
  EXPECT_EQ(loop.tasks(), 2U);
  loop.run_until_idle();
  EXPECT_EQ(log, (std::vector{1, 2}));
  EXPECT_EQ(loop.tasks(), 0U);
}

TEST_F(LoopTest, WakesSleepersByTheirTime) {
  loop.spawn(sleep_then_note(milliseconds(30), 3));
  loop.spawn(sleep_then_note(milliseconds(10), 1));
  loop.spawn(sleep_then_note(milliseconds(20), 2));
  const auto before = Clock::now();
  loop.run_until_idle();
  EXPECT_EQ(log, (std::vector{1, 2, 3}));
  EXPECT_GE(Clock::now() - before, milliseconds(30));
}

TEST_F(LoopTest, DoesNotWaitForATimeThatHasPassed) {
  loop.run_until_complete([](Loop &on) -> Task<void> {
    co_await on.sleep_until(Clock::now() - milliseconds(5));
    co_await on.sleep_for(milliseconds(-5));
  }(loop));
}

TEST_F(LoopTest, YieldLetsTheOthersHaveTheirTurn) {
  const auto twice = [](Loop &on, std::vector<int> &into, int number) -> Task<void> {
    into.push_back(number);
    co_await on.yield();
    into.push_back(number + 10);
  };
  loop.spawn(twice(loop, log, 1));
  loop.spawn(twice(loop, log, 2));
  loop.run_until_idle();
  EXPECT_EQ(log, (std::vector{1, 2, 11, 12}));
}

TEST_F(LoopTest, SaysWhenATurnEnds) {
  loop.at_turn_end([this] { log.push_back(0); });
  loop.spawn(note(1));
  loop.spawn(note(2));
  loop.run_until_idle();
  ASSERT_GE(log.size(), 3U);
  EXPECT_EQ((std::vector(log.begin(), log.begin() + 3)), (std::vector{1, 2, 0}));
}

TEST_F(LoopTest, RunRethrowsWhatLeftTheEndOfATurnAndCanGoOn) {
  bool broken = true;
  loop.at_turn_end([&broken] {
    if (std::exchange(broken, false)) throw std::runtime_error("end of turn");
  });
  loop.spawn(note(1));
  EXPECT_THROW(loop.run_until_idle(), std::runtime_error);
  loop.run_until_idle();
  EXPECT_EQ(log, std::vector{1});
}

TEST_F(LoopTest, ReturnsWhatATaskGave) {
  const auto text = [](Loop &on) -> Task<std::unique_ptr<std::string>> {
    co_await on.sleep_for(milliseconds(1));
    co_return std::make_unique<std::string>("given");
  };
  EXPECT_EQ(*loop.run_until_complete(text(loop)), "given");
  EXPECT_EQ(loop.tasks(), 0U);
}

Task<int> fail(Loop &loop) {
  co_await loop.yield();
  throw std::runtime_error("thrown by the task");
}

TEST_F(LoopTest, RethrowsWhatTheAwaitedTaskThrew) {
  EXPECT_THROW(loop.run_until_complete(fail(loop)), std::runtime_error);
  loop.spawn(note(1));
  loop.run_until_idle();
  EXPECT_EQ(log, (std::vector{1}));
}

TEST_F(LoopTest, RunRethrowsWhatLeftASpawnedTaskAndCanGoOn) {
  loop.spawn([](Loop &on) -> Task<void> { co_await fail(on); }(loop));
  loop.spawn(sleep_then_note(milliseconds(2), 1));
  EXPECT_THROW(loop.run_until_idle(), std::runtime_error);
  loop.run_until_idle();
  EXPECT_EQ(log, (std::vector{1}));
}

TEST_F(LoopTest, RunRethrowsWhatLeftPostedWorkAndRunsTheRest) {
  loop.post([] { throw std::logic_error("thrown by posted work"); });
  loop.post([this] { log.push_back(1); });
  EXPECT_THROW(loop.run(), std::logic_error);
  EXPECT_EQ(log, (std::vector{1}));
}

TEST_F(LoopTest, AnotherTasksErrorEndsTheRunAndDestroysTheAwaitedTask) {
  int alive = 0;
  const auto forever = [](Loop &on, int &count) -> Task<int> {
    const Alive counted(count);
    co_await on.sleep_for(std::chrono::hours(1));
    co_return 1;
  };
  loop.spawn([](Loop &on) -> Task<void> { co_await fail(on); }(loop));
  EXPECT_THROW(loop.run_until_complete(forever(loop, alive)), std::runtime_error);
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(loop.tasks(), 0U);
}

TEST_F(LoopTest, StopEndsARunAndDestroysTheAwaitedTask) {
  int alive = 0;
  const auto forever = [](Loop &on, int &count) -> Task<void> {
    const Alive counted(count);
    on.post([&on] { on.stop(); });
    co_await on.sleep_for(std::chrono::hours(1));
  };
  EXPECT_THROW(loop.run_until_complete(forever(loop, alive)), LoopStopped);
  EXPECT_EQ(alive, 0);
}

TEST_F(LoopTest, StopBeforeTheRunEndsJustThatRun) {
  loop.stop();
  loop.run();
  loop.spawn(note(1));
  loop.run_until_idle();
  EXPECT_EQ(log, (std::vector{1}));
}

TEST_F(LoopTest, CancelsATaskInItsSleep) {
  int alive = 0;
  const auto id = loop.spawn([](Loop &on, int &count) -> Task<void> {
    const Alive counted(count);
    co_await on.sleep_for(std::chrono::hours(1));
  }(loop, alive));
  loop.spawn([](Loop &on, std::uint64_t victim) -> Task<void> {
    co_await on.yield();
    on.cancel(victim);
    on.cancel(victim);
  }(loop, id));
  loop.run_until_idle();
  EXPECT_EQ(alive, 0);
  loop.cancel(id);
  loop.cancel(12'345);
  EXPECT_EQ(loop.tasks(), 0U);
}

TEST_F(LoopTest, ATaskMayCancelItself) {
  int alive = 0;
  std::uint64_t id = 0;
  id = loop.spawn([](Loop &on, int &count, const std::uint64_t &self) -> Task<void> {
    const Alive counted(count);
    on.cancel(self);
    co_await on.sleep_for(std::chrono::hours(1));
  }(loop, alive, id));
  loop.run_until_idle();
  EXPECT_EQ(alive, 0);
}

TEST_F(LoopTest, ATaskThatNeverStartedIsDestroyedToo) {
  int alive = 0;
  const auto with_argument = [](std::unique_ptr<Alive>) -> Task<void> { co_return; };
  loop.cancel(loop.spawn(with_argument(std::make_unique<Alive>(alive))));
  loop.spawn(with_argument(std::make_unique<Alive>(alive)));
  EXPECT_EQ(alive, 2);
  loop.destroy_tasks();
  EXPECT_EQ(alive, 0);
}

TEST(Loop, ItsEndDestroysTasksAndThoseTheySpawnThen) {
  struct SpawnsAtItsEnd {
    Loop &loop;
    int &alive;
    ~SpawnsAtItsEnd() {
      loop.spawn([](Loop &on, std::unique_ptr<Alive>) -> Task<void> {
        co_await on.sleep_for(std::chrono::hours(1));
      }(loop, std::make_unique<Alive>(alive)));
    }
  };
  Transport transport{{}};
  int alive = 0;
  {
    Loop loop(transport);
    loop.spawn([](Loop &on, int &count) -> Task<void> {
      const SpawnsAtItsEnd spawner{on, count};
      co_await on.sleep_for(std::chrono::hours(1));
    }(loop, alive));
    loop.run_until_complete([](Loop &on) -> Task<void> { co_await on.yield(); }(loop));
  }
  EXPECT_EQ(alive, 0);
}

TEST_F(LoopTest, TurnTimeStandsStillInsideATurn) {
  loop.run_until_complete([](Loop &on) -> Task<void> {
    const auto first = on.turn_time();
    while (Clock::now() <= first) {
    }
    EXPECT_EQ(on.turn_time(), first);
    co_await on.yield();
    EXPECT_GT(on.turn_time(), first);
  }(loop));
}

TEST_F(LoopTest, TakesPostedWorkOfManyThreadsEachInItsOrder) {
  constexpr int threads = 4;
  constexpr int each = 5'000;
  std::vector<int> last(threads, -1);
  int total = 0;
  std::vector<std::jthread> posters;
  for (int thread = 0; thread < threads; ++thread) {
    posters.emplace_back([&, thread] {
      for (int i = 0; i < each; ++i) {
        loop.post([&, thread, i] {
          EXPECT_EQ(last[static_cast<std::size_t>(thread)], i - 1);
          last[static_cast<std::size_t>(thread)] = i;
          if (++total == threads * each) loop.stop();
        });
      }
    });
  }
  loop.run();
  EXPECT_EQ(total, threads * each);
}

TEST_F(LoopTest, APostWakesALoopThatSleeps) {
  // Without the wake the run would last for the hour of the timer, or for ever.
  for (int round = 0; round < 200; ++round) {
    std::jthread poster([this] { loop.post([this] { loop.stop(); }); });
    loop.run();
  }
  loop.spawn(sleep_then_note(std::chrono::hours(1), 1));
  std::jthread stopper([this] { loop.stop(); });
  loop.run();
  EXPECT_TRUE(log.empty());
}

TEST_F(LoopTest, RandomCancellationLeavesNothingBehind) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  int alive = 0;
  std::function<Task<void>(int)> deep = [&](int depth) -> Task<void> {
    const Alive counted(alive);
    if (depth > 0) co_await deep(depth - 1);
    for (int i = 0; i < 3; ++i) {
      if (random() % 2 != 0)
        co_await loop.yield();
      else
        co_await loop.sleep_for(std::chrono::microseconds(random() % 200));
    }
  };
  std::vector<std::uint64_t> ids;
  for (int round = 0; round < 2'000; ++round) {
    ids.push_back(loop.spawn(deep(static_cast<int>(random() % 4))));
    if (random() % 2 != 0) loop.cancel(ids[random() % ids.size()]);
    if (random() % 4 == 0)
      loop.run_until_complete([](Loop &on) -> Task<void> { co_await on.yield(); }(loop));
  }
  loop.run_until_idle();
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(loop.tasks(), 0U);
}

}  // namespace
}  // namespace host
