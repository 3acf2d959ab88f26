// Repairs characters that a service cut in two, in the strings of a JSON document: half of a
// surrogate pair ("\ud83d"), or an incomplete UTF-8 sequence. A strict parser rejects the whole
// document because of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cpi {

// The document with U+FFFD in their place. Empty if there are none, or if it has bytes that belong
// to no UTF-8 character. Everything outside of strings is unchanged. Meant for documents that
// failed to parse, so that valid ones do not pay for it. [any]
std::optional<std::string> with_cut_characters_replaced(std::string_view json);

}  // namespace cpi
