// "Did you mean": the names nearest to one that does not exist.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace host {

// At most three of `known`, nearest first: those that a few wrong, missing, surplus or swapped
// letters explain, and those that contain the name. Case does not matter.
std::vector<std::string> suggestions(std::string_view name, std::span<const std::string> known);

// "Did you mean a, b or c?", or empty.
std::string did_you_mean(std::string_view name, std::span<const std::string> known);

}  // namespace host
