// action, lookup: run an action in a connected account, and list the choices of its form's
// dropdowns.
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
                  "its ID, the beginning of its ID, or its account")
      ->required();
  command.add_option("ACTION", options.action, "an action's ID; see `describe PLUGIN`")->required();
  command.add_option("--input", options.input, "the action's input; empty means {}")
      ->type_name("JSON|-|@FILE");
  command.add_flag("--dry-run", options.dry_run, "print the request instead of sending it");
  command
      .add_option("--idempotency-key", options.key,
                  "a run with a key that was used returns the stored result and sends nothing")
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
    json::object out{{"dry_run", true}, {preview.sends ? "request" : "output", preview.value}};
    if (preview.prepares) out["prepares"] = true;
    std::string title = preview.sends ? "Request preview (nothing was sent):\n"
                                      : "The action sends no request. Its result:\n";
    if (preview.prepares) {
      title =
          "First request (nothing was sent). It only reads; the requests after it depend on its "
          "answer and are not shown:\n";
    }
    context.output.result(std::move(out), title + pretty(preview.value));
    return ExitCode::ok;
  }

  session.key();  // with the wrong one nothing is begun, and no line is written
  context.audited = connection.id + ' ' + options.action;
  const ActionResult result = host::run_action(session, connection, call);
  json::object out{
      {"connection", connection.id}, {"action", options.action}, {"output", result.output}};
  if (!result.key.empty()) out["idempotency_key"] = result.key;
  out["replayed"] = result.replayed;
  out["requests"] = result.requests;
  if (!result.notes.empty()) out["notes"] = json::array(result.notes.begin(), result.notes.end());
  for (const std::string &note : result.notes) context.output.note(note);
  if (result.replayed)
    context.output.note("This key was used before. This is the stored result; nothing was sent.");
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
                  "its ID, the beginning of its ID, or its account")
      ->required();
  command.add_option("LOOKUP", options.lookup, "a lookup's ID; see `describe PLUGIN`")->required();
  command
      .add_option("--input", options.input, "the fields that the lookup depends on; empty means {}")
      ->type_name("JSON|-|@FILE");
  command
      .add_option("--search", options.search,
                  "list only matching choices, if the lookup supports search")
      ->type_name("TEXT");
  command.add_option("--page", options.page, "the `next` value of the previous page")
      ->type_name("TEXT");
}

ExitCode lookup(Context &context, const LookupOptions &options) {
  Session session(context);
  const ConnectionRecord connection = session.connection(options.connection);
  const auto files = session.catalogue().files(connection.plugin);
  const json::object &definition = find_lookup(*files, options.lookup);
  const json::object input = read_json_object(options.input, "--input");
  if (!definition.contains("input") && !input.empty())
    throw usage_failure("The lookup " + options.lookup + " does not take --input.");
  const LookupPage page = look_up(
      session, connection,
      {.lookup = options.lookup, .input = input, .search = options.search, .page = options.page});

  Table table({"VALUE", "LABEL", "HINT"});
  for (const json::value &item : page.items)
    if (const json::object *one = item.if_object())
      table.row({plain(one->if_contains("value")), plain(one->if_contains("label")),
                 plain(one->if_contains("hint"))});
  json::object out{{"items", page.items}};
  if (!page.next.empty()) out["next"] = page.next;
  std::string text = table.empty() ? "No choices.\n" : table.text(context.output.colour());
  if (!page.next.empty()) text += "\nMore choices: --page '" + page.next + "'\n";
  context.output.result(out, text);
  return ExitCode::ok;
}

}  // namespace

void add_action_commands(Commands &commands) {
  CLI::App &group = commands.group("action", "Run an action in a connected account");
  commands.add<ActionRunOptions>(
      group, "run", "Run an action, or preview its request",
      "connector-host action run owner@example.com mailing_list.create \\\n"
      "    --input '{\"name\": \"Newsletter\"}' --dry-run",
      declare_action_run, run_action, "action.run");
  commands.add<LookupOptions>(
      commands.root(), "lookup", "List the choices for an input field",
      "connector-host lookup owner@example.com list_variables --input '{\"list_id\": 88210}'",
      declare_lookup, lookup);
}

}  // namespace host::cli
