#include "control/triggers.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <utility>

#include "base/clock.hpp"
#include "control/failure.hpp"
#include "control/identifier.hpp"
#include "control/record_json.hpp"

namespace host {

namespace {

namespace json = boost::json;

std::int64_t dedupe_version(const json::object &definition) {
  const json::value *dedupe = definition.if_contains("dedupe");
  const json::object *object = dedupe == nullptr ? nullptr : dedupe->if_object();
  const json::value *version = object == nullptr ? nullptr : object->if_contains("version");
  return version != nullptr && version->is_number() ? version->to_number<std::int64_t>() : 1;
}

// Costly triggers need the user's consent to the cost.
void ask_to_accept(const json::object &definition, std::int64_t interval) {
  const json::value *verdict = definition.if_contains("verdict");
  if (verdict == nullptr || *verdict != "C") return;
  throw wrong_call("The trigger " + std::string(definition.at("id").as_string()) +
                       " needs many requests: " + cost_text(cost_of(definition, interval)),
                   "Accept the cost (--accept-cost; accept_cost in the API), or poll it less "
                   "often.");
}

}  // namespace

TriggerRecord add_trigger(Session &session, const ConnectionRecord &connection,
                          const TriggerRequest &request, std::vector<std::string> &notes) {
  const auto files = session.catalogue().files(connection.plugin);
  const json::object &definition = find_trigger(*files, request.trigger);
  check_input(*files, definition, request.input);
  const Start start = parse_start(request.start, definition);

  TriggerRecord trigger;
  trigger.id = new_id("trg_");
  trigger.connection_id = connection.id;
  trigger.plugin = connection.plugin;
  trigger.trigger = request.trigger;
  trigger.input = json::serialize(request.input);
  trigger.config_hash = config_hash(trigger.trigger, request.input, dedupe_version(definition));
  trigger.interval_ms = interval_ms(request.interval_s, definition);
  if (!request.accept_cost) ask_to_accept(definition, trigger.interval_ms);
  trigger.start = start.mode;
  trigger.start_count = start.count;
  trigger.created_at = unix_ms_now();
  for (const TriggerRecord &known : session.store().triggers(connection.id))
    if (known.config_hash == trigger.config_hash)
      notes.push_back("The trigger " + known.id +
                      " has the same settings: each event is reported twice.");
  trigger.row = session.store().add(trigger);
  return trigger;
}

TriggerRecord edit_trigger(Session &session, const TriggerRecord &trigger,
                           const std::optional<json::object> &input,
                           std::optional<double> interval_s) {
  const auto files = session.catalogue().files(trigger.plugin);
  const json::object &definition = find_trigger(*files, trigger.trigger);
  std::optional<std::int64_t> interval;
  if (interval_s) interval = interval_ms(interval_s, definition);
  if (input) check_input(*files, definition, *input);
  Store &store = session.store();
  store.transaction([&] {
    if (interval && *interval != trigger.interval_ms)
      store.set_trigger_interval(trigger.id, *interval);
    if (!input) return;
    const std::string hash = config_hash(trigger.trigger, *input, dedupe_version(definition));
    if (hash != trigger.config_hash)
      store.set_trigger_input(trigger.id, json::serialize(*input), hash);
  });
  return session.trigger(trigger.id);
}

Samples recent_items(Session &session, const ConnectionRecord &connection, std::string_view trigger,
                     const json::object &input) {
  const auto files = session.catalogue().files(connection.plugin);
  const json::object &definition = find_trigger(*files, trigger);
  check_input(*files, definition, input);
  const std::string text = json::serialize(input);
  OperationStart start;
  start.kind = OperationKind::sample;
  start.id = trigger;
  start.input = text;
  const json::value answer = stored_json(session.run(connection, start).output);
  Samples out;
  if (const json::object *object = answer.if_object())
    if (const json::value *list = object->if_contains("items"); list && list->is_array())
      out.items = list->get_array();
  out.example = out.items.empty() && definition.contains("sample");
  if (out.example) out.items.push_back(definition.at("sample"));
  return out;
}

}  // namespace host
