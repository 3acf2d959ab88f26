// Compares two releases of a manifest: which changes break users of the old one, and which version
// bump they require.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "cpi/manifest/problem.hpp"
#include "cpi/manifest/yaml_document.hpp"

namespace cpi::manifest {

enum class Bump : std::uint8_t { none, patch, minor, major };
[[nodiscard]] std::string_view to_text(Bump bump) noexcept;

struct Diff {
  // Breaking changes (M40x, severity warning), additions (M420..., notes), and the error M410 if
  // the version bump is too small. Places are in the newer document.
  std::vector<Problem> changes;
  Bump needed = Bump::none;
  Bump made = Bump::none;  // from the two `version` members
  [[nodiscard]] bool enough() const noexcept { return made >= needed; }
};

// Both documents must have passed check(). Below 1.0.0 a breaking change needs a minor bump only
// (semver 2.0.0 clause 4). [any]
[[nodiscard]] Diff diff(const Document &older, const Document &newer);

}  // namespace cpi::manifest
