// How a service reads the times that are sent to it, in words.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cpi::manifest {

// What the `x-zone` of a field means for the person who fills it in; empty without one. `service`:
// its title. [any]
[[nodiscard]] std::string zone_sentence(const boost::json::object &field, std::string_view service);

// The times of an input and how they are read: "send_at (in the account's time zone)". `defs`: the
// manifest's $defs. [any]
[[nodiscard]] std::vector<std::string> times_of(const boost::json::value &schema,
                                                const boost::json::object &defs);

}  // namespace cpi::manifest
