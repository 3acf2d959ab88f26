#include "cli/application.hpp"

#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <csignal>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/command.hpp"
#include "cli/core_dumps.hpp"
#include "cli/failure.hpp"
#include "cli/session.hpp"
#include "text/suggestion.hpp"

namespace host::cli {

namespace {

constexpr std::string_view description =
    "Connects accounts of cloud services through plugins, polls them for events, delivers the\n"
    "events, and runs actions.";

OutputOptions output_options(const Environment &environment, bool json) {
  const std::string no_color = variable(environment, "NO_COLOR");
  const std::string term = variable(environment, "TERM");
  OutputOptions options;
  options.json = json;
  options.colour_out = wants_colour(STDOUT_FILENO, no_color, term);
  options.colour_err = wants_colour(STDERR_FILENO, no_color, term);
  return options;
}

// The commands that are similar to an unknown argument of `app`.
std::vector<std::string> names_of(const CLI::App &app) {
  std::vector<std::string> names;
  for (const CLI::App *command : app.get_subcommands([](const CLI::App *) { return true; }))
    names.push_back(command->get_name());
  return names;
}

std::vector<std::string> options_of(const CLI::App &app) {
  std::vector<std::string> names;
  for (const CLI::Option *option : app.get_options())
    for (const std::string &name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

// The last command that the arguments name.
const CLI::App &reached(const CLI::App &app) {
  const CLI::App *at = &app;
  for (auto chosen = at->get_subcommands(); !chosen.empty(); chosen = at->get_subcommands())
    at = chosen.front();
  return *at;
}

std::string path_of(const CLI::App &command) {
  const CLI::App *parent = command.get_parent();
  return parent == nullptr ? command.get_name() : path_of(*parent) + ' ' + command.get_name();
}

CommandFailure parse_failure(const CLI::App &app, const CLI::ParseError &error) {
  const CLI::App &command = reached(app);
  std::vector<std::string> known = names_of(command);
  for (const CLI::App *at = &command; at != nullptr; at = at->get_parent())
    std::ranges::copy(options_of(*at), std::back_inserter(known));

  std::string message = error.what();
  std::string advice;
  const std::vector<std::string> left = app.remaining(true);
  const std::string unknown = left.empty() ? std::string() : left.front();
  const auto is = [&error](CLI::ExitCodes code) {
    return error.get_exit_code() == static_cast<int>(code);
  };
  if (!unknown.empty() && (is(CLI::ExitCodes::ExtrasError) || is(CLI::ExitCodes::RequiredError))) {
    const bool option = unknown.starts_with('-');
    const bool word = !option && !names_of(command).empty();
    message = "Unknown " +
              std::string(option ? "option"
                          : word ? "command"
                                 : "argument") +
              ": " + unknown;
    advice = did_you_mean(unknown.substr(0, unknown.find('=')), known);
  } else if (is(CLI::ExitCodes::RequiredError) && !names_of(command).empty()) {
    message = "No command was given.";
    advice = "Choose one of: ";
    for (const std::string &name : names_of(command))
      advice += (advice.ends_with(' ') ? "" : ", ") + name;
    advice += '.';
  }
  if (!advice.empty()) advice += ' ';
  advice += "See `" + path_of(command) + " --help`.";
  if (!message.ends_with('.') && !message.ends_with('?')) message += '.';
  return usage_failure(std::move(message), std::move(advice));
}

int run(std::span<const std::string> arguments) {
  // A closed reader is an error of the write and does not end the process (SIGPIPE).
  std::signal(SIGPIPE, SIG_IGN);
  // These signals have no meaning here and must not end a running command.
  std::signal(SIGUSR1, SIG_IGN);
  std::signal(SIGUSR2, SIG_IGN);
  const Environment environment = process_environment();
  Redactor redactor;

  CLI::App app{std::string(description), "connector-host"};
  app.fallthrough();
  app.require_subcommand(1);
  app.option_defaults()->always_capture_default(false);
  app.set_version_flag("--version", "connector-host " CONNECTOR_HOST_VERSION);
  const auto formatter = app.get_formatter();
  formatter->column_width(34);
  for (const auto &[word, ours] : {std::pair{"SUBCOMMAND", "COMMAND"},
                                   {"Positionals", "Arguments"},
                                   {"TEXT", ""},
                                   {"REQUIRED", ""}})
    formatter->label(word, ours);
  app.footer(
      "Every command has its own --help with an example. Start with: connector-host plugins\n\n" +
      exit_code_table());

  Flags flags;
  std::string config;
  bool json = false;
  app.add_flag("--json", json, "print results and errors as JSON");
  app.add_option("--config", config, "the configuration file (CONNECTOR_CONFIG)")
      ->type_name("PATH");
  declare_settings(app, false, flags);
  Commands commands(app);
  add_plugin_commands(commands);
  add_connection_commands(commands);
  add_trigger_commands(commands);
  add_action_commands(commands);
  add_run_command(commands, flags);
  add_serve_commands(commands, flags);
  add_event_commands(commands);
  add_destination_commands(commands);
  add_doctor_command(commands);
  add_probe_command(commands);
  add_key_commands(commands);
  add_token_commands(commands);
  add_audit_command(commands);
  add_password_commands(commands);
  add_config_commands(commands);

  // Read before CLI11 parses the arguments, so that a parse error is printed as JSON too.
  const bool wants_json = std::ranges::find(arguments, "--json") != arguments.end();
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp &help) {
    return app.exit(help);
  } catch (const CLI::CallForVersion &version) {
    return app.exit(version);
  } catch (const CLI::ParseError &error) {
    Output output(output_options(environment, wants_json), redactor);
    const CommandFailure failure = parse_failure(app, error);
    output.failure(failure);
    return static_cast<int>(failure.exit);
  }

  Output output(output_options(environment, json), redactor);
  try {
    const Settings settings(flags, config, environment, ::geteuid() == 0);
    if (!settings.core_dumps()) forbid_core_dumps();
    Log log(settings.log_format(), settings.log_level(), STDERR_FILENO, redactor);
    Context context{settings, output, log, redactor};
    return static_cast<int>(commands.chosen()(context));
  } catch (const OutputClosed &) {
    return static_cast<int>(ExitCode::ok);
  } catch (const Interrupted &interrupted) {
    return 128 + interrupted.signal();
  } catch (...) {
    const CommandFailure failure = command_failure_of_current_exception();
    output.failure(failure);
    return static_cast<int>(failure.exit);
  }
}

}  // namespace

int run_application(std::span<const std::string> arguments) noexcept {
  try {
    return run(arguments);
  } catch (...) {
    constexpr std::string_view message = "error: connector-host ran out of memory\n";
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, message.data(), message.size());
    return static_cast<int>(ExitCode::internal);
  }
}

}  // namespace host::cli
