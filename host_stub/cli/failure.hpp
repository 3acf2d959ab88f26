// Why a command ends without having done what was asked: an exit code, and the error that people
// and programs get to see.
#pragma once

#include <boost/json/object.hpp>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit_code.hpp"
#include "cpi/manifest/json_schema.hpp"
#include "plugins/outcome.hpp"

namespace host::cli {

class CommandFailure : public std::exception {
 public:
  CommandFailure(ExitCode exit_with, OperationError why) : exit(exit_with), error(std::move(why)) {}
  explicit CommandFailure(OperationError why)
      : exit(exit_code(why.error_class)), error(std::move(why)) {}
  const char *what() const noexcept override { return error.message.c_str(); }

  ExitCode exit;
  OperationError error;
  boost::json::object more;  // beside "error" in what --json prints: what else is known
};

CommandFailure usage_failure(std::string message, std::string advice = {});
CommandFailure config_failure(std::string message, std::string advice = {});

// Every place where `what` ("the input of action subscriber.add") does not fit its schema.
CommandFailure violations_failure(std::string_view what,
                                  std::span<const cpi::manifest::Violation> violations);

// `name` is none of `known`: says so, with the nearest ones. `kind`: "trigger".
CommandFailure unknown_name(std::string_view kind, std::string_view name,
                            std::span<const std::string> known, std::string_view list_command);

// What an exception means to the person at the terminal. Call it inside of a handler.
CommandFailure failure_of_current_exception();

}  // namespace host::cli
