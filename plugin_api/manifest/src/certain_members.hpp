// Which members an event is sure to have, whatever the service answers.
#pragma once

#include <boost/json/object.hpp>
#include <span>
#include <string>

#include "findings.hpp"

namespace cpi::manifest {

// True if every event of this trigger has a usable value at `tokens` of its data: a part of the
// row's or the gate row's key (a row without one is no row), a value of the input that is required,
// or what the template and detection make themselves. False for what else a service gives: it may
// be null, or of a type that cannot be converted. A trigger without `detect` makes all itself.
[[nodiscard]] bool is_certain(const boost::json::object &trigger, const boost::json::object &defs,
                              std::span<const std::string> tokens);

// M346.
void check_required_members(Findings &findings, const boost::json::object &trigger,
                            const std::string &at);

}  // namespace cpi::manifest
