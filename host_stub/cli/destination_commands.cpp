// destination: list destinations with their waiting events, enable them, forget them.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/failure.hpp"
#include "cli/output.hpp"
#include "cli/run_lock.hpp"
#include "cli/session.hpp"
#include "cli/table.hpp"
#include "delivery/sink_spec.hpp"

namespace host::cli {

namespace {

namespace json = boost::json;

std::string events_text(std::int64_t count) {
  return std::to_string(count) + (count == 1 ? " event" : " events");
}

// A webhook's full URL may contain a secret: it is not repeated.
CommandFailure no_destination() {
  OperationError error;
  error.error_class = ErrorClass::not_found;
  error.fault = Fault::user;
  error.message = "No destination has this name or address.";
  error.advice = "`connector-host destination list` lists the destinations.";
  return {ExitCode::no_input, std::move(error)};
}

// Finds a destination by its name as in `list`, or by its address as in --sink.
SinkRecord find_destination(Store &store, const std::string &address) {
  const std::vector<SinkRecord> sinks = store.sinks();
  const auto named = [&sinks](const std::string &name) -> std::optional<SinkRecord> {
    for (const SinkRecord &sink : sinks)
      if (sink.name == name) return sink;
    return std::nullopt;
  };
  if (auto found = named(address)) return *found;
  try {
    if (auto found = named(sink_name(parse_sink_spec(address)))) return *found;
  } catch (const SinkError &) {
    // Not an address either.
  }
  throw no_destination();
}

// ---- list

json::object destination_json(const SinkRecord &sink) {
  json::object out{{"destination", sink.name}, {"named", sink.active},
                   {"waiting", sink.pending},  {"on_hold", sink.held},
                   {"dead", sink.dead},        {"disabled", !sink.disabled_reason.empty()}};
  if (!sink.disabled_reason.empty()) out["reason"] = sink.disabled_reason;
  return out;
}

ExitCode list_destinations(Context &context, const NoOptions & /*options*/) {
  Session session(context);
  json::array out;
  Table table({"DESTINATION", "WAITING", "ON HOLD", "NOT DELIVERED", "STATE"});
  for (const SinkRecord &sink : session.store().sinks()) {
    if (!sink.active && sink.disabled_reason.empty() && !sink.owed()) continue;
    out.push_back(destination_json(sink));
    table.row({sink.name, std::to_string(sink.pending), std::to_string(sink.held),
               std::to_string(sink.dead),
               !sink.disabled_reason.empty() ? "disabled: " + sink.disabled_reason
               : sink.active                 ? "used by the last run"
                                             : "not used by the last run"});
  }
  context.output.result(json::object{{"destinations", std::move(out)}},
                        table.empty()
                            ? "No destinations. Add one with `connector-host run --sink ...`.\n"
                            : table.text(context.output.colour()));
  return ExitCode::ok;
}

// ---- enable, forget

struct NamedDestination {
  std::string address;
  bool discard = false;
};

void declare_named(CLI::App &command, NamedDestination &options) {
  command
      .add_option("DESTINATION", options.address,
                  "its name as `destination list` shows it, or its address as in --sink")
      ->required();
}

void declare_forget(CLI::App &command, NamedDestination &options) {
  declare_named(command, options);
  command.add_flag("--discard", options.discard, "discard the events that are waiting for it");
}

ExitCode enable(Context &context, const NamedDestination &options) {
  Session session(context);
  const SinkRecord sink = find_destination(session.store(), options.address);
  context.audited = sink.name;
  session.store().enable_sink(sink.name);
  const std::string sends =
      sink.active && run_owner(context.settings.data_dir())
          ? " are being delivered.\n"
          : " will be delivered by the next `connector-host run` that uses it.\n";
  context.output.result({{"destination", sink.name}, {"enabled", true}, {"waiting", sink.pending}},
                        sink.name + " is enabled; " + events_text(sink.pending) + sends);
  return ExitCode::ok;
}

ExitCode forget(Context &context, const NamedDestination &options) {
  Session session(context);
  const SinkRecord sink = find_destination(session.store(), options.address);
  if (const auto owner = run_owner(context.settings.data_dir()); owner && sink.active) {
    OperationError error;
    error.error_class = ErrorClass::conflict;
    error.fault = Fault::user;
    error.message =
        sink.name + " is in use by the running host, process " + std::to_string(owner->pid) + '.';
    error.advice = "Stop the host, or start it without this --sink, and try again.";
    throw CommandFailure(ExitCode::try_again, std::move(error));
  }
  if (sink.owed() && !options.discard) {
    std::string counts;
    const auto add = [&counts](std::int64_t count, const std::string &what) {
      if (count == 0) return;
      counts += (counts.empty() ? "" : ", ") + std::to_string(count) + ' ' + what;
    };
    add(sink.pending, "waiting");
    add(sink.held, "on hold");
    add(sink.dead, "not delivered");
    throw usage_failure(
        sink.name + " has not received " + events_text(sink.pending + sink.held + sink.dead) +
            " (" + counts + "). Forgetting the destination would discard them.",
        "To discard them, add --discard. To deliver them, start the host with this --sink.");
  }
  context.audited = sink.name;
  const auto dropped = session.store().forget_sink(sink.name);
  if (!dropped) throw no_destination();
  context.output.result({{"destination", sink.name}, {"forgotten", true}, {"dropped", *dropped}},
                        sink.name + " was forgotten; " + events_text(*dropped) +
                            (*dropped == 1 ? " was discarded.\n" : " were discarded.\n"));
  return ExitCode::ok;
}

}  // namespace

void add_destination_commands(Commands &commands) {
  CLI::App &group =
      commands.group("destination", "List, enable and forget the destinations of events");
  commands.add<NoOptions>(
      group, "list", "List the destinations with the number of events waiting for each",
      "connector-host destination list --json", declare_nothing, list_destinations);
  commands.add<NamedDestination>(
      group, "enable", "Deliver again to a destination that was disabled after 410 Gone",
      "connector-host destination enable webhook:https://example.com/#1a2b3c4d", declare_named,
      enable, "destination.enable");
  commands.add<NamedDestination>(
      group, "forget",
      "Forget a destination; --discard discards the events that are waiting for it",
      "connector-host destination forget file:/var/log/events.ndjson --discard", declare_forget,
      forget, "destination.forget");
}

}  // namespace host::cli
