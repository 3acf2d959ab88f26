// Converts what goes out (the data of events, items of samples, outputs of actions) to the `output`
// schema of its operation: services change the types of values, and receivers rely on the schema.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "cpi/json/schema.hpp"

namespace cpi {

// JSON Pointers into the data, of what could not be converted.
struct Misfits {
  std::vector<std::string> left_out;
  std::vector<std::string> kept;  // required, so unchanged; or missing
};

class OutputForm {
 public:
  OutputForm() = default;  // everything fits
  // `schema`: the trigger's `output`; `where`: its JSON Pointer. Throws SchemaError. [any]
  static OutputForm compile(const boost::json::value &schema, const boost::json::object &defs,
                            std::string_view where);

  // Converts values that another type expresses exactly: "5" and 5, "true", 0 and 1 for a boolean,
  // [] and {}, an object with numeric keys for a list. "007" stays text. A value that still does
  // not fit is left out if `output` does not require it. Costs one validation if everything fits.
  // [any]
  Misfits fit(boost::json::value &data) const;

 private:
  Schema schema_;
};

}  // namespace cpi
