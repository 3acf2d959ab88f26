// Whether bytes are text, and whether text is JSON. Says yes or no, builds nothing.
#pragma once

#include <string_view>

namespace contract {

bool is_utf8(std::string_view text);
bool is_json(std::string_view text);

}  // namespace contract
