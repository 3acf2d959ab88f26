// Timers that resume coroutines: a binary heap ordered by due time, then by age, from which any
// timer can be removed. Uses no clock and resumes nothing itself.
#pragma once

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <optional>
#include <vector>

namespace host {

class TimerHeap {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // Returns an id, never 0 and never reused while it could be confused. O(log n); allocates only if
  // there are more timers than ever before.
  std::uint64_t add(TimePoint due, std::coroutine_handle<> handle);

  // Removes a timer; the id of a fired or cancelled timer is ignored. O(log n)
  void cancel(std::uint64_t id) noexcept;

  std::optional<TimePoint> next_due() const noexcept;
  // Every timer added so far is older than this mark.
  std::uint64_t mark() const noexcept { return added_; }
  // Removes and returns the earliest timer that is due at `now` and older than `mark`; null if
  // there is none.
  std::coroutine_handle<> pop(TimePoint now, std::uint64_t mark) noexcept;

  std::size_t size() const noexcept { return heap_.size(); }

 private:
  struct Item {
    TimePoint due;
    std::uint64_t age;
    std::uint32_t slot;
    bool before(const Item &other) const noexcept {
      return due != other.due ? due < other.due : age < other.age;
    }
  };
  struct Slot {
    std::coroutine_handle<> handle;
    std::uint32_t position = 0;    // in the heap, while the handle is set
    std::uint32_t generation = 1;  // incremented at each reuse, to recognise old ids
  };

  void place(std::size_t position, const Item &item) noexcept;
  void rise(std::size_t position, const Item &item) noexcept;
  void sink(std::size_t position, const Item &item) noexcept;
  void erase(std::size_t position) noexcept;

  std::vector<Item> heap_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::uint64_t added_ = 0;
};

}  // namespace host
