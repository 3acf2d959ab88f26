// What a strategy is to the rest of detection: everything that anybody asks about one.
//
// A strategy is a file that defines its `Strategy`, and a row in cpi/language/strategies.inc.
// Nobody else asks which strategy it is: plans are checked, and lists are scanned, by these
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
  // What a row is to what is remembered of it. Called for every row: no allocation for a row that
  // is as it was, where that can be helped. [any]
  Judgement (*judge)(const Sight &sight) = nullptr;

  // ---- What a manifest may say ----

  Emits usual = {};             // where it says nothing
  Emits possible = {};          // at all
  std::string_view limit = {};  // why not the others, as in "an edge only emits changed"
  bool needs_key = true;
  bool needs_order = false;
  // A changed row shows by `remember` or `version`; else the strategy sees changes by itself.
  bool compares_values = true;
  std::string_view no_version = {};  // why `version` makes no sense; empty: it does
  std::size_t pages = 0;             // read at most where the manifest says nothing; 0: all

  // ---- How its list is scanned ----

  bool stops_at_known = false;    // newest first: a page that is wholly known ends it
  bool keeps_version = false;     // 4 bytes a row of its own, in Remembered::version
  bool reads_every_page = false;  // what it makes of a row is not only in the page

  // ---- Its own member of `detect`, with the name that its row has in the table ----

  // Reads it into the plan. Null where it has none. `service`: for requests.
  void (*compile)(const PlanPart &own, PollPlan &plan, const Service &service) = nullptr;
  // What it compares rows with, once for each scan: Terms::own. Throws Failure invalid_input.
  std::shared_ptr<const void> (*place)(const PollPlan &plan,
                                       const boost::json::object &scope) = nullptr;
};

// Null when there is none of that name.
const Strategy *find_strategy(std::string_view name) noexcept;
// Refuses a member that belongs to another strategy.
void check_own_members(const PlanPart &detect, const Strategy &strategy);
// The name of the strategy's own member; empty where it has none.
std::string_view own_member(const Strategy &strategy) noexcept;

}  // namespace cpi::detection
