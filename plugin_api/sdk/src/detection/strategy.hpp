// The interface between a strategy and the rest of detection.
//
// A strategy is a file that defines its `Strategy`, and a row in cpi/language/strategies.inc. No
// other code depends on the particular strategy: plans are checked, and lists are scanned, by these
// members. "How to add a strategy" in the README has the steps.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "cpi/sdk/detection/plan.hpp"
#include "plan_part.hpp"
#include "strategies.hpp"

namespace cpi::detection {

struct Emits {
  bool fresh = false;
  bool changed = false;
  bool removed = false;
};

struct Strategy {
  // Compares a row with its remembered values. Called for every row: avoid allocations for an
  // unchanged row. [any]
  Judgement (*judge)(const RowComparison &comparison) = nullptr;

  // ---- What a manifest may set ----

  Emits usual = {};             // default
  Emits possible = {};          // all that are allowed
  std::string_view limit = {};  // the reason, as in "an edge only emits changed"
  bool needs_key = true;
  bool needs_order = false;
  // Changes are detected by `remember` or `version`; otherwise by the strategy itself.
  bool compares_values = true;
  std::string_view no_version = {};  // why `version` is not allowed; empty: it is
  std::size_t pages = 0;             // default limit of pages; 0: all

  // ---- How its list is scanned ----

  bool stops_at_known = false;    // newest first: a wholly known page ends the scan
  bool keeps_version = false;     // uses the 4 bytes per row in Remembered::version itself
  bool reads_every_page = false;  // its result depends on more than the page

  // ---- Its own member of `detect`, named in its row of the table ----

  // Compiles it into the plan. Null if there is none. `service`: for requests.
  void (*compile)(const PlanPart &own, PollPlan &plan, const Service &service) = nullptr;
  // Evaluates it once per scan, for Terms::own. Throws Failure invalid_input.
  std::shared_ptr<const void> (*place)(const PollPlan &plan,
                                       const boost::json::object &scope) = nullptr;
};

// Null if there is none with this name.
const Strategy *find_strategy(std::string_view name) noexcept;
// Refuses a member that belongs to another strategy.
void check_own_members(const PlanPart &detect, const Strategy &strategy);
// The name of the strategy's own member; empty if it has none.
std::string_view own_member(const Strategy &strategy) noexcept;

}  // namespace cpi::detection
