// Whether a person who sees a field in a form can tell what to fill in.
#pragma once

#include <boost/json/object.hpp>

namespace cpi::manifest {

// M220. `field` is a dereferenced schema with a title. The rule is in the README of plugin_api,
// under "Descriptions of fields".
[[nodiscard]] bool explains_itself(const boost::json::object &field,
                                   const boost::json::object &defs);

}  // namespace cpi::manifest
