#include "polling/request_use.hpp"

#include <cmath>

namespace host {

void RequestUse::add(Poll poll) noexcept {
  add_failed(poll.requests);
  latest_[added_++ % kept_polls] = poll;
}

void RequestUse::add_failed(std::uint32_t requests) noexcept {
  if (counts_.polls >= period_polls) {
    counts_.earlier_requests = counts_.requests;
    counts_.earlier_polls = counts_.polls;
    counts_.requests = counts_.polls = 0;
  }
  counts_.requests += requests;
  ++counts_.polls;
  counts_.last = requests;
}

void RequestUse::add_baseline(std::uint32_t requests) noexcept {
  *this = RequestUse();
  counts_.last = requests;
}

std::uint32_t RequestUse::polls() const noexcept {
  return static_cast<std::uint32_t>(counts_.earlier_polls + counts_.polls);
}

double RequestUse::average() const noexcept {
  const std::uint32_t count = polls();
  return count == 0 ? 0 : static_cast<double>(counts_.earlier_requests + counts_.requests) / count;
}

double RequestUse::shown_average() const noexcept {
  return std::round(average() * 10) / 10;
}

std::span<const RequestUse::Poll> RequestUse::latest() const noexcept {
  return added_ < kept_polls ? std::span<const Poll>() : std::span<const Poll>(latest_);
}

}  // namespace host
