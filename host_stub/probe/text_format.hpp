// The format of a text, by its look alone: one word of those in manifest.schema.json, and a class
// of its length. Neither says anything about the value.
#pragma once

#include <cstddef>
#include <string_view>

namespace host {

struct TextFormat {
  std::string_view name;  // "email", "date-time-space", "word", "text", ...
  bool fraction = false;  // of a time: it has fractions of a second
};

TextFormat text_format(std::string_view text);  // [any]

// "0", "1-4", "5-8", ... "4097+", of bytes. [any]
std::string_view length_class(std::size_t bytes) noexcept;

}  // namespace host
