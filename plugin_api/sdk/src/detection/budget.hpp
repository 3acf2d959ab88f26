// The requests and events of one poll, after which it stops with `more`.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cpi/sdk/channel.hpp"
#include "cpi/sdk/detection/poll.hpp"

namespace cpi::detection {

class Budget {
 public:
  explicit Budget(const Begin &begin) noexcept
      : most_requests_(begin.max_requests != 0 ? begin.max_requests : default_max_requests),
        most_events_(begin.max_events != 0 ? begin.max_events : default_max_events) {}

  void count_request() noexcept { ++requests_; }
  // Counts a page of a list after its request; not for a gate's pages.
  void count_page() noexcept { ++pages_; }
  std::uint32_t requests() const noexcept { return requests_; }

  // Rule 15: every poll reads one page of a list, even if the gate has used up the budget;
  // otherwise it would make no progress.
  bool allows_a_page() const noexcept { return requests_ < most_requests_ || pages_ == 0; }

  // Events per batch.
  std::size_t events_at_once() const noexcept { return most_events_; }
  // True if this number of waiting events is enough for one poll. With a known order they are
  // sorted before they are stored, so more of them are collected.
  bool is_full(std::size_t waiting, bool sorted) const noexcept {
    constexpr std::size_t batches_sorted = 20;
    return waiting >= (sorted ? batches_sorted * most_events_ : std::size_t{most_events_});
  }

 private:
  std::uint32_t most_requests_;
  std::uint32_t most_events_;
  std::uint32_t requests_ = 0;
  std::uint32_t pages_ = 0;
};

}  // namespace cpi::detection
