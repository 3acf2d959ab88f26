// The tree of commands: each one declares its options, shows an example in its --help, and is run
// after the settings are known.
#pragma once

#include <CLI/App.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "cli/exit_code.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "log/log.hpp"
#include "log/redaction.hpp"

namespace host::cli {

// The context of every command.
struct Context {
  const Settings &settings;
  Output &output;
  Log &log;
  Redactor &redactor;
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
  template <typename Options>
  void add(CLI::App &parent, const std::string &name, const std::string &description,
           const std::string &example, void (*declare)(CLI::App &, Options &),
           ExitCode (*run)(Context &, const Options &)) {
    auto options = std::make_shared<Options>();
    CLI::App &command = leaf(parent, name, description, example);
    declare(command, *options);
    command.callback([this, options, run] {
      chosen_ = [options, run](Context &context) { return run(context, *options); };
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
void add_config_commands(Commands &commands);       // config
void add_run_command(Commands &commands, Flags &flags);
void add_serve_commands(Commands &commands, Flags &flags);  // serve, link

// Declares the flags of the settings table: those of `run` and `serve`, or all others.
void declare_settings(CLI::App &command, bool of_run, Flags &flags);

}  // namespace host::cli
