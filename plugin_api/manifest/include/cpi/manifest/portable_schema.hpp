// A schema of a manifest in the form that every reader of JSON Schema takes: strict validators, and
// the assistants' APIs that take a schema as the description of a tool.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

namespace cpi::manifest {

// `schema` from a document with `defs` ("$defs"), as a schema of its own that accepts the same
// values and
// * contains the definitions that it uses, and is itself no reference;
// * has no allOf, anyOf, oneOf or not at the top, which the APIs of language models refuse: they
//   stand under `if: true, then: ...`;
// * describes, wherever it requires a member, that member in the same object, and names one type in
//   each `type` (beside null), as Ajv's strict mode asks for (strictRequired, strictTypes).
// Draft-07 and 2020-12 read it alike. `schema` must have passed check(). [any]
[[nodiscard]] boost::json::object portable_schema(const boost::json::value &schema,
                                                  const boost::json::object &defs);

// The name of an operation where dots are not allowed, ^[a-zA-Z0-9_-]{1,64}$: each dot is a hyphen.
// No two ids have the same, since an id has no hyphen. "crm.task.create" is "crm-task-create".
// [any]
[[nodiscard]] std::string alias_of(std::string_view operation_id);

}  // namespace cpi::manifest
