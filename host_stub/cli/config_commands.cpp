// config: the effective settings and their origins.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <utility>

#include "cli/command.hpp"
#include "cli/table.hpp"

namespace host::cli {

namespace {

namespace json = boost::json;

struct ShowOptions {
  bool origin = false;
};

void declare_show(CLI::App &command, ShowOptions &options) {
  command.add_flag("--origin", options.origin, "show the origin of each value");
}

ExitCode show_config(Context &context, const ShowOptions &options) {
  json::array list;
  Table table(options.origin ? std::vector<std::string>{"SETTING", "ORIGIN", "VALUE"}
                             : std::vector<std::string>{"SETTING", "VALUE"});
  const auto add = [&](std::string_view name, const SettingValue &value) {
    list.push_back({{"name", name}, {"value", value.value}, {"origin", value.origin}});
    if (options.origin) {
      table.row({std::string(name), value.origin, value.value});
    } else {
      table.row({std::string(name), value.value});
    }
  };
  if (const SettingValue &file = context.settings.config_file(); !file.value.empty())
    add("config", file);
  for (const SettingKind &kind : setting_kinds())
    for (const SettingValue &value : context.settings.values(kind.name)) add(kind.name, value);
  context.output.result({{"settings", std::move(list)}}, table.text(context.output.colour()));
  return ExitCode::ok;
}

}  // namespace

void add_config_commands(Commands &commands) {
  CLI::App &group = commands.group("config", "Show the effective settings");
  commands.add<ShowOptions>(
      group, "show",
      "Show the effective settings. Precedence: flag, environment (CONNECTOR_DATA_DIR), "
      "configuration file, default. The file is YAML: the flags' names with underscores, and lists "
      "for flags that may be repeated.",
      "CONNECTOR_LOG_FORMAT=json connector-host config show --origin", declare_show, show_config);
}

}  // namespace host::cli
