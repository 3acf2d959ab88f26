// A rule of the manifest's `errors`: what an answer that is no success means. The first rule that
// holds decides; cpi/sdk/errors.hpp judges answers by them.
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

// What is known of a class of failures.
struct ErrorClassRow {
  std::string_view name;  // in the manifest
  ErrorClass error_class = ErrorClass::plugin_fault;
  Fault fault = Fault::connector;  // whose it is when the manifest does not say
  std::string_view advice;
};

// Null when there is no class of that name. [any]
const ErrorClassRow *find_error_class(std::string_view name) noexcept;
const ErrorClassRow &about(ErrorClass error_class) noexcept;

struct ErrorRule {
  std::vector<int> statuses;               // empty: any
  std::optional<Pointer> pointer;          // into the answer's body; never to the whole of it
  std::vector<boost::json::value> equals;  // empty: the value is there
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
