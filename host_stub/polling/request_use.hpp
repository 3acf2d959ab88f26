// The requests that a trigger's polls really make: on average, and in the latest polls. Kept in
// memory only, because a poll without changes writes nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace host {

// Of the polls after the baseline. A value: one trigger, one thread.
class RequestUse {
 public:
  static constexpr std::size_t kept_polls = 5;        // with their own number
  static constexpr std::uint32_t period_polls = 144;  // half a day at the usual interval

  struct Poll {
    std::uint32_t requests = 0;
    bool found = false;  // it found events
  };

  // A poll that succeeded. Failed ones only count for the average: they end early, or ask again.
  void add(Poll poll) noexcept;
  void add_failed(std::uint32_t requests) noexcept;

  // Of this period and the one before it: at most 288 polls.
  std::uint32_t polls() const noexcept { return before_.polls + now_.polls; }
  double average() const noexcept;  // 0 without polls

  // The latest successful polls, in no order; empty until there are `kept_polls` of them.
  std::span<const Poll> latest() const noexcept;

 private:
  struct Sum {
    std::uint64_t requests = 0;
    std::uint32_t polls = 0;
  };
  Sum before_;
  Sum now_;
  std::array<Poll, kept_polls> latest_{};
  std::size_t added_ = 0;
};

}  // namespace host
