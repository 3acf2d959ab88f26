// Checks for valid UTF-8 as defined by RFC 3629: no overlong form, no surrogate, nothing above
// U+10FFFF.
#pragma once

#include <cstddef>
#include <string_view>

namespace cpi {

bool is_utf8(std::string_view bytes) noexcept;

// Length of the first character in bytes; 0 if there is no valid one. [any]
std::size_t utf8_character(std::string_view bytes) noexcept;

// Number of code points in UTF-8 text. [any]
std::size_t code_points(std::string_view text) noexcept;

}  // namespace cpi
