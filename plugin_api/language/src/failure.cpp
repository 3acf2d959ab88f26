#include "cpi/language/failure.hpp"

#include <boost/json/serialize.hpp>

namespace cpi {

Failure input_failure(const Violations &violations) {
  Failure failure(ErrorClass::invalid_input, Fault::user, summary_of(violations),
                  "Correct the input and try again.");
  failure.details = boost::json::serialize(details_of(violations));
  return failure;
}

}  // namespace cpi
