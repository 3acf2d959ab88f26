// The routes of /api/events: events and their deliveries.
#include <boost/json/array.hpp>
#include <charconv>
#include <limits>
#include <utility>

#include "control/operation_form.hpp"
#include "control/record_json.hpp"
#include "delivery/cloud_event.hpp"
#include "server/api.hpp"

namespace host::server {

namespace {

namespace json = boost::json;

constexpr std::int64_t usual_page = 50;
constexpr std::int64_t largest_page = 200;
constexpr std::size_t longest_search = 200;

// The number in the query, or `otherwise` without one.
std::int64_t number_in_query(const IncomingRequest &request, std::string_view name,
                             std::int64_t otherwise, std::int64_t most) {
  const std::string_view text = request.parameter(name);
  if (text.empty()) return otherwise;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 1 || number > most)
    throw wrong_call('"' + std::string(name) + "\" must be a number from 1 to " +
                     std::to_string(most) + '.');
  return number;
}

HttpAnswer list_events(Call &call) {
  const IncomingRequest &request = call.request;
  Store::EventFilter filter;
  filter.trigger_id = request.parameter("trigger");
  filter.connection_id = request.parameter("connection");
  filter.text = request.parameter("text");
  if (filter.text.size() > longest_search) throw wrong_call("\"text\" is too long for a search.");
  if (const std::string_view state = request.parameter("state"); !state.empty()) {
    filter.state = from_string<EventState>(state);
    if (!filter.state)
      throw wrong_call("\"state\" must be pending, held, delivered, dead or discarded.");
  }
  filter.after_seq =
      number_in_query(request, "before", 0, std::numeric_limits<std::int64_t>::max());
  filter.limit = number_in_query(request, "limit", usual_page, largest_page);
  filter.newest_first = true;
  json::array events;
  std::int64_t last = 0;
  for (const EventRecord &event : call.session.store().events(filter)) {
    last = event.seq;
    events.push_back(call.rows.event(event));
  }
  const bool full = static_cast<std::int64_t>(events.size()) == filter.limit;
  json::object out{{"events", std::move(events)}};
  if (full) out["next"] = last;
  return json_answer(200, out);
}

EventRecord named_event(Call &call) {
  auto event = call.session.store().event(call.value("event"));
  if (event) return std::move(*event);
  Failure failure = unknown_name("event", call.value("event"), {});
  failure.error.advice = "Delivered events are deleted after their retention period.";
  throw Failure(std::move(failure));
}

HttpAnswer detail(Call &call, const EventRecord &event) {
  json::array deliveries;
  for (const DeliveryRecord &delivery : call.session.store().deliveries(event.seq))
    deliveries.push_back(delivery_json(delivery));
  json::object out{{"event", call.rows.event(event)},
                   {"deliveries", std::move(deliveries)},
                   {"cloud_event", stored_json(cloud_event(event))}};
  if (const auto files = call.session.catalogue().found().find(event.plugin))
    if (const json::object *definition = files->manifest.find_trigger(event.trigger))
      out["output"] = plain_schema(files->manifest.schema_of(*definition, "output"));
  return json_answer(200, out);
}

HttpAnswer show_event(Call &call) {
  return detail(call, named_event(call));
}

HttpAnswer replay(Call &call) {
  const EventRecord event = named_event(call);
  call.audited.object = event.id;
  if (event.state == EventState::held)
    throw wrong_call("The event " + event.id + " is on hold with others of its trigger.",
                     "Release or discard all of them.");
  call.session.store().replay(event.id);
  return detail(call, named_event(call));
}

}  // namespace

void add_event_routes(Router<Api::Route> &router) {
  router.add("GET", "/api/events", {TokenScope::read, list_events});
  router.add("GET", "/api/events/{event}", {TokenScope::read, show_event});
  router.add("POST", "/api/events/{event}/replay", {TokenScope::run, "event.replay", replay});
}

}  // namespace host::server
