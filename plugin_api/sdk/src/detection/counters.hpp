// Relates the counters of a gate row to the number of rows in its list.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "cpi/sdk/detection/plan.hpp"

namespace cpi::detection {

// A whole number that is written as JSON, also as the content of a text. [any]
std::optional<std::int64_t> whole_number(std::string_view text);
// The rows of the list by these packed counters (GatePlan::count); empty if no counter says it.
std::optional<std::int64_t> count_in(const GatePlan &gate, std::string_view counters);
// The packed counters as numbers, also those that came as texts; 0 for other values.
std::vector<std::int64_t> numbers_in(std::string_view counters);
// True if the largest counter equals this number of rows. [any]
bool count_rows(std::string_view counters, std::uint64_t rows);
// The largest increase of a counter; empty if they cannot be compared.
std::optional<std::int64_t> most_risen(std::string_view before, std::string_view now);
// The largest decrease of one; empty if they cannot be compared.
std::optional<std::int64_t> most_fallen(std::string_view before, std::string_view now);
// The largest counter; empty if there is none.
std::optional<std::int64_t> largest(std::string_view counters);

}  // namespace cpi::detection
