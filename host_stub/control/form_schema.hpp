// Resolves the references in a form's schema, so that each field has its title, its type, and
// whether it is a secret.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace host {

// Replaces every {"$ref": "#/..."} by its target in `schema`; members beside it take precedence. An
// unresolvable or recursive reference is unchanged. Not for validation, which needs the references.
boost::json::object form_schema(const boost::json::value &schema);

}  // namespace host
