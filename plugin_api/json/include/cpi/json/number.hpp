// Converts JSON scalars to text for users and query strings, and text to JSON numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

namespace cpi {

// A number, boolean or string as plain text: 64-bit integers exact, fractions without an exponent
// where that is readable, a written number (document.hpp) as it was written. Empty for null, lists
// and objects.
std::optional<std::string> scalar_text(const boost::json::value &value);
// With commas for people: "200,000".
std::string grouped_digits(std::int64_t number);
// The JSON number if the whole of `text` is one.
std::optional<boost::json::value> parse_number(std::string_view text);

}  // namespace cpi
