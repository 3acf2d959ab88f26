// JSON's scalars as the text that people and query strings want, and numbers back from it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

namespace cpi {

// A number, bool or text as plain text: 64-bit numbers exact, fractions without an exponent where
// that is readable. Nothing for null, lists and objects.
std::optional<std::string> scalar_text(const boost::json::value &value);
// The JSON number that all of `text` spells.
std::optional<boost::json::value> parse_number(std::string_view text);

}  // namespace cpi
