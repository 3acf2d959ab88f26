// Bytes as base64 text, and back.
#pragma once

#include <string>
#include <string_view>

namespace cpi {

// RFC 4648, section 4, with padding.
std::string base64(std::string_view bytes);
// Strict: alphabet, length and padding. False leaves `out` alone.
bool base64_decode(std::string_view text, std::string &out);

}  // namespace cpi
