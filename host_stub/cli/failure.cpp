#include "cli/failure.hpp"

#include <new>
#include <string_view>

#include "auth/secret_input.hpp"
#include "plugins/problem.hpp"

namespace host::cli {

namespace {

ExitCode exit_code_of(const Failure &failure) {
  switch (failure.kind) {
    case Failure::Kind::wrong_call:
      return ExitCode::usage;
    case Failure::Kind::unknown:
      return ExitCode::no_input;
    case Failure::Kind::unusable:
      return ExitCode::bad_data;
    case Failure::Kind::running:
      return ExitCode::try_again;
    case Failure::Kind::operation:
      break;
  }
  return exit_code(failure.error.error_class);
}

// The command that lists the items of the kind that was not found.
std::string list_command(const Failure &failure) {
  if (!failure.of_plugin.empty()) return "describe " + failure.of_plugin;
  if (failure.sought == "plugin") return "plugins";
  if (failure.sought == "connection") return "connections";
  if (failure.sought == "trigger") return "trigger list";
  if (failure.sought == "token") return "token list";
  return {};
}

Failure with_list_command(Failure failure) {
  const std::string command =
      failure.kind == Failure::Kind::unknown ? list_command(failure) : std::string();
  if (command.empty()) return failure;
  std::string &advice = failure.error.advice;
  if (!advice.empty()) advice += ' ';
  advice += "`connector-host " + command + "` lists them.";
  return failure;
}

}  // namespace

CommandFailure usage_failure(std::string message, std::string advice) {
  return {ExitCode::usage, wrong_call(std::move(message), std::move(advice))};
}

CommandFailure config_failure(std::string message, std::string advice) {
  return {ExitCode::config, wrong_call(std::move(message), std::move(advice))};
}

CommandFailure command_failure_of_current_exception() {
  try {
    throw;
  } catch (const CommandFailure &failure) {
    return failure;
  } catch (const Failure &failure) {
    return {exit_code_of(failure), with_list_command(failure)};
  } catch (const StoreError &error) {
    return {exit_code(error.kind), failure_of_current_exception()};
  } catch (const SealError &error) {
    return {exit_code(error.kind), failure_of_current_exception()};
  } catch (const InputRefused &) {
    return {ExitCode::bad_data, failure_of_current_exception()};
  } catch (const PluginRefused &) {
    return {ExitCode::unavailable, failure_of_current_exception()};
  } catch (...) {
    return {ExitCode::internal, failure_of_current_exception()};
  }
}

}  // namespace host::cli
