#include "polling/schedule.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace host {

namespace {

// std::push_heap keeps the greatest on top; here that is the earliest, and among equals the lower
// row, since reading the database in row order is cheapest.
constexpr auto later = [](const auto &left, const auto &right) noexcept {
  return left.at_ms != right.at_ms ? left.at_ms > right.at_ms : left.row > right.row;
};

}  // namespace

void Schedule::set(std::int64_t row, std::int64_t at_ms) {
  if (row < 0 || row > std::numeric_limits<std::uint32_t>::max()) {
    throw std::out_of_range("a trigger's row is out of range");
  }
  const auto index = static_cast<std::size_t>(row);
  if (index >= stamps_.size()) {
    // Rows are dense: growing in small steps instead of doubling keeps the memory per trigger low.
    stamps_.reserve(index + 1 + index / 8);
    stamps_.resize(index + 1, absent);
  }
  if (stamps_[index] == absent) ++size_;
  if (++last_stamp_ == absent) ++last_stamp_;
  stamps_[index] = last_stamp_;
  if (heap_.size() == heap_.capacity()) heap_.reserve(heap_.size() + heap_.size() / 8 + 64);
  heap_.push_back({at_ms, static_cast<std::uint32_t>(row), last_stamp_});
  std::ranges::push_heap(heap_, later);
  if (heap_.size() > 2 * size_ + 64) sweep();
}

void Schedule::remove(std::int64_t row) {
  if (!contains(row)) return;
  stamps_[static_cast<std::size_t>(row)] = absent;
  --size_;
}

bool Schedule::contains(std::int64_t row) const noexcept {
  return row >= 0 && static_cast<std::size_t>(row) < stamps_.size() &&
         stamps_[static_cast<std::size_t>(row)] != absent;
}

std::optional<Schedule::Due> Schedule::pop(std::int64_t now_ms) {
  while (!heap_.empty()) {
    const Entry first = heap_.front();
    const bool stale = stamps_[first.row] != first.stamp;
    if (!stale && first.at_ms > now_ms) return std::nullopt;
    std::ranges::pop_heap(heap_, later);
    heap_.pop_back();
    if (stale) continue;
    stamps_[first.row] = absent;
    --size_;
    return Due{first.at_ms, first.row};
  }
  return std::nullopt;
}

std::optional<std::int64_t> Schedule::next_at() const noexcept {
  // A stale entry on top only makes the caller check slightly too early.
  if (size_ == 0) return std::nullopt;
  return heap_.front().at_ms;
}

std::vector<Schedule::Due> Schedule::times_of(std::span<const std::int64_t> rows) const {
  std::vector<Due> found;
  for (const Entry &entry : heap_)
    if (stamps_[entry.row] == entry.stamp && std::ranges::binary_search(rows, entry.row))
      found.push_back({entry.at_ms, entry.row});
  return found;
}

std::size_t Schedule::bytes() const noexcept {
  return heap_.capacity() * sizeof(Entry) + stamps_.capacity() * sizeof(std::uint32_t);
}

void Schedule::sweep() {
  std::erase_if(heap_, [this](const Entry &entry) { return stamps_[entry.row] != entry.stamp; });
  std::ranges::make_heap(heap_, later);
}

std::int64_t phase_ms(std::uint64_t account, std::int64_t interval_ms) noexcept {
  if (interval_ms <= 0) return 0;
  std::uint64_t hash = account;  // MurmurHash3's finaliser
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccdu;
  hash ^= hash >> 33;
  hash *= 0xc4ceb9fe1a85ec53u;
  hash ^= hash >> 33;
  return static_cast<std::int64_t>(hash % static_cast<std::uint64_t>(interval_ms));
}

std::int64_t next_start_ms(std::int64_t phase_ms, std::int64_t interval_ms,
                           std::int64_t now_ms) noexcept {
  if (interval_ms <= 0) return now_ms;
  const std::int64_t since = now_ms - phase_ms;
  const std::int64_t passed = since < 0 ? 0 : since / interval_ms + 1;
  return phase_ms + passed * interval_ms;
}

}  // namespace host
