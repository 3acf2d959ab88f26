// Everything that is checked in a manifest beyond "it is YAML": the format's schema, the embedded
// schemas, and what its parts say about each other. The codes are in problem.hpp.
#pragma once

#include <vector>

#include "cpi/manifest/problem.hpp"
#include "cpi/manifest/yaml_document.hpp"

namespace cpi::manifest {

// All problems, sorted as sort_problems() does. What depends on a part that is itself broken is not
// reported as well. Never throws but std::bad_alloc. [any]
[[nodiscard]] std::vector<Problem> check(const Document &document);

}  // namespace cpi::manifest
