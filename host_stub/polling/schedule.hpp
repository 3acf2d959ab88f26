// When each trigger is polled next: 16 bytes per trigger, its only data in memory.
//
// Time is milliseconds of the monotonic clock since the schedule was made, so a wall-clock jump
// never causes a burst. Polls and failures are handled in poller.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace host {

class Schedule {
 public:
  struct Due {
    std::int64_t at_ms;
    std::int64_t row;
  };

  // Adds a trigger, or moves it if it is already scheduled.
  void set(std::int64_t row, std::int64_t at_ms);
  void remove(std::int64_t row);
  bool contains(std::int64_t row) const noexcept;

  // Removes and returns the earliest trigger if it is due.
  std::optional<Due> pop(std::int64_t now_ms);
  std::optional<std::int64_t> next_at() const noexcept;
  // Which of these rows are scheduled, sorted; scans all entries.
  std::vector<Due> times_of(std::span<const std::int64_t> rows) const;
  std::size_t size() const noexcept { return size_; }
  std::size_t rows() const noexcept { return stamps_.size(); }  // the highest row plus one
  std::size_t bytes() const noexcept;

 private:
  // A moved or removed row leaves its old entry in the heap; the stamp distinguishes it from the
  // new one.
  struct Entry {
    std::int64_t at_ms;
    std::uint32_t row;
    std::uint32_t stamp;
  };
  static constexpr std::uint32_t absent = 0;

  void sweep();

  std::vector<Entry> heap_;
  std::vector<std::uint32_t> stamps_;  // by row; absent if not scheduled
  std::size_t size_ = 0;
  std::uint32_t last_stamp_ = absent;
};

// The account's offset in the interval: a hash, the same after every restart, so that many accounts
// spread the load evenly. All triggers of an account share it, and so can share answers.
std::int64_t phase_ms(std::uint64_t account, std::int64_t interval_ms) noexcept;

// The next start on the account's grid after `now_ms`: intervals are from start to start,
// independent of a poll's duration; starts missed while the machine slept are skipped.
std::int64_t next_start_ms(std::int64_t phase_ms, std::int64_t interval_ms,
                           std::int64_t now_ms) noexcept;

}  // namespace host
