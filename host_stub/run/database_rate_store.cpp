#include "run/database_rate_store.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <string>

#include "base/clock.hpp"

namespace host {

namespace {

namespace json = boost::json;

// The budget's name in the database: the rule, and the value it applies to.
std::string budget_of(const RateRule &rule, std::string_view input) {
  if (rule.per.empty()) return rule.id;
  boost::system::error_code error;
  const json::value parsed = json::parse(input, error);
  if (error) return rule.id;
  const json::value *value = parsed.find_pointer(rule.per, error);
  if (value == nullptr) return rule.id;
  return rule.id + ' ' + json::serialize(*value);
}

}  // namespace

std::chrono::milliseconds DatabaseRateStore::reserve(std::string_view account, const RateRule &rule,
                                                     std::string_view input) {
  using namespace std::chrono;
  const std::string budget = budget_of(rule, input);
  try {
    const RateUse use{account, budget, rule.limit, rule.window.count()};
    return milliseconds(store_.reserve_rate(use, unix_ms_now()));
  } catch (const StoreError &) {
    return milliseconds{0};
  }
}

void DatabaseRateStore::give_back(std::string_view account, const RateRule &rule,
                                  std::string_view input) {
  const std::string budget = budget_of(rule, input);
  try {
    store_.give_rate_back(account, budget);
  } catch (const StoreError &) {
    // Then it stays counted: the next use is later than necessary.
    return;
  }
}

}  // namespace host
