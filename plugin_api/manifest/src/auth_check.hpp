// What the members of an auth method say about each other and its input.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "findings.hpp"

namespace cpi::manifest {

// M314, M325 and M336. Which member is what, the format's schema says: a member is judged by the
// definition that it refers to, whatever type of method it belongs to. `method` is at `pointer` and
// fits the format.
void check_auth_method(Findings &findings, const boost::json::object &method,
                       const std::string &pointer);

}  // namespace cpi::manifest
