// What an operation is begun with: JSON text, held to the schema of the operation's input.
#pragma once

#include <string_view>

#include <boost/json/object.hpp>

#include "cpi/json/schema.hpp"
#include "cpi/language/failure.hpp"

namespace cpi {

// Parses an operation's input and validates it. Empty text stands for {}. Throws Failure
// invalid_input with every problem; for malformed JSON with line and column. [any]
boost::json::object validate_input(const Schema &schema, std::string_view text);

}  // namespace cpi
