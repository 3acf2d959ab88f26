// action, lookup: doing something in a connected account, and the choices its forms offer.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "cli/command.hpp"
#include "cli/failure.hpp"
#include "cli/json_input.hpp"
#include "cli/output.hpp"
#include "cli/session.hpp"
#include "cli/table.hpp"
#include "control/acting.hpp"
#include "control/lookup.hpp"

namespace host::cli {

namespace {

namespace json = boost::json;

std::string plain(const json::value *value) {
  if (value == nullptr || value->is_null()) return {};
  if (const json::string *text = value->if_string()) return std::string(*text);
  return json::serialize(*value);
}

// ---- action run

struct ActionRunOptions {
  std::string connection;
  std::string action;
  std::string input;
  std::string key;
  bool dry_run = false;
};

void declare_action_run(CLI::App &command, ActionRunOptions &options) {
  command
      .add_option("CONNECTION", options.connection,
                  "its id, the beginning of its id, or its account")
      ->required();
  command.add_option("ACTION", options.action, "an action's id; see `describe PLUGIN`")->required();
  command.add_option("--input", options.input, "what the action asks for; empty is {}")
      ->type_name("JSON|-|@FILE");
  command.add_flag("--dry-run", options.dry_run, "print the request instead of sending it");
  command
      .add_option("--idempotency-key", options.key,
                  "the same key again gives the stored result instead of acting twice")
      ->type_name("KEY");
}

ExitCode run_action(Context &context, const ActionRunOptions &options) {
  Session session(context);
  const ConnectionRecord connection = session.connection(options.connection);
  find_action(*session.catalogue().files(connection.plugin), options.action);
  const ActionCall call{.action = options.action,
                        .input = read_json_object(options.input, "--input"),
                        .key = options.key};
  if (options.dry_run) {
    const ActionPreview preview = preview_action(session, connection, call);
    context.output.result(
        {{"dry_run", true}, {preview.sends ? "request" : "output", preview.value}},
        (preview.sends ? "Would send (nothing was sent):\n" : "Needs no request; its result:\n") +
            pretty(preview.value));
    return ExitCode::ok;
  }

  const ActionResult result = host::run_action(session, connection, call);
  json::object out{
      {"connection", connection.id}, {"action", options.action}, {"output", result.output}};
  if (!result.key.empty()) out["idempotency_key"] = result.key;
  out["replayed"] = result.replayed;
  out["requests"] = result.requests;
  if (result.replayed)
    context.output.note("This key was used before: the stored result, nothing was sent.");
  context.output.result(out, pretty(result.output));
  return ExitCode::ok;
}

// ---- lookup

struct LookupOptions {
  std::string connection;
  std::string lookup;
  std::string input;
  std::string search;
  std::string page;
};

void declare_lookup(CLI::App &command, LookupOptions &options) {
  command
      .add_option("CONNECTION", options.connection,
                  "its id, the beginning of its id, or its account")
      ->required();
  command.add_option("LOOKUP", options.lookup, "a lookup's id; see `describe PLUGIN`")->required();
  command.add_option("--input", options.input, "the fields it depends on; empty is {}")
      ->type_name("JSON|-|@FILE");
  command.add_option("--search", options.search, "only choices that match, where it can search")
      ->type_name("TEXT");
  command.add_option("--page", options.page, "the `next` of the page before")->type_name("TEXT");
}

ExitCode lookup(Context &context, const LookupOptions &options) {
  Session session(context);
  const ConnectionRecord connection = session.connection(options.connection);
  const auto files = session.catalogue().files(connection.plugin);
  const json::object &definition = find_lookup(*files, options.lookup);
  const json::object input = read_json_object(options.input, "--input");
  if (!definition.contains("input") && !input.empty())
    throw usage_failure("The lookup " + options.lookup + " takes no --input.");
  const LookupPage page =
      look_up(session, connection, options.lookup, input, options.search, options.page);

  Table table({"VALUE", "LABEL", "HINT"});
  for (const json::value &item : page.items)
    if (const json::object *one = item.if_object())
      table.row({plain(one->if_contains("value")), plain(one->if_contains("label")),
                 plain(one->if_contains("hint"))});
  json::object out{{"items", page.items}};
  if (!page.next.empty()) out["next"] = page.next;
  std::string text =
      table.empty() ? "There is nothing to choose from.\n" : table.text(context.output.colour());
  if (!page.next.empty()) text += "\nThere are more: --page '" + page.next + "'\n";
  context.output.result(out, text);
  return ExitCode::ok;
}

}  // namespace

void add_action_commands(Commands &commands) {
  CLI::App &group = commands.group("action", "Do something in a connected account");
  commands.add<ActionRunOptions>(
      group, "run", "Run an action, or show what it would send",
      "connector-host action run owner@example.com mailing_list.create \\\n"
      "    --input '{\"name\": \"Newsletter\"}' --dry-run",
      declare_action_run, run_action);
  commands.add<LookupOptions>(
      commands.root(), "lookup", "List the choices for a field of an input",
      "connector-host lookup owner@example.com list_variables --input '{\"list_id\": 88210}'",
      declare_lookup, lookup);
}

}  // namespace host::cli
