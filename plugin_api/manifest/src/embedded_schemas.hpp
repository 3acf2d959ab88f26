// The JSON Schemas inside a manifest: that they are schemas of the common subset, and that inputs
// make forms which can be filled in.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "findings.hpp"

namespace cpi::manifest {

enum class SchemaRole { input, output, definition };

struct EmbeddedSchema {
  const boost::json::value *schema = nullptr;
  std::string pointer;
  SchemaRole role = SchemaRole::input;
};

// Every place of the format that holds a schema and does hold something.
[[nodiscard]] std::vector<EmbeddedSchema> embedded_schemas(const boost::json::object &manifest);

// M210..M219 and M312..M314. Schemas that are already broken are left alone.
void check_schemas(Findings &findings, const std::vector<EmbeddedSchema> &schemas);

// True for names such as client_secret, api_key, password, access_token.
[[nodiscard]] bool looks_secret(std::string_view name);

}  // namespace cpi::manifest
