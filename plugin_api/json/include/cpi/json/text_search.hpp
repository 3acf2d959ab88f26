// Case-insensitive text search, for the search box of a dropdown.
#pragma once

#include <string>
#include <string_view>

namespace cpi {

// Converts Latin (with accents), Greek and Cyrillic capitals to lower case; all else is unchanged.
std::string fold_case(std::string_view text);

}  // namespace cpi
