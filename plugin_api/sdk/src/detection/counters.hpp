// What the counters of a gate row say about the number of rows behind it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace cpi::detection {

// The numbers that were packed as counters, 0 for what is none.
std::vector<std::int64_t> numbers_in(std::string_view counters);
// Whether the largest counter is this number of rows. [any]
bool count_rows(std::string_view counters, std::uint64_t rows);
// By how much some counter rose, at most; nothing where they cannot be compared.
std::optional<std::int64_t> most_risen(std::string_view before, std::string_view now);
// The largest counter; nothing where there is none.
std::optional<std::int64_t> largest(std::string_view counters);

}  // namespace cpi::detection
