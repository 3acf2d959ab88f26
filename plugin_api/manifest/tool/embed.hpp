// The C++ source that binds a manifest to its library.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "cpi/manifest/manifest.hpp"

namespace cpi::manifest {

// Defines the functions of cpi/sdk/embedded_manifest.hpp for a checked manifest and the hash of its
// YAML bytes.
[[nodiscard]] std::string embed(const boost::json::object &manifest, const Sha256 &hash);

}  // namespace cpi::manifest
