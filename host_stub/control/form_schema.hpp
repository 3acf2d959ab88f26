// The schema of a form with its references put in place, so that each field shows what it is: its
// title, its type, and whether it is a secret.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace host {

// Every {"$ref": "#/..."} replaced by what it names in `schema`; members beside it win. A reference
// that names nothing, or that is inside of itself, stays as it is. Not for validation: that keeps
// the references.
boost::json::object form_schema(const boost::json::value &schema);

}  // namespace host
