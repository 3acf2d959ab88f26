// Validates text from other parties.
#pragma once

#include <string_view>

namespace host {

// UTF-8 as in RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF.
bool is_utf8(std::string_view bytes) noexcept;

// One JSON text (RFC 8259), in UTF-8, nested at most 32 deep, the default limit of Boost.JSON's
// `parse`: a text that passes can be parsed everywhere in the host.
bool is_json(std::string_view bytes);
bool is_json_object(std::string_view bytes);

}  // namespace host
