// action, lookup: doing something in a connected account, and the choices its forms offer.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "cli/command.hpp"
#include "cli/duplicate_check.hpp"
#include "cli/failure.hpp"
#include "cli/idempotency.hpp"
#include "cli/identifier.hpp"
#include "cli/json_input.hpp"
#include "cli/lookup.hpp"
#include "cli/output.hpp"
#include "cli/record_json.hpp"
#include "cli/session.hpp"
#include "cli/table.hpp"
#include "cli/time_text.hpp"

namespace host::cli {

namespace {

namespace json = boost::json;

bool has_flag(const json::object &object, std::string_view member, std::string_view key) {
  const json::value *inner = object.if_contains(member);
  const json::object *found = inner == nullptr ? nullptr : inner->if_object();
  const json::value *value = found == nullptr ? nullptr : found->if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

std::string plain(const json::value *value) {
  if (value == nullptr || value->is_null()) return {};
  if (const json::string *text = value->if_string()) return std::string(*text);
  return json::serialize(*value);
}

// ---- action run

struct RunOptions {
  std::string connection;
  std::string action;
  std::string input;
  std::string key;
  bool dry_run = false;
};

void declare_run(CLI::App &command, RunOptions &options) {
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

ExitCode print_dry_run(Session &session, const ConnectionRecord &connection,
                       const OperationStart &start) {
  const OperationOutcome outcome = session.dry_run(connection, start);
  const json::value request = stored_json(outcome.output);
  const bool sends = outcome.kind == OperationOutcome::Kind::dry_run;
  session.context().output.result(
      {{"dry_run", true}, {sends ? "request" : "output", request}},
      (sends ? "Would send (nothing was sent):\n" : "Needs no request; its result:\n") +
          pretty(request));
  return ExitCode::ok;
}

// Adds what can be found out about an action that nobody knows the effect of.
[[noreturn]] void explain_unknown(Session &session, const ConnectionRecord &connection,
                                  const json::object &action, const json::object &input,
                                  const std::string &key, CommandFailure failure) {
  const auto check = check_for_duplicate(session, connection, action, input);
  std::string advice = failure.error.advice;
  const auto add = [&advice](const std::string &sentence) {
    if (!advice.empty()) advice += ' ';
    advice += sentence;
  };
  if (check) {
    failure.more["duplicate_check"] = duplicate_json(*check);
    add(duplicate_text(*check));
  }
  add(check && !check->found.empty()
          ? "So it probably took effect; it was not sent again."
          : "It was not sent again. Run it again only if it is not there.");
  failure.error.advice = std::move(advice);
  failure.more["idempotency_key"] = key;
  throw CommandFailure(std::move(failure));
}

ExitCode run_action(Context &context, const RunOptions &options) {
  Session session(context);
  const ConnectionRecord connection = session.connection(options.connection);
  const auto files = session.catalogue().files(connection.plugin);
  const json::object &action = find_action(*files, options.action);
  const json::object input = read_json_object(options.input, "--input");
  check_input(*files, action, input);
  session.catalogue().plugin(connection.plugin);  // a plugin that is refused claims no key

  const std::string text = json::serialize(input);
  OperationStart start;
  start.kind = OperationKind::action;
  start.id = options.action;
  start.input = text;
  if (options.dry_run) return print_dry_run(session, connection, start);

  KeyedResult result;
  std::string key = options.key;
  if (key.empty() && has_flag(action, "effects", "read_only")) {
    const OperationOutcome outcome = session.run(connection, start);
    result = {.output = outcome.output, .replayed = false, .requests = outcome.requests};
  } else {
    if (key.empty()) key = new_id("key_");
    const KeyedAction keyed{.key = key,
                            .connection_id = connection.id,
                            .action = options.action,
                            .input_hash = json_hash(input)};
    try {
      result = run_once(session.store(), keyed, unix_ms_now(),
                        [&] { return session.run(connection, start); });
    } catch (const CommandFailure &failure) {
      if (failure.error.error_class != ErrorClass::unknown_outcome) throw;
      explain_unknown(session, connection, action, input, key, failure);
    } catch (const Interrupted &) {
      OperationError error;
      error.error_class = ErrorClass::unknown_outcome;
      error.fault = Fault::user;
      error.message = "Interrupted: nobody knows whether " + options.action + " took effect.";
      error.advice = "Look in the service before you run it again.";
      CommandFailure failure(std::move(error));
      failure.more["idempotency_key"] = key;
      throw CommandFailure(std::move(failure));
    }
  }

  const json::value output = stored_json(result.output);
  json::object out{{"connection", connection.id}, {"action", options.action}, {"output", output}};
  if (!key.empty()) out["idempotency_key"] = key;
  out["replayed"] = result.replayed;
  out["requests"] = result.requests;
  if (result.replayed)
    context.output.note("This key was used before: the stored result, nothing was sent.");
  context.output.result(out, pretty(output));
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
  if (definition.contains("input")) {
    check_input(*files, definition, input);
  } else if (!input.empty()) {
    throw usage_failure("The lookup " + options.lookup + " takes no --input.");
  }
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
  commands.add<RunOptions>(group, "run", "Run an action, or show what it would send",
                           "connector-host action run owner@example.com mailing_list.create \\\n"
                           "    --input '{\"name\": \"Newsletter\"}' --dry-run",
                           declare_run, run_action);
  commands.add<LookupOptions>(
      commands.root(), "lookup", "List the choices for a field of an input",
      "connector-host lookup owner@example.com list_variables --input '{\"list_id\": 88210}'",
      declare_lookup, lookup);
}

}  // namespace host::cli
