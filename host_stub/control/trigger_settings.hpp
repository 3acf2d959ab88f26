// What a person chooses when adding a trigger: where it starts, how often it polls, and what that
// costs.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "store/records.hpp"

namespace host {

struct Start {
  StartMode mode = StartMode::now;
  std::uint64_t count = 0;  // of last_n
};
// "now", "last:5" or "all", as far as the trigger's manifest entry allows it; empty is its default.
// Throws Failure.
Start parse_start(std::string_view text, const boost::json::object &trigger);

// Milliseconds; nothing means the manifest's own. Throws Failure when it is shorter
// than the trigger's minimum or longer than a month.
std::int64_t interval_ms(std::optional<double> seconds, const boost::json::object &trigger);

struct Cost {
  std::optional<double> idle_requests;  // of a poll that finds nothing; nothing: see idle_text
  std::string idle_text;
  std::string change_requests;
  double polls_per_day = 0;
  bool shared = false;  // with the account's other triggers
};
Cost cost_of(const boost::json::object &trigger, std::int64_t interval_ms);
// {"polls_per_day", "idle_requests", "idle_requests_per_day"?, "change_requests"?, "shared"}
boost::json::object cost_json(const Cost &cost);
std::string cost_text(const Cost &cost);

}  // namespace host
