// Removes secrets from the output of an operation, unless its manifest declares them. Services
// return more than was asked for, such as a chatbot with the access token of its channel, and hosts
// store and show outputs. So a member whose name indicates a token, a password or a key is removed,
// at any depth, unless the output schema names it. Values are not searched for secrets.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "cpi/plugin.h"

namespace cpi {

// Judges by the last words of the name, however they are joined: access_token, apiKey,
// client-secret.
bool names_secret(std::string_view name) noexcept;

// `output` is JSON text: the result of an operation of this kind (of a trigger's sample: its list),
// or, where `is_event`, the data of one event. A member is declared if the schema has it under
// properties, or if the schema describes its object as a map with user-defined names, by
// additionalProperties. `operation` and `defs` are the manifest's. Numbers, booleans and null are
// kept: they are no secrets. Text without such a name is returned unchanged.
std::string without_secrets(std::string output, cpi_operation_kind kind,
                            const boost::json::object &operation, const boost::json::object &defs,
                            bool is_event = false);

}  // namespace cpi
