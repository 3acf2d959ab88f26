// How many items a trigger can remember, in words for people.
#pragma once

#include <boost/json/object.hpp>
#include <string>

namespace cpi::manifest {

// A sentence such as "Remembers up to 200,000 items; longer lists are refused before they are
// read."; empty if the length of the list does not matter. `trigger`: of a checked manifest. [any]
[[nodiscard]] std::string memory_text(const boost::json::object &trigger);

}  // namespace cpi::manifest
