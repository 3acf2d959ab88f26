// Limits on single operations that outlast a process, such as four campaigns an hour: whoever
// implements this remembers their use over restarts, and for every process of the host.
#pragma once

#include <chrono>
#include <string_view>

#include "net/rate_limit.hpp"

namespace host {

class RateBook {
 public:
  virtual ~RateBook() = default;
  // Zero: counted, and the request may go. Otherwise nothing was counted, and it is worth asking
  // again after that time. Must not throw: a use that cannot be written down is not refused, since
  // the vendor counts as well.
  virtual std::chrono::milliseconds reserve(std::string_view account, const RateRule &rule) = 0;
};

}  // namespace host
