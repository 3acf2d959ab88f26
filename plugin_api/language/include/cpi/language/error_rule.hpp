// A rule of the manifest's `errors`: the meaning of an unsuccessful answer. The first rule that
// matches decides; cpi/sdk/errors.hpp applies them. And the answers that an action names in its
// `done_if_repeated`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
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

// Which answers are meant. All of it must hold; at least one of status and pointer is given.
struct AnswerCondition {
  std::vector<int> statuses;               // empty: any
  std::optional<Pointer> pointer;          // into the answer's body; never the whole body
  std::vector<boost::json::value> equals;  // empty: any value

  // An action's `done_if_repeated`: refusals which say that there is nothing left to do, such as
  // "not found" for a removal by POST. They mean that it is done if the request may have been sent
  // before, and are failures otherwise. Empty if the action has none. `where`: the action's place.
  // Refused where nothing is repeated, or where the output could not be made: actions that only
  // read, that are not idempotent, that are paged, or that have a handler. Throws LanguageError.
  // [any]
  static std::vector<AnswerCondition> of_repeated(const boost::json::object &action,
                                                  std::string_view where);
  static std::vector<AnswerCondition> of_repeated(const boost::json::object &action,
                                                  std::string_view where, Problems &problems);
};

struct ErrorRule : AnswerCondition {
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
