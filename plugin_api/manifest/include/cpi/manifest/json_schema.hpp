// Validation of JSON against a JSON Schema (draft-07), with every finding named by its place.
#pragma once

#include <boost/json/value.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cpi::manifest {

struct Violation {
  std::string pointer;  // JSON Pointer into the validated value
  std::string message;
};

// A compiled schema. Immutable and cheap to copy; validate() is [any].
class JsonSchema {
 public:
  // `schema` is copied. References may point into it ("#/..."), nowhere else. Throws
  // std::invalid_argument with a reason when it is not a usable draft-07 schema.
  explicit JsonSchema(const boost::json::value &schema);

  // Every place where `value` does not fit; empty when it does. Of `format`, date, time and
  // date-time (RFC 3339) are asserted; the others say something to people only.
  // A text of more than 1024 bytes does not fit a schema with a `pattern`.
  [[nodiscard]] std::vector<Violation> validate(const boost::json::value &value) const;

 private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

// The schema of the manifest format itself (plugin_api/manifest.schema.json), as built in. [any]
[[nodiscard]] std::string_view manifest_schema_text() noexcept;
[[nodiscard]] const JsonSchema &manifest_schema();

// `schema`, taken out of a document with `defs` ("$defs"), made to stand alone: the definitions it
// uses, and those they use, are put under its own "$defs". [any]
[[nodiscard]] boost::json::value standalone_schema(const boost::json::value &schema,
                                                   const boost::json::object &defs);

}  // namespace cpi::manifest
