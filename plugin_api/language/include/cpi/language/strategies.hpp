// The table of strategies as data, for checkers of manifests. Does not need the strategies' code.
#pragma once

#include <cstdint>
#include <string_view>

namespace cpi::strategies {

// The most rows that a trigger remembers, if its `detect` has no `limit`.
inline constexpr std::int64_t remembered_rows = 200'000;

struct Row {
  std::string_view name;
  std::string_view own;
  std::string_view shows;
  std::string_view own_schema;
};

inline constexpr Row all[] = {
#define STRATEGY(name, own, shows, own_schema) {#name, own, shows, own_schema},
#include "cpi/language/strategies.inc"
#undef STRATEGY
};

}  // namespace cpi::strategies
