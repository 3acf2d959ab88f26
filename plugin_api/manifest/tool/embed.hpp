// The C++ source that binds a manifest to its library.
#pragma once

#include <string>
#include <string_view>

#include "cpi/manifest/manifest.hpp"

namespace cpi::manifest {

// Defines the functions of cpi/sdk/embedded_manifest.hpp. `json` is ASCII or UTF-8 without NUL.
[[nodiscard]] std::string embed(std::string_view json, const Sha256 &hash);

}  // namespace cpi::manifest
