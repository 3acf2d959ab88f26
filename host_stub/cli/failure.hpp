// A failure with the exit code that the command line ends with.
#pragma once

#include <string>
#include <utility>

#include "cli/exit_code.hpp"
#include "control/failure.hpp"

namespace host::cli {

class CommandFailure : public Failure {
 public:
  CommandFailure(ExitCode exit_with, Failure why) : Failure(std::move(why)), exit(exit_with) {}
  CommandFailure(ExitCode exit_with, OperationError why)
      : Failure(std::move(why)), exit(exit_with) {}
  explicit CommandFailure(OperationError why)
      : Failure(std::move(why)), exit(exit_code(error.error_class)) {}

  ExitCode exit;
};

CommandFailure usage_failure(std::string message, std::string advice = {});
CommandFailure config_failure(std::string message, std::string advice = {});

// Converts the current exception to a failure for the person at the terminal. Call it in a handler.
CommandFailure command_failure_of_current_exception();

}  // namespace host::cli
