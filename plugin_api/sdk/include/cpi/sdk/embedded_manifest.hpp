// The manifest data that the build compiles into a plugin. `cpi-manifest build` generates the
// definitions; see plugin_api/cmake/CpiPlugin.cmake.
#pragma once

#include <cstdint>
#include <string_view>

namespace cpi {

// The merged and checked manifest as compact JSON. Lives as long as the library. [any]
std::string_view embedded_manifest_json() noexcept;

// Its id and version. [any]
std::string_view embedded_manifest_id() noexcept;
std::string_view embedded_manifest_version() noexcept;

// SHA-256 of the manifest file's bytes, for cpi_plugin's manifest_sha256. [any]
const std::uint8_t (&embedded_manifest_sha256() noexcept)[32];

}  // namespace cpi
