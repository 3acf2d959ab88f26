// Limits on single operations that outlast a process, such as four campaigns an hour: whoever
// implements this remembers their use over restarts, and for every process of the host.
#pragma once

#include <chrono>
#include <string_view>

#include "exchange/rate_limit.hpp"

namespace host {

class RateBook {
 public:
  virtual ~RateBook() = default;
  // `input` is the operation's, as JSON: where the rule says `per`, each value there has a budget
  // of its own. Zero: counted, and the request may go. Otherwise nothing was counted, and it is
  // worth asking again after that time. Must not throw: a use that cannot be written down is not
  // refused, since the vendor counts as well.
  virtual std::chrono::milliseconds reserve(std::string_view account, const RateRule &rule,
                                            std::string_view input) = 0;
  // The service refused what was counted last: it does not count. Must not throw.
  virtual void give_back(std::string_view account, const RateRule &rule,
                         std::string_view input) = 0;
};

}  // namespace host
