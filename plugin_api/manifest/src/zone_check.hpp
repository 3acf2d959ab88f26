// Times in the schemas of a manifest: whether it is declared how the service reads them.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "embedded_schemas.hpp"
#include "findings.hpp"

namespace cpi::manifest {

// M338, M339. `rules`: one schema, `pointer`: its place.
void check_zone(Findings &findings, const boost::json::object &rules, const std::string &pointer,
                SchemaRole role);

}  // namespace cpi::manifest
