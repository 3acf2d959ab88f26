// The table of strategies as data: what a checker of manifests has to know of them. No code of
// theirs is needed for it.
#pragma once

#include <string_view>

namespace cpi::strategies {

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
