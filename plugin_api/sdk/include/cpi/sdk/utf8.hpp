// Whether bytes are UTF-8 as RFC 3629 defines it: no overlong form, no surrogate, nothing above
// U+10FFFF.
#pragma once

#include <string_view>

namespace cpi {

bool is_utf8(std::string_view bytes) noexcept;

}  // namespace cpi
