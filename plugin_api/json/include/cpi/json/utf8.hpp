// Whether bytes are UTF-8 as RFC 3629 defines it: no overlong form, no surrogate, nothing above
// U+10FFFF.
#pragma once

#include <cstddef>
#include <string_view>

namespace cpi {

bool is_utf8(std::string_view bytes) noexcept;

// How many bytes the first letter takes; 0 where there is none. [any]
std::size_t utf8_letter(std::string_view bytes) noexcept;

// How many characters UTF-8 text has. [any]
std::size_t code_points(std::string_view text) noexcept;

}  // namespace cpi
