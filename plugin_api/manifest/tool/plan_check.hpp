// What the plugin itself would refuse when it is loaded.
#pragma once

#include <vector>

#include "cpi/manifest/problem.hpp"
#include "cpi/manifest/yaml_document.hpp"

namespace cpi::manifest {

// M337, for a document that has passed check() without errors: its operations are compiled as a
// plugin of the C++ kit compiles them.
[[nodiscard]] std::vector<Problem> check_plans(const Document &document);

}  // namespace cpi::manifest
