// Members that manifests of this format may have from earlier, and that never had an effect. They
// are gone from manifest.schema.json, where an unknown member is an error; here they are let pass
// with a warning, so that a plugin that was built before works in every later host.
#pragma once

#include <boost/json/value.hpp>
#include <optional>

#include "findings.hpp"

namespace cpi::manifest {

// Files a warning for each, and gives the manifest without them; nothing where it has none.
[[nodiscard]] std::optional<boost::json::value> without_removed_members(Findings &findings);

}  // namespace cpi::manifest
