// Parses an operation's input and validates it against the operation's schema.
#pragma once

#include <string_view>

#include <boost/json/object.hpp>

#include "cpi/json/schema.hpp"
#include "cpi/language/failure.hpp"

namespace cpi {

// Parses an operation's input and validates it. Empty text means {}. Throws Failure invalid_input
// with the problems (details_of() in schema.hpp); for malformed JSON with line and column. [any]
boost::json::object validate_input(const Schema &schema, std::string_view text);

}  // namespace cpi
