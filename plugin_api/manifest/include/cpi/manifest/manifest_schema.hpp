// The schema of the manifest format, and extraction of the schemas inside a manifest.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string_view>

#include "cpi/json/schema.hpp"

namespace cpi::manifest {

// The schema of the manifest format itself (plugin_api/manifest.schema.json), as built in. [any]
[[nodiscard]] std::string_view manifest_schema_text() noexcept;
[[nodiscard]] const Schema &manifest_schema();

// `schema` from a document with `defs` ("$defs"), made self-contained: the definitions that it uses
// directly or indirectly are copied to its own "$defs". For Schema::compile_document. [any]
[[nodiscard]] boost::json::value standalone_schema(const boost::json::value &schema,
                                                   const boost::json::object &defs);

}  // namespace cpi::manifest
