// The settings of a new trigger: where it starts and how often it polls, and the resulting cost.
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
// "now", "last:5" or "all", if the trigger's manifest entry allows it; empty: its default. Throws
// Failure.
Start parse_start(std::string_view text, const boost::json::object &trigger);

// In milliseconds; empty: the manifest's interval. Throws Failure if it is shorter than the
// trigger's minimum or longer than a month.
std::int64_t interval_ms(std::optional<double> seconds, const boost::json::object &trigger);

struct Cost {
  std::optional<double> idle_requests;  // of a poll without changes; empty: see idle_text
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
