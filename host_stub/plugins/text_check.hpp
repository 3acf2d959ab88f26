// Whether bytes that came from somebody else are the text they were promised to be.
#pragma once

#include <string_view>

namespace host {

// UTF-8 as in RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF.
bool is_utf8(std::string_view bytes) noexcept;

// One JSON text (RFC 8259), in UTF-8, nested at most 32 deep, which is what Boost.JSON's `parse`
// takes by default: whatever passes here can be parsed everywhere in the host.
bool is_json(std::string_view bytes);
bool is_json_object(std::string_view bytes);

}  // namespace host
