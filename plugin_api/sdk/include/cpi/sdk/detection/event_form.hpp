// Makes the data of an event fit the trigger's `output`: services change the types of what they
// give, and whoever takes the events relies on the schema (rule 18).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "cpi/json/schema.hpp"

namespace cpi::detection {

// JSON Pointers into an event, of what could not be converted.
struct Misfits {
  std::vector<std::string> left_out;
  std::vector<std::string> kept;  // required, so that it stays as it came; or it is missing
};

class EventForm {
 public:
  EventForm() = default;  // everything fits
  // `schema`: the trigger's `output`; `where`: its JSON Pointer. Throws SchemaError. [any]
  static EventForm compile(const boost::json::value &schema, const boost::json::object &defs,
                           std::string_view where);

  // Converts what another type says exactly: "5" and 5, "true", 0 and 1 for a boolean, [] and {},
  // a list whose elements have numbers for names. "007" stays text. What still does not fit is left
  // out where `output` does not require it. Costs one validation if everything fits. [any]
  Misfits fit(boost::json::value &data) const;

 private:
  Schema schema_;
};

}  // namespace cpi::detection
