// Prompts for the missing fields of a form: plain fields here, secrets through
// auth/secret_input.hpp.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "auth/secret_input.hpp"

namespace host::cli {

// One line from the terminal, asked for with "TITLE: ". Throws InputRefused when there is none.
std::string ask_at_terminal(std::string_view title);

// Prompts for every field that `schema` requires, that is not a secret and is missing in `input`;
// texts, numbers and booleans only. `ask` gets the field's title.
void ask_for_missing(boost::json::object &input, const boost::json::object &schema,
                     const std::function<std::string(std::string_view)> &ask);

// The input of an auth method: as read_secret_input, with the missing fields asked for, one after
// another in the order of the form, when `terminal` is interactive.
boost::json::object read_connection_input(std::string_view argument,
                                          const boost::json::object &schema, Terminal &terminal,
                                          const std::function<std::string(std::string_view)> &ask);

}  // namespace host::cli
