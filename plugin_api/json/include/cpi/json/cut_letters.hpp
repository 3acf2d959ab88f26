// Letters that a service cut in two, in the texts of a JSON document: half of a surrogate pair
// ("\ud83d"), or the first bytes of a letter in UTF-8. A strict parser refuses the whole document
// for them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cpi {

// The document with U+FFFD in their place; nothing when it has none, or has bytes that are in no
// letter of UTF-8. What stands outside of texts is left as it is. For documents that could not be
// parsed: others need not pay for it. [any]
std::optional<std::string> with_cut_letters_replaced(std::string_view json);

}  // namespace cpi
