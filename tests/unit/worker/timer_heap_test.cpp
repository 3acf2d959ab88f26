// The timer heap against a model that keeps everything sorted.
#include "worker/timer_heap.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace host {
namespace {

using TimePoint = TimerHeap::TimePoint;

TimePoint at(int ms) {
  return TimePoint() + std::chrono::milliseconds(ms);
}

// Handles are only compared here, never resumed.
std::coroutine_handle<> handle(std::uintptr_t number) {
  return std::coroutine_handle<>::from_address(reinterpret_cast<void *>(number * 16));
}

TEST(TimerHeap, FiresByDueTimeThenByAge) {
  TimerHeap heap;
  EXPECT_FALSE(heap.next_due());
  heap.add(at(20), handle(1));
  heap.add(at(10), handle(2));
  heap.add(at(10), handle(3));
  EXPECT_EQ(heap.next_due(), at(10));
  EXPECT_FALSE(heap.pop(at(9), heap.mark()));
  EXPECT_EQ(heap.pop(at(30), heap.mark()), handle(2));
  EXPECT_EQ(heap.pop(at(30), heap.mark()), handle(3));
  EXPECT_EQ(heap.pop(at(30), heap.mark()), handle(1));
  EXPECT_FALSE(heap.pop(at(30), heap.mark()));
}

TEST(TimerHeap, LeavesTimersYoungerThanTheMark) {
  TimerHeap heap;
  const auto mark = heap.mark();
  heap.add(at(1), handle(1));
  EXPECT_FALSE(heap.pop(at(5), mark));
  EXPECT_EQ(heap.pop(at(5), heap.mark()), handle(1));
}

TEST(TimerHeap, IgnoresIdsThatAreNotValidAnyMore) {
  TimerHeap heap;
  const auto old = heap.add(at(1), handle(1));
  EXPECT_NE(old, 0U);
  heap.cancel(old);
  const auto young = heap.add(at(1), handle(2));  // in the same slot
  heap.cancel(old);
  heap.cancel(0);
  heap.cancel(~std::uint64_t{0});
  EXPECT_EQ(heap.size(), 1U);
  EXPECT_NE(old, young);
  EXPECT_EQ(heap.pop(at(1), heap.mark()), handle(2));
}

TEST(TimerHeap, AgreesWithAModel) {
  struct Entry {
    int due;
    std::uint64_t age;
    std::uint64_t id;
    std::uintptr_t number;
  };
  const auto seed = std::random_device()();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  TimerHeap heap;
  std::vector<Entry> model;
  int now = 0;
  for (std::uint64_t step = 1; step <= 20'000; ++step) {
    const auto choice = random() % 8;
    if (choice < 4) {
      const int due = now + static_cast<int>(random() % 50);
      model.push_back({due, step, heap.add(at(due), handle(step)), step});
    } else if (choice < 6 && !model.empty()) {
      const auto victim = model.begin() + static_cast<long>(random() % model.size());
      heap.cancel(victim->id);
      model.erase(victim);
    } else {
      now += static_cast<int>(random() % 20);
      for (;;) {
        const auto first =
            std::min_element(model.begin(), model.end(), [](const Entry &a, const Entry &b) {
              return a.due != b.due ? a.due < b.due : a.age < b.age;
            });
        const auto fired = heap.pop(at(now), heap.mark());
        if (first == model.end() || first->due > now) {
          ASSERT_FALSE(fired);
          break;
        }
        ASSERT_EQ(fired, handle(first->number));
        model.erase(first);
      }
    }
    ASSERT_EQ(heap.size(), model.size());
  }
}

}  // namespace
}  // namespace host
