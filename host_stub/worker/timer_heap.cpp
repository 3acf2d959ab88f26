// The timer heap; each slot stores its item's position, which makes cancelling cheap.
#include "worker/timer_heap.hpp"

#include <utility>

namespace host {

std::uint64_t TimerHeap::add(TimePoint due, std::coroutine_handle<> handle) {
  if (free_.empty()) {
    // Memory is reserved first, so that neither the code below nor `erase` can fail.
    heap_.reserve(slots_.size() + 1);
    slots_.emplace_back();
    free_.reserve(slots_.capacity());
    free_.push_back(static_cast<std::uint32_t>(slots_.size() - 1));
  }
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  slots_[slot].handle = handle;
  const Item item{due, added_++, slot};
  heap_.push_back(item);
  rise(heap_.size() - 1, item);
  return std::uint64_t{slots_[slot].generation} << 32 | slot;
}

void TimerHeap::cancel(std::uint64_t id) noexcept {
  const auto slot = static_cast<std::uint32_t>(id);
  if (slot >= slots_.size()) return;
  if (slots_[slot].generation != id >> 32 || !slots_[slot].handle) return;
  erase(slots_[slot].position);
}

std::optional<TimerHeap::TimePoint> TimerHeap::next_due() const noexcept {
  if (heap_.empty()) return std::nullopt;
  return heap_.front().due;
}

std::coroutine_handle<> TimerHeap::pop(TimePoint now, std::uint64_t mark) noexcept {
  if (heap_.empty()) return nullptr;
  const Item &first = heap_.front();
  if (first.due > now || first.age >= mark) return nullptr;
  const std::coroutine_handle<> handle = slots_[first.slot].handle;
  erase(0);
  return handle;
}

void TimerHeap::place(std::size_t position, const Item &item) noexcept {
  heap_[position] = item;
  slots_[item.slot].position = static_cast<std::uint32_t>(position);
}

void TimerHeap::rise(std::size_t position, const Item &item) noexcept {
  while (position > 0) {
    const std::size_t parent = (position - 1) / 2;
    if (!item.before(heap_[parent])) break;
    place(position, heap_[parent]);
    position = parent;
  }
  place(position, item);
}

void TimerHeap::sink(std::size_t position, const Item &item) noexcept {
  for (;;) {
    std::size_t child = 2 * position + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1].before(heap_[child])) ++child;
    if (!heap_[child].before(item)) break;
    place(position, heap_[child]);
    position = child;
  }
  place(position, item);
}

void TimerHeap::erase(std::size_t position) noexcept {
  Slot &gone = slots_[heap_[position].slot];
  gone.handle = nullptr;
  if (++gone.generation == 0) gone.generation = 1;
  free_.push_back(heap_[position].slot);
  const Item last = heap_.back();
  heap_.pop_back();
  if (position == heap_.size()) return;
  if (position > 0 && last.before(heap_[(position - 1) / 2]))
    rise(position, last);
  else
    sink(position, last);
}

}  // namespace host
