// The schema of the manifest format, and the schemas inside of a manifest taken out of it.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string_view>

#include "cpi/json/schema.hpp"

namespace cpi::manifest {

// The schema of the manifest format itself (plugin_api/manifest.schema.json), as built in. [any]
[[nodiscard]] std::string_view manifest_schema_text() noexcept;
[[nodiscard]] const Schema &manifest_schema();

// `schema`, taken out of a document with `defs` ("$defs"), made to stand alone: the definitions it
// uses, and those they use, are put under its own "$defs". For Schema::compile_document. [any]
[[nodiscard]] boost::json::value standalone_schema(const boost::json::value &schema,
                                                   const boost::json::object &defs);

}  // namespace cpi::manifest
