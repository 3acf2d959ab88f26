// All checks of a manifest after YAML parsing: the format's schema, the embedded schemas, and the
// consistency of its parts. The codes are in problem.hpp.
#pragma once

#include <vector>

#include "cpi/manifest/problem.hpp"
#include "cpi/manifest/yaml_document.hpp"

namespace cpi::manifest {

// All problems, in the order of sort_problems(). Errors that only follow from another broken part
// are not reported. Throws only std::bad_alloc. [any]
[[nodiscard]] std::vector<Problem> check(const Document &document);

}  // namespace cpi::manifest
