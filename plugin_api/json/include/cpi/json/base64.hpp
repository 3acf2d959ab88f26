// Encodes bytes as base64 text and decodes them.
#pragma once

#include <string>
#include <string_view>

namespace cpi {

// RFC 4648, section 4, with padding.
std::string base64(std::string_view bytes);
// Strict about alphabet, length and padding. Returns false on error and leaves `out` unchanged.
bool base64_decode(std::string_view text, std::string &out);

}  // namespace cpi
