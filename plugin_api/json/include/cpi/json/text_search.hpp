// Finding a text in another without regard to case, for the search box of a dropdown.
#pragma once

#include <string>
#include <string_view>

namespace cpi {

// Latin (with accents), Greek and Cyrillic capitals become small letters; all else stays.
std::string fold_case(std::string_view text);

}  // namespace cpi
