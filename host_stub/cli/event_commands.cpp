// events: list, show, replay, release and discard recorded events.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "cli/command.hpp"
#include "cli/failure.hpp"
#include "cli/output.hpp"
#include "cli/session.hpp"
#include "cli/table.hpp"
#include "control/record_json.hpp"
#include "delivery/cloud_event.hpp"
#include "text/suggestion.hpp"
#include "text/time_text.hpp"

namespace host::cli {

namespace {

namespace json = boost::json;

CommandFailure no_event(const std::string &id) {
  OperationError error;
  error.error_class = ErrorClass::not_found;
  error.fault = Fault::user;
  error.message = "There is no event \"" + id + "\".";
  error.advice =
      "`connector-host events list` lists the recorded events. Delivered events are deleted after "
      "the time set with --keep-days.";
  return {ExitCode::no_input, std::move(error)};
}

// ---- list

struct EventListOptions {
  std::string trigger;
  std::string state;
  std::int64_t limit = 20;
  std::int64_t after = 0;
  bool oldest_first = false;
};

void declare_event_list(CLI::App &command, EventListOptions &options) {
  command.add_option("--trigger", options.trigger, "list only events of this trigger")
      ->type_name("ID");
  command.add_option("--state", options.state, "list only events in this state")
      ->type_name("pending|held|delivered|dead|discarded")
      ->check(CLI::IsMember({"pending", "held", "delivered", "dead", "discarded"}).description(""));
  command.add_option("--limit", options.limit, "list at most this many (default: 20)")
      ->type_name("N")
      ->check(CLI::Range(1, 10'000).description(""));
  command.add_option("--after", options.after, "continue after this `seq`, in the chosen order")
      ->type_name("SEQ");
  command.add_flag("--oldest-first", options.oldest_first, "list the oldest first");
}

ExitCode list_events(Context &context, const EventListOptions &options) {
  Session session(context);
  Store::EventFilter filter;
  if (!options.trigger.empty()) filter.trigger_id = session.trigger(options.trigger).id;
  if (!options.state.empty()) filter.state = from_string<EventState>(options.state);
  filter.after_seq = options.after;
  filter.limit = options.limit;
  filter.newest_first = !options.oldest_first;
  json::array out;
  Table table({"ID", "TIME", "TRIGGER", "STATE", "SUBJECT"});
  std::int64_t last = 0;
  for (const EventRecord &event : session.store().events(filter)) {
    last = event.seq;
    out.push_back(event_json(event));
    table.row({event.id, time_text(event.time), event.trigger, std::string(to_string(event.state)),
               event.subject.empty() ? event.key : event.subject});
  }
  const bool full = static_cast<std::int64_t>(out.size()) == options.limit;
  json::object result{{"events", std::move(out)}};
  if (full) result["next_after"] = last;
  std::string text = table.empty() ? "No events.\n" : table.text(context.output.colour());
  if (full) text += "\nMore events: --after " + std::to_string(last) + '\n';
  context.output.result(result, text);
  return ExitCode::ok;
}

// ---- show_event, replay

struct NamedEvent {
  std::string event;
};

void declare_event(CLI::App &command, NamedEvent &options) {
  command.add_option("EVENT", options.event, "an event's ID")->required();
}

ExitCode show_event(Context &context, const NamedEvent &options) {
  Session session(context);
  const auto event = session.store().event(options.event);
  if (!event) throw no_event(options.event);
  json::array deliveries;
  Table table({"DESTINATION", "STATE", "ATTEMPTS", "NEXT ATTEMPT", "LAST ERROR"});
  for (const DeliveryRecord &delivery : session.store().deliveries(event->seq)) {
    deliveries.push_back(delivery_json(delivery));
    table.row({delivery.sink, std::string(to_string(delivery.state)),
               std::to_string(delivery.attempts),
               delivery.state == DeliveryState::pending ? time_text(delivery.next_try) : "",
               delivery.last_error});
  }
  json::object out = event_json(*event);
  out["deliveries"] = std::move(deliveries);
  out["cloud_event"] = stored_json(cloud_event(*event));
  Facts facts;
  facts.add("Event", event->id);
  facts.add("Trigger", event->trigger + " (" + event->trigger_id + ')');
  facts.add("Connection", event->connection_id);
  facts.add("Recorded", time_text(event->time));
  facts.add("Found by", event->poll_id);
  facts.add("State", std::string(to_string(event->state)));
  facts.add("Delivered", time_text(event->delivered_at));
  std::string text = facts.text();
  if (!table.empty()) text += '\n' + table.text(context.output.colour());
  text += '\n' + pretty(out["cloud_event"]);
  context.output.result(out, text);
  return ExitCode::ok;
}

ExitCode replay(Context &context, const NamedEvent &options) {
  Session session(context);
  const auto event = session.store().event(options.event);
  if (!event) throw no_event(options.event);
  if (event->state == EventState::held)
    throw usage_failure("The event " + event->id + " is on hold with others of its trigger.",
                        "Release them first: connector-host events release " + event->trigger_id);
  context.audited = event->id;
  if (!session.store().replay(event->id)) throw no_event(options.event);
  context.output.result({{"id", event->id}, {"replayed", true}},
                        event->id + " will be delivered again under the same ID.\n");
  return ExitCode::ok;
}

// ---- release, discard

struct TriggerOfEvents {
  std::string trigger;
};

void declare_trigger(CLI::App &command, TriggerOfEvents &options) {
  command.add_option("TRIGGER", options.trigger, "a trigger's ID, or the beginning of it")
      ->required();
}

ExitCode release_or_discard(Context &context, const TriggerOfEvents &options, bool release) {
  Session session(context);
  const TriggerRecord trigger = session.trigger(options.trigger);
  context.audited = trigger.id;
  const std::int64_t count =
      release ? session.store().release(trigger.id) : session.store().discard(trigger.id);
  const std::string events =
      std::to_string(count) + (count == 1 ? " event on hold" : " events on hold");
  context.output.result({{"trigger", trigger.id}, {release ? "released" : "discarded", count}},
                        release ? "Released " + events + ".\n" : "Discarded " + events + ".\n");
  return ExitCode::ok;
}

ExitCode release(Context &context, const TriggerOfEvents &options) {
  return release_or_discard(context, options, true);
}

ExitCode discard(Context &context, const TriggerOfEvents &options) {
  return release_or_discard(context, options, false);
}

}  // namespace

void add_event_commands(Commands &commands) {
  CLI::App &group =
      commands.group("events", "List, show and replay events; release or discard events on hold");
  commands.add<EventListOptions>(group, "list", "List recorded events, newest first",
                                 "connector-host events list --state held --json",
                                 declare_event_list, list_events);
  commands.add<NamedEvent>(group, "show", "Show one event and its deliveries",
                           "connector-host events show evt_k3y2n4", declare_event, show_event);
  commands.add<NamedEvent>(group, "replay", "Deliver an event again under the same ID",
                           "connector-host events replay evt_k3y2n4", declare_event, replay,
                           "event.replay");
  commands.add<TriggerOfEvents>(
      group, "release", "Release a trigger's events on hold (more than 100 new events in one poll)",
      "connector-host events release trg_7hq2", declare_trigger, release, "events.release");
  commands.add<TriggerOfEvents>(
      group, "discard", "Discard a trigger's events on hold; they are never delivered",
      "connector-host events discard trg_7hq2", declare_trigger, discard, "events.discard");
}

}  // namespace host::cli
