// Limits on single operations that outlast a process, such as four campaigns an hour. An
// implementation keeps their use across restarts, for all processes of the host.
#pragma once

#include <chrono>
#include <string_view>

#include "exchange/rate_limit.hpp"

namespace host {

class RateStore {
 public:
  virtual ~RateStore() = default;
  // `input` is the operation's, as JSON: if the rule has `per`, each value there has its own
  // budget. Returns zero if the use was counted and the request may be sent. Otherwise nothing was
  // counted; ask again after the returned time. Must not throw: a use that cannot be stored is
  // allowed, since the vendor counts as well.
  virtual std::chrono::milliseconds reserve(std::string_view account, const RateRule &rule,
                                            std::string_view input) = 0;
  // The service refused the last counted use, which therefore does not count. Must not throw.
  virtual void give_back(std::string_view account, const RateRule &rule,
                         std::string_view input) = 0;
};

}  // namespace host
