// A rule of the manifest's `errors`: the meaning of an unsuccessful answer. The first rule that
// matches decides; cpi/sdk/errors.hpp applies them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "cpi/json/pointer.hpp"
#include "cpi/language/failure.hpp"
#include "cpi/language/problem.hpp"

namespace cpi {

// The default properties of an error class.
struct ErrorClassRow {
  std::string_view name;  // in the manifest
  ErrorClass error_class = ErrorClass::plugin_fault;
  Fault fault = Fault::connector;  // unless the manifest says otherwise
  std::string_view advice;
};

// Null if the name is unknown. [any]
const ErrorClassRow *find_error_class(std::string_view name) noexcept;
const ErrorClassRow &about(ErrorClass error_class) noexcept;

struct ErrorRule {
  std::vector<int> statuses;               // empty: any
  std::optional<Pointer> pointer;          // into the answer's body; never the whole body
  std::vector<boost::json::value> equals;  // empty: any value
  ErrorClass error_class = ErrorClass::plugin_fault;
  std::uint64_t retry_after_ms = 0;
  std::string message;
  std::string advice;
  std::optional<Fault> fault;

  // The whole list. Throws LanguageError. [any]
  static std::vector<ErrorRule> compile_list(const boost::json::value &errors,
                                             std::string_view where);
  static std::vector<ErrorRule> compile_list(const boost::json::value &errors,
                                             std::string_view where, Problems &problems);
};

}  // namespace cpi
