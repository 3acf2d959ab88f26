// trigger: the triggers of connected accounts. A running host applies every change at once.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/command.hpp"
#include "cli/json_input.hpp"
#include "cli/output.hpp"
#include "cli/session.hpp"
#include "cli/table.hpp"
#include "control/failure.hpp"
#include "control/record_json.hpp"
#include "control/triggers.hpp"
#include "polling/refused_parts.hpp"
#include "polling/request_use.hpp"
#include "text/terminal_text.hpp"
#include "text/time_text.hpp"

namespace host::cli {

namespace {

namespace json = boost::json;

std::string interval_text(const TriggerRecord &trigger) {
  return "every " + span_text(std::chrono::milliseconds(trigger.interval_ms));
}

std::string error_message(const TriggerRecord &trigger) {
  const json::value error = stored_json(trigger.last_error);
  const json::object *object = error.if_object();
  const json::value *message = object == nullptr ? nullptr : object->if_contains("message");
  return message != nullptr && message->is_string() ? std::string(message->get_string())
                                                    : std::string();
}

std::string state_of(const TriggerRecord &trigger) {
  std::string text(to_string(trigger.state));
  if (!trigger.refused.empty()) text += ", partly failing";
  return text;
}

std::string trigger_text(const TriggerRecord &trigger, std::int64_t held,
                         const std::string &cost = {}) {
  Facts facts;
  facts.add("Trigger", trigger.id);
  facts.add("Type", trigger.trigger + " of " + trigger.connection_id);
  facts.add("Input", trigger.input);
  facts.add("Polls", interval_text(trigger));
  facts.add("Cost", cost);
  if (trigger.requests) facts.add("Requests made", requests_text(RequestUse(*trigger.requests)));
  facts.add("Starts with", start_text(trigger.start, trigger.start_count));
  facts.add("State", state_of(trigger));
  if (trigger.failures > 0) facts.add("Failures", std::to_string(trigger.failures) + " in a row");
  facts.add("Failing since", time_text(trigger.failing_since));
  facts.add("Next attempt", time_text(trigger.retry_at));
  facts.add("Last error", error_message(trigger));
  for (const RefusedPart &part : refused_parts_of(trigger.refused))
    facts.add("Refused", part.name + ", since " + time_text(part.since) +
                             (part.reason.empty() ? "" : ": " + part.reason));
  if (held > 0)
    facts.add("On hold", std::to_string(held) + " events; see `connector-host events release`");
  return facts.text();
}

// Empty if the connector is not installed, or no longer has this trigger.
std::optional<Cost> stated_cost(Session &session, const TriggerRecord &trigger) {
  const auto files = session.catalogue().found().find(trigger.plugin);
  const json::object *definition = files ? files->manifest.find_trigger(trigger.trigger) : nullptr;
  if (definition == nullptr) return std::nullopt;
  const json::value input = stored_json(trigger.input);
  return cost_of(*definition, trigger.interval_ms,
                 input.is_object() ? input.get_object() : json::object());
}

void print(Session &session, const TriggerRecord &trigger) {
  const std::int64_t held = session.store().count_held(trigger.row);
  json::object out = trigger_json(trigger);
  out["held"] = held;
  const std::optional<Cost> cost = stated_cost(session, trigger);
  if (cost) out["cost"] = cost_json(*cost);
  session.context().output.result(out, trigger_text(trigger, held, cost ? cost_text(*cost) : ""));
}

// "1.2, last 3"; empty before the first poll.
std::string requests_cell(const TriggerRecord &trigger) {
  if (!trigger.requests) return {};
  const RequestUse use(*trigger.requests);
  const std::string last = "last " + std::to_string(use.last());
  return use.polls() == 0 ? last : average_text(use) + ", " + last;
}

// ---- add

struct AddOptions {
  std::string connection;
  std::string trigger;
  std::string input;
  std::string start;
  std::optional<double> interval;
  bool accept_cost = false;
};

void declare_add(CLI::App &command, AddOptions &options) {
  command
      .add_option("CONNECTION", options.connection,
                  "its ID, the beginning of its ID, or its account")
      ->required();
  command.add_option("TRIGGER", options.trigger, "a trigger's ID; see `describe PLUGIN`")
      ->required();
  command.add_option("--input", options.input, "the trigger's input; empty means {}")
      ->type_name("JSON|-|@FILE");
  command
      .add_option("--start", options.start,
                  "existing items: now reports none of them, last:N the newest N, all all of them")
      ->type_name("now|last:N|all");
  command.add_option("--interval", options.interval, "the polling interval; see `describe PLUGIN`")
      ->type_name("SECONDS");
  command.add_flag(
      "--accept-cost", options.accept_cost,
      "add a trigger that needs many requests; without this flag the command shows its cost");
}

ExitCode add(Context &context, const AddOptions &options) {
  Session session(context);
  const ConnectionRecord connection = session.connection(options.connection);
  const auto files = session.catalogue().files(connection.plugin);
  const json::object &definition = find_trigger(*files, options.trigger);
  context.audited = connection.id;
  std::vector<std::string> notes;
  const TriggerRecord trigger = add_trigger(session, connection,
                                            {.trigger = options.trigger,
                                             .input = read_json_object(options.input, "--input"),
                                             .start = options.start,
                                             .interval_s = options.interval,
                                             .accept_cost = options.accept_cost},
                                            notes);
  context.audited = trigger.id;
  for (const std::string &note : notes) context.output.note(note);

  const Cost cost =
      cost_of(definition, trigger.interval_ms, stored_json(trigger.input).as_object());
  json::object out = trigger_json(trigger);
  out["cost"] = cost_json(cost);
  context.output.result(out,
                        trigger_text(trigger, 0, cost_text(cost)) +
                            "\nThe first poll runs as soon as `connector-host run` is running.\n");
  return ExitCode::ok;
}

// ---- list

struct TriggerListOptions {
  std::string connection;
};

void declare_trigger_list(CLI::App &command, TriggerListOptions &options) {
  command.add_option("--connection", options.connection, "list only triggers of this connection")
      ->type_name("CONNECTION");
}

ExitCode list_triggers(Context &context, const TriggerListOptions &options) {
  Session session(context);
  const std::string connection =
      options.connection.empty() ? std::string() : session.connection(options.connection).id;
  json::array out;
  Table table({"ID", "TRIGGER", "CONNECTION", "POLLS", "REQUESTS A POLL", "STATE", "LAST ERROR"});
  for (const TriggerRecord &trigger : session.store().triggers(connection)) {
    const std::int64_t held = session.store().count_held(trigger.row);
    json::object one = trigger_json(trigger);
    one["held"] = held;
    out.push_back(std::move(one));
    std::string state = state_of(trigger);
    if (held > 0) state += ", " + std::to_string(held) + " held";
    std::string error = error_message(trigger);
    if (error.empty()) error = refused_text(refused_parts_of(trigger.refused));
    table.row({trigger.id, trigger.trigger, trigger.connection_id, interval_text(trigger),
               requests_cell(trigger), std::move(state), std::move(error)});
  }
  context.output.result({{"triggers", std::move(out)}},
                        table.empty()
                            ? "No triggers yet. Add one with `connector-host trigger add`.\n"
                            : table.text(context.output.colour()));
  return ExitCode::ok;
}

// ---- show_trigger, pause, resume, remove

struct NamedTrigger {
  std::string trigger;
};

void declare_named(CLI::App &command, NamedTrigger &options) {
  command.add_option("ID", options.trigger, "a trigger's ID, or the beginning of it")->required();
}

ExitCode show_trigger(Context &context, const NamedTrigger &options) {
  Session session(context);
  print(session, session.trigger(options.trigger));
  return ExitCode::ok;
}

ExitCode set_state(Context &context, const std::string &name, TriggerState state) {
  Session session(context);
  const TriggerRecord trigger = session.trigger(name);
  context.audited = trigger.id;
  session.store().set_trigger_state(trigger.row, state);
  print(session, session.trigger(trigger.id));
  return ExitCode::ok;
}

ExitCode pause(Context &context, const NamedTrigger &options) {
  return set_state(context, options.trigger, TriggerState::paused);
}

ExitCode resume(Context &context, const NamedTrigger &options) {
  return set_state(context, options.trigger, TriggerState::active);
}

ExitCode remove(Context &context, const NamedTrigger &options) {
  Session session(context);
  const TriggerRecord trigger = session.trigger(options.trigger);
  context.audited = trigger.id;
  session.store().remove_trigger(trigger.id);
  context.output.result({{"id", trigger.id}, {"removed", true}},
                        "Removed " + trigger.id + " (" + trigger.trigger + ").\n");
  return ExitCode::ok;
}

// ---- edit

struct EditOptions {
  NamedTrigger named;
  std::string input;
  bool yes = false;
  bool accept_cost = false;
};

void declare_edit(CLI::App &command, EditOptions &options) {
  declare_named(command, options.named);
  command
      .add_option(
          "--input", options.input,
          "the complete new input. A changed filter keeps the trigger's place; a change of what is "
          "read restarts it with a new baseline")
      ->type_name("JSON|-|@FILE")
      ->required();
  command.add_flag("--yes", options.yes,
                   "restart the trigger if the edit requires it; without this flag the command "
                   "shows what would not be reported, and changes nothing");
  command.add_flag("--accept-cost", options.accept_cost,
                   "save an input with which the trigger needs many requests; without this flag "
                   "the command shows its cost");
}

ExitCode edit(Context &context, const EditOptions &options) {
  Session session(context);
  const TriggerRecord trigger = session.trigger(options.named.trigger);
  const json::object input = read_json_object(options.input, "--input");
  const EditPreview preview = preview_edit(session, trigger, input, std::nullopt, 0);
  if (preview.effect == EditEffect::new_baseline && !options.yes)
    throw wrong_call("Nothing was changed. " + preview.message,
                     "To restart the trigger, repeat the command with --yes.");
  context.audited = trigger.id;
  const TriggerRecord edited =
      edit_trigger(session, trigger, input, std::nullopt, options.accept_cost);
  context.output.note(preview.message);
  print(session, edited);
  return ExitCode::ok;
}

// ---- test

ExitCode test_trigger(Context &context, const NamedTrigger &options) {
  Session session(context);
  const TriggerRecord trigger = session.trigger(options.trigger);
  const ConnectionRecord connection = session.connection(trigger.connection_id);
  const Samples found =
      recent_items(session, connection, trigger.trigger, stored_json(trigger.input).as_object());
  std::string text = found.example
                         ? "No items found yet. Example of an event's data:\n"
                         : std::to_string(found.items.size()) +
                               (found.items.size() == 1 ? " recent item" : " recent items") +
                               ", as in an event's data. Nothing was recorded.\n";
  for (const json::value &item : found.items) text += json_line(item) + '\n';
  context.output.result(
      {{"trigger", trigger.id}, {"items", found.items}, {"sample", found.example}}, text);
  return ExitCode::ok;
}

}  // namespace

void add_trigger_commands(Commands &commands) {
  CLI::App &group =
      commands.group("trigger", "Add, list, edit and remove triggers of connected accounts");
  commands.add<AddOptions>(group, "add", "Add a trigger",
                           "connector-host trigger add owner@example.com subscriber.added \\\n"
                           "    --input '{\"list_id\": 88210}' --start last:5",
                           declare_add, add, "trigger.add");
  commands.add<TriggerListOptions>(group, "list", "List the triggers with their states",
                                   "connector-host trigger list --connection owner@example.com",
                                   declare_trigger_list, list_triggers);
  commands.add<NamedTrigger>(group, "show", "Show one trigger with its state and last error",
                             "connector-host trigger show trg_7hq2", declare_named, show_trigger);
  commands.add<NamedTrigger>(group, "test", "Show up to five recent items; nothing is recorded",
                             "connector-host trigger test trg_7hq2", declare_named, test_trigger);
  commands.add<NamedTrigger>(group, "pause", "Pause polling; the recorded state is kept",
                             "connector-host trigger pause trg_7hq2", declare_named, pause,
                             "trigger.pause");
  commands.add<NamedTrigger>(
      group, "resume", "Resume polling where it stopped; clears past failures",
      "connector-host trigger resume trg_7hq2", declare_named, resume, "trigger.resume");
  commands.add<EditOptions>(group, "edit", "Change a trigger's settings under the same ID",
                            "connector-host trigger edit trg_7hq2 --input '{\"list_id\": 88211}'",
                            declare_edit, edit, "trigger.edit");
  commands.add<NamedTrigger>(group, "remove", "Remove a trigger and its recorded state",
                             "connector-host trigger remove trg_7hq2", declare_named, remove,
                             "trigger.remove");
}

}  // namespace host::cli
