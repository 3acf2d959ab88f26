// Merges several files into one manifest. Maps are merged key by key, top-level lists are
// concatenated in file order, and any other value may occur in one file only.
#pragma once

#include <span>
#include <vector>

#include "cpi/manifest/yaml_document.hpp"

namespace cpi::manifest {

struct MergeResult {
  Document document;              // of what could be merged
  std::vector<Problem> problems;  // M120, M121
};

// The result's map keeps the files and lines of the parts. [any]
[[nodiscard]] MergeResult merge(std::span<const Document> parts);

}  // namespace cpi::manifest
