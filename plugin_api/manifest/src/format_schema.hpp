// The schema of the manifest format: plugin_api/manifest.schema.json, and what each strategy of
// change detection adds to `detect`.
#pragma once

#include <boost/json/value.hpp>

namespace cpi::manifest {

[[nodiscard]] boost::json::value format_schema();

}  // namespace cpi::manifest
