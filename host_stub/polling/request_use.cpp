#include "polling/request_use.hpp"

namespace host {

void RequestUse::add(Poll poll) noexcept {
  add_failed(poll.requests);
  latest_[added_++ % kept_polls] = poll;
}

void RequestUse::add_failed(std::uint32_t requests) noexcept {
  if (now_.polls == period_polls) {
    before_ = now_;
    now_ = {};
  }
  now_.requests += requests;
  ++now_.polls;
}

double RequestUse::average() const noexcept {
  const std::uint32_t count = polls();
  return count == 0 ? 0 : static_cast<double>(before_.requests + now_.requests) / count;
}

std::span<const RequestUse::Poll> RequestUse::latest() const noexcept {
  return added_ < kept_polls ? std::span<const Poll>() : std::span<const Poll>(latest_);
}

}  // namespace host
