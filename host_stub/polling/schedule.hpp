// When each trigger is polled next: 16 bytes a trigger, and nothing else of it in memory.
//
// Time is milliseconds of the monotonic clock since the schedule was made, so a wall-clock jump
// never causes a burst. Not the poll itself, nor what a failure means: that is poller.hpp.
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

  // Adds a trigger, or moves it when it is there already.
  void set(std::int64_t row, std::int64_t at_ms);
  void remove(std::int64_t row);
  bool contains(std::int64_t row) const noexcept;

  // Takes out the earliest trigger when it is due.
  std::optional<Due> pop(std::int64_t now_ms);
  std::optional<std::int64_t> next_at() const noexcept;
  // Of these rows, sorted, those that are scheduled; looks through all there are.
  std::vector<Due> times_of(std::span<const std::int64_t> rows) const;
  std::size_t size() const noexcept { return size_; }
  std::size_t rows() const noexcept { return stamps_.size(); }  // one more than the highest row
  std::size_t bytes() const noexcept;

 private:
  // A row moved or removed leaves its old entry in the heap; the stamp tells it from the new one.
  struct Entry {
    std::int64_t at_ms;
    std::uint32_t row;
    std::uint32_t stamp;
  };
  static constexpr std::uint32_t absent = 0;

  void sweep();

  std::vector<Entry> heap_;
  std::vector<std::uint32_t> stamps_;  // by row; absent when not scheduled
  std::size_t size_ = 0;
  std::uint32_t last_stamp_ = absent;
};

// Where in its interval an account is polled: a hash, the same after every restart, so that the
// load of many accounts is flat. All triggers of one account share it, and so the answers to what
// they have in common.
std::int64_t phase_ms(std::uint64_t account, std::int64_t interval_ms) noexcept;

// The next start on the account's grid after `now_ms`: start to start, however long a poll takes;
// a sleeping machine skips the starts it missed.
std::int64_t next_start_ms(std::int64_t phase_ms, std::int64_t interval_ms,
                           std::int64_t now_ms) noexcept;

}  // namespace host
