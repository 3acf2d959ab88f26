// "Did you mean": the known names most similar to an unknown one.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace host {

// At most three of `known`, nearest first: names that differ by a few wrong, missing, extra or
// swapped letters, and names that contain the given one. Case-insensitive.
std::vector<std::string> suggestions(std::string_view name, std::span<const std::string> known);

// "Did you mean a, b or c?", or empty.
std::string did_you_mean(std::string_view name, std::span<const std::string> known);

}  // namespace host
