// The rate store in the host's database.
#pragma once

#include "exchange/rate_store.hpp"
#include "store/store.hpp"

namespace host {

class DatabaseRateStore : public RateStore {
 public:
  // The store must outlive it, and is used on the caller's thread.
  explicit DatabaseRateStore(Store &store) noexcept : store_(store) {}
  std::chrono::milliseconds reserve(std::string_view account, const RateRule &rule,
                                    std::string_view input) override;
  void give_back(std::string_view account, const RateRule &rule, std::string_view input) override;

 private:
  Store &store_;
};

}  // namespace host
