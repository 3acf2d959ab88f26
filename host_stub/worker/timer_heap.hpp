// Timers that resume coroutines: a binary heap ordered by due time, and by age among equals, in
// which any timer can be taken out again. Knows no clock and resumes nothing itself.
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

  // Returns an id, never 0 and never given twice while it could be confused. O(log n), and
  // allocates only when there are more timers than ever before.
  std::uint64_t add(TimePoint due, std::coroutine_handle<> handle);

  // Forgets a timer; an id that has fired or was cancelled already is ignored. O(log n)
  void cancel(std::uint64_t id) noexcept;

  std::optional<TimePoint> next_due() const noexcept;
  // Every timer added so far is older than this mark.
  std::uint64_t mark() const noexcept { return added_; }
  // Takes out the earliest timer that is due at `now` and older than `mark`; null if none is.
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
    std::uint32_t generation = 1;  // grows at each reuse, so that old ids are recognised
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
