#include "polling/stored_rate_book.hpp"

namespace host {

std::chrono::milliseconds StoredRateBook::reserve(std::string_view account, const RateRule &rule) {
  using namespace std::chrono;
  const auto now = duration_cast<milliseconds>(system_clock::now().time_since_epoch());
  try {
    const RateUse use{account, rule.id, rule.limit, rule.window.count()};
    return milliseconds(store_.reserve_rate(use, now.count()));
  } catch (const StoreError &) {
    return milliseconds{0};
  }
}

}  // namespace host
