// run: polls the triggers and delivers events, until Ctrl-C.
#include "cli/command.hpp"
#include "cli/host_process.hpp"

namespace host::cli {

namespace {

struct PollingOptions {
  bool once = false;
  bool enable_sinks = false;
};

void declare_polling(CLI::App &command, PollingOptions &options) {
  command.add_flag(
      "--once", options.once,
      "poll every trigger once, deliver the events and exit; exit code 75: a poll failed, "
      "or events are still waiting for a destination of this run");
  command.add_flag("--enable-sinks", options.enable_sinks,
                   "deliver again to webhooks that were disabled after 410 Gone");
}

ExitCode run_polling(Context &context, const PollingOptions &options) {
  HostProcess process;
  process.once = options.once;
  process.enable_sinks = options.enable_sinks;
  return run_host(context, process);
}

}  // namespace

void add_run_command(Commands &commands, Flags &flags) {
  commands.add<PollingOptions>(commands.root(), "run",
                               "Poll the triggers and deliver events, until Ctrl-C",
                               "connector-host run --sink stdout | jq\n"
                               "  connector-host run --sink webhook:https://example.com/hook "
                               "--webhook-secret-file secret.txt",
                               declare_polling, run_polling);
  declare_settings(*commands.root().get_subcommand("run"), true, flags);
}

}  // namespace host::cli
