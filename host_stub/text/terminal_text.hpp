// Texts from outside made fit for a terminal: what a plugin, a service or a file says can neither
// move the cursor, colour the screen, nor turn the direction of writing.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace host {

// Line breaks and tabs become spaces; other control characters (C0, DEL, C1), the characters that
// change the direction of text, and bytes that are no UTF-8 become U+FFFD.
std::string one_line(std::string_view text);
// The same, but line breaks stay.
std::string many_lines(std::string_view text);

// The cells that a cleaned text takes up: its code points without combining marks, wide ones (CJK,
// emoji) counting twice.
std::size_t width(std::string_view text);
// The beginning of a text that takes at most `cells`, with an ellipsis where something is missing.
std::string shortened(std::string_view text, std::size_t cells);

}  // namespace host
