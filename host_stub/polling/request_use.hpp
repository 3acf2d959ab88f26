// The requests that a trigger's polls really make: on average, in the last poll, and in the latest
// ones. Everything but the latest polls is stored (store/records.hpp), so that other processes know
// it, and the host goes on with it after a restart.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "store/records.hpp"

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

  RequestUse() = default;
  explicit RequestUse(const RequestCounts &stored) noexcept : counts_(stored) {}
  const RequestCounts &counts() const noexcept { return counts_; }

  // A poll that succeeded. Failed ones only count for the average: they end early, or ask again.
  void add(Poll poll) noexcept;
  void add_failed(std::uint32_t requests) noexcept;
  // Everything before it is forgotten, and it does not count for the average: it reads everything.
  void add_baseline(std::uint32_t requests) noexcept;

  // Of this period and the one before it: at most 288 polls.
  std::uint32_t polls() const noexcept;
  double average() const noexcept;        // 0 without polls
  double shown_average() const noexcept;  // rounded as people are shown it
  std::uint32_t last() const noexcept { return static_cast<std::uint32_t>(counts_.last); }

  // The latest successful polls since the host started, in no order; empty until there are
  // `kept_polls` of them.
  std::span<const Poll> latest() const noexcept;

 private:
  RequestCounts counts_;
  std::array<Poll, kept_polls> latest_{};
  std::size_t added_ = 0;
};

}  // namespace host
