#include "cli/command.hpp"

#include <CLI/Option.hpp>
#include <cctype>
#include <vector>

namespace host::cli {

CLI::App &Commands::group(const std::string &name, const std::string &description) {
  CLI::App *group = app_.add_subcommand(name, description);
  group->group("Commands")
      ->require_subcommand(1)
      ->footer("Every command has its own --help with an example: connector-host " + name +
               " COMMAND --help");
  return *group;
}

CLI::App &Commands::leaf(CLI::App &parent, const std::string &name, const std::string &description,
                         const std::string &example) {
  CLI::App *command = parent.add_subcommand(name, description);
  command->group("Commands")
      ->footer("Example:\n  " + example +
               "\n\nGlobal options and exit codes: connector-host --help");
  return *command;
}

void declare_settings(CLI::App &command, bool of_run, Flags &flags) {
  for (const SettingKind &kind : setting_kinds()) {
    if (kind.of_run != of_run) continue;
    const std::string name(kind.name);
    CLI::Option *option = command.add_option("--" + name, flags[name], std::string(kind.help))
                              ->type_name(std::string(kind.value))
                              ->expected(1)
                              ->allow_extra_args(false);
    option->multi_option_policy(kind.repeatable ? CLI::MultiOptionPolicy::TakeAll
                                                : CLI::MultiOptionPolicy::TakeLast);
  }
}

}  // namespace host::cli
