// Several files -> one manifest. Maps are merged key by key, the lists of the top level are
// concatenated in file order, and anything else may be said in one file only.
#pragma once

#include <span>
#include <vector>

#include "cpi/manifest/yaml_document.hpp"

namespace cpi::manifest {

struct MergeResult {
  Document document;              // of what could be merged
  std::vector<Problem> problems;  // M120, M121
};

// The parts keep their own files and lines in the result's map. [any]
[[nodiscard]] MergeResult merge(std::span<const Document> parts);

}  // namespace cpi::manifest
