// Makes external text safe for a terminal: text from a plugin, a service or a file can neither move
// the cursor, colour the screen, nor change the text direction.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace host {

// Line breaks and tabs become spaces; other control characters (C0, DEL, C1), the characters that
// change the direction of text, and bytes that are not UTF-8 become U+FFFD.
std::string one_line(std::string_view text);
// The same, but keeps line breaks.
std::string many_lines(std::string_view text);
// The same for a serialised JSON text, which keeps its meaning: the characters are written as
// \uXXXX (RFC 8259, section 7). Only bytes that are not UTF-8 are replaced.
std::string harmless_json(std::string_view json);

// The width of a cleaned text in cells: its code points without combining marks; wide ones (CJK,
// emoji) count twice.
std::size_t width(std::string_view text);
// The text shortened to at most `cells`, with an ellipsis if it was cut.
std::string shortened(std::string_view text, std::size_t cells);

}  // namespace host
