// The values that a scan compares rows with: the plan's nodes, evaluated with the trigger's input
// and the gate row, and the current day.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "cpi/sdk/detection/plan.hpp"
#include "cpi/sdk/detection/scalar.hpp"

namespace cpi::detection {

struct PlacedCondition {
  std::size_t slot = 0;
  Condition::Kind kind = Condition::Kind::in;
  std::vector<Scalar> values;
  std::vector<PlacedCondition> any;
};

struct Terms {
  std::vector<PlacedCondition> where;
  std::vector<PlacedCondition> when;
  std::vector<PlacedCondition> final;  // of watch
  std::int64_t today = 0;              // days since 1970 by the host's clock, in UTC
  std::optional<std::int64_t> horizon_days;
  std::shared_ptr<const void> own;  // of the strategy's own member
};

// Conditions whose node is absent from the input are dropped, and an `any` without a condition.
std::vector<PlacedCondition> place(const std::vector<Condition> &conditions,
                                   const boost::json::object &scope);
// Never 0. [any]
std::uint32_t digest_of(const std::vector<PlacedCondition> &conditions);
// Throws Failure invalid_input if a threshold or a number of days is not a number.
Terms place_terms(const PollPlan &plan, const boost::json::object &scope, std::int64_t now_unix_ms);
// The number at a node; `otherwise` if the node is absent from the input. `what`: for the error.
// Throws Failure invalid_input.
double number_at(const Placement &node, const boost::json::object &scope, std::string_view what,
                 std::optional<double> otherwise = {});
bool holds(const std::vector<PlacedCondition> &conditions, const std::vector<Scalar> &slots);

// Days since 1970 of the date written in a timestamp, or empty. Uses no clock and no time zone.
std::optional<std::int64_t> day_of(const Scalar &stamp);
std::string day_text(std::int64_t day);  // YYYY-MM-DD

}  // namespace cpi::detection
