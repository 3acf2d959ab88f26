// The settings of a new trigger: where it starts and how often it polls, and the resulting cost.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cpi/manifest/cost.hpp"
#include "polling/request_use.hpp"
#include "store/records.hpp"

namespace host {

struct Start {
  StartMode mode = StartMode::now;
  std::uint64_t count = 0;  // of last_n
};
// "now", "last:5" or "all", if the trigger's manifest entry allows it; empty: its default. Throws
// Failure.
Start parse_start(std::string_view text, const boost::json::object &trigger);

// In milliseconds; empty: the manifest's interval. Throws Failure if it is shorter than the
// trigger's minimum or longer than a month.
std::int64_t interval_ms(std::optional<double> seconds, const boost::json::object &trigger);

// What the manifest states, with the polls of an interval.
struct Cost {
  cpi::manifest::StatedCost stated;
  double polls_per_day = 0;
  // In a large account (cpi/manifest/cost.hpp), while nothing changes; nothing where the manifest
  // states no count, or states it in words.
  std::optional<double> requests_per_day;
  // Of one poll in that account.
  std::optional<double> idle_requests;
  std::optional<double> change_requests;
  bool may_choose = false;  // the input could select one of the lists, and selects none
};
Cost cost_of(const boost::json::object &trigger, std::int64_t interval_ms,
             const boost::json::object &input = {});
// Whether the trigger may be added only when a person accepts this cost.
bool needs_acceptance(const Cost &cost);
// A number where it does not grow, otherwise a sentence: {"polls_per_day", "idle_requests"?,
// "idle_requests_per_day"?, "change_requests"?, "full_requests"?, "full_every_s"?, "shared",
// "large_account"?: {"of_each", "requests_per_day"}, "needs_acceptance"}
boost::json::object cost_json(const Cost &cost);
std::string cost_text(const Cost &cost);

// A sentence for a trigger whose latest polls all made more than ten requests and at least three
// times those that are stated, in a large account; empty for any other.
std::string excess_text(const Cost &cost, const RequestUse &use);

}  // namespace host
