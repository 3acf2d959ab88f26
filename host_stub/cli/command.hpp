// The tree of commands: each one declares its options, shows an example in its --help, and is run
// after the settings are known.
#pragma once

#include <CLI/App.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "cli/exit_code.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "log/log.hpp"
#include "log/redaction.hpp"

namespace host::cli {

struct Context;
// Runs a command, and writes its line of the audit if it came so far as to change something.
ExitCode audit_command(Context &context, std::string_view name,
                       const std::function<ExitCode()> &run);
// A line for a step of a command.
void audit_step(Context &context, std::string_view name, std::string_view object,
                std::string outcome);

// The context of every command.
struct Context {
  const Settings &settings;
  Output &output;
  Log &log;
  Redactor &redactor;
  // For a command whose `add` names it for the audit: what it is about to change, as IDs. Empty: it
  // has not begun to change anything.
  std::string audited{};
};

class Commands {
 public:
  using Run = std::function<ExitCode(Context &)>;

  explicit Commands(CLI::App &app) : app_(app) {}
  Commands(const Commands &) = delete;
  Commands &operator=(const Commands &) = delete;

  // A word that only holds other commands: "trigger".
  CLI::App &group(const std::string &name, const std::string &description);

  // `declare` binds CLI11's options to an Options; `run` gets it filled. `example` is one or more
  // whole command lines.
  // `audited`: the name of its line in the audit; empty: it changes nothing.
  template <typename Options>
  void add(CLI::App &parent, const std::string &name, const std::string &description,
           const std::string &example, void (*declare)(CLI::App &, Options &),
           ExitCode (*run)(Context &, const Options &), std::string_view audited = {}) {
    auto options = std::make_shared<Options>();
    CLI::App &command = leaf(parent, name, description, example);
    declare(command, *options);
    command.callback([this, options, run, audited] {
      chosen_ = [options, run, audited](Context &context) {
        return audit_command(context, audited,
                             [&context, &options, run] { return run(context, *options); });
      };
    });
  }

  CLI::App &root() noexcept { return app_; }
  const Run &chosen() const noexcept { return chosen_; }

 private:
  static CLI::App &leaf(CLI::App &parent, const std::string &name, const std::string &description,
                        const std::string &example);
  CLI::App &app_;
  Run chosen_;
};

struct NoOptions {};
inline void declare_nothing(CLI::App & /*command*/, NoOptions & /*options*/) {}

// One function for each group, in a file of its name.
void add_plugin_commands(Commands &commands);       // plugins, describe, validate, manifest
void add_connection_commands(Commands &commands);   // connect, connections, connection
void add_trigger_commands(Commands &commands);      // trigger
void add_action_commands(Commands &commands);       // action, lookup
void add_event_commands(Commands &commands);        // events
void add_destination_commands(Commands &commands);  // destination
void add_doctor_command(Commands &commands);        // doctor
void add_probe_command(Commands &commands);         // probe
void add_key_commands(Commands &commands);          // rekey
void add_token_commands(Commands &commands);        // token
void add_audit_command(Commands &commands);         // audit
void add_password_commands(Commands &commands);     // password
void add_config_commands(Commands &commands);       // config
void add_run_command(Commands &commands, Flags &flags);
void add_serve_commands(Commands &commands, Flags &flags);  // serve, link

// Declares the flags of the settings table: those of `run` and `serve`, or all others.
void declare_settings(CLI::App &command, bool of_run, Flags &flags);

}  // namespace host::cli
