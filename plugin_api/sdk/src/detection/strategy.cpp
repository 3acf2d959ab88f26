#include "strategy.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "cpi/language/strategies.hpp"

namespace cpi::detection {

#define STRATEGY(name, ...) extern const Strategy name##_strategy;
#include "cpi/language/strategies.inc"
#undef STRATEGY

namespace {

// In the order of strategies::all.
constexpr const Strategy *by_row[] = {
#define STRATEGY(name, ...) &name##_strategy,
#include "cpi/language/strategies.inc"
#undef STRATEGY
};

const strategies::Row &row_of(const Strategy &strategy) noexcept {
  const auto *at = std::ranges::find(by_row, &strategy);
  return strategies::all[static_cast<std::size_t>(at - std::begin(by_row))];
}

}  // namespace

const Strategy *find_strategy(std::string_view name) noexcept {
  const auto *row = std::ranges::find(strategies::all, name, &strategies::Row::name);
  if (row == std::end(strategies::all)) return nullptr;
  return by_row[row - std::begin(strategies::all)];
}

std::string_view own_member(const Strategy &strategy) noexcept {
  return row_of(strategy).own;
}

void check_own_members(const PlanPart &detect, const Strategy &strategy) {
  for (const strategies::Row &row : strategies::all) {
    const bool others = !row.own.empty() && row.own != row_of(strategy).own;
    if (others && detect.has(row.own)) {
      detect.refuse(row.own, "belongs to the strategy " + std::string(row.name));
    }
  }
}

}  // namespace cpi::detection
