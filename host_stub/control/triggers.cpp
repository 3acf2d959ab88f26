#include "control/triggers.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cmath>
#include <cstdint>
#include <utility>

#include "base/clock.hpp"
#include "control/failure.hpp"
#include "control/identifier.hpp"
#include "control/record_json.hpp"
#include "cpi/language/network.hpp"
#include "cpi/language/trigger_templates.hpp"
#include "text/time_text.hpp"

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
void ask_to_accept(const json::object &definition, const Cost &cost) {
  if (!needs_acceptance(cost)) return;
  std::string message = "The trigger " + std::string(definition.at("id").as_string()) +
                        " needs many requests: " + cost_text(cost) + ". ";
  message += cost.requests_per_day
                 ? "More than " +
                       std::to_string(std::llround(cpi::manifest::costly_requests_a_day)) +
                       " a day are made only when a person accepts them, because all triggers and "
                       "actions of the account share the service's limit."
                 : "How many that is can only be judged by a person.";
  std::string advice =
      "Accept the cost (--accept-cost; accept_cost in the API). A longer interval lowers it";
  if (cost.may_choose)
    advice += "; so does reading only one, chosen with \"" + cost.stated.chosen_by + '"';
  Failure failure = wrong_call(std::move(message), advice + '.');
  failure.more["accept_cost"] = true;
  throw failure;
}

EditEffect effect_of(const PluginFiles &files, const json::object &definition,
                     const TriggerRecord &trigger, const json::object &input) {
  if (config_hash(trigger.trigger, input, dedupe_version(definition)) == trigger.config_hash)
    return EditEffect::none;
  const json::value stored = stored_json(trigger.input);
  const json::object *before = stored.if_object();
  const bool same_rows =
      before != nullptr &&
      // With another dedupe version the cursor's keys are others.
      config_hash(trigger.trigger, stored, dedupe_version(definition)) == trigger.config_hash &&
      cpi::reads_the_same(definition, cpi::Network::compile(files.manifest.json()), *before, input);
  return same_rows ? EditEffect::keeps_place : EditEffect::new_baseline;
}

}  // namespace

std::string_view to_string(EditEffect effect) {
  switch (effect) {
    case EditEffect::none:
      return "none";
    case EditEffect::keeps_place:
      return "keeps_place";
    case EditEffect::new_baseline:
      break;
  }
  return "new_baseline";
}

EditPreview preview_edit(Session &session, const TriggerRecord &trigger,
                         const std::optional<json::object> &input, std::optional<double> interval_s,
                         std::int64_t last_poll_at) {
  const auto files = session.catalogue().files(trigger.plugin);
  const json::object &definition = find_trigger(*files, trigger.trigger);
  if (interval_s) interval_ms(interval_s, definition);
  EditPreview out;
  if (input) {
    check_input(*files, definition, *input);
    out.effect = effect_of(*files, definition, trigger, *input);
  }
  switch (out.effect) {
    case EditEffect::none:
      out.message = "The trigger keeps its place: the settings of what it reads do not change.";
      break;
    case EditEffect::keeps_place:
      out.message =
          "The trigger keeps its place. The new filter applies from the next check on; items that "
          "are already known are not reported because of it.";
      break;
    case EditEffect::new_baseline:
      out.message =
          "The trigger restarts with a new baseline: existing items are not reported, "
          "and neither is what happened since the last check" +
          (last_poll_at > 0 ? " at " + rfc3339(last_poll_at) : std::string()) + ".";
      break;
  }
  return out;
}

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
  if (!request.accept_cost)
    ask_to_accept(definition, cost_of(definition, trigger.interval_ms, request.input));
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
                           std::optional<double> interval_s, bool accept_cost) {
  const auto files = session.catalogue().files(trigger.plugin);
  const json::object &definition = find_trigger(*files, trigger.trigger);
  std::optional<std::int64_t> interval;
  if (interval_s) interval = interval_ms(interval_s, definition);
  if (input) check_input(*files, definition, *input);
  const json::value stored = stored_json(trigger.input);
  const json::object before = stored.is_object() ? stored.get_object() : json::object();
  if (!accept_cost && !needs_acceptance(cost_of(definition, trigger.interval_ms, before)))
    ask_to_accept(definition, cost_of(definition, interval.value_or(trigger.interval_ms),
                                      input ? *input : before));
  Store &store = session.store();
  store.transaction([&] {
    if (interval && *interval != trigger.interval_ms)
      store.set_trigger_interval(trigger.id, *interval);
    if (!input) return;
    const EditEffect effect = effect_of(*files, definition, trigger, *input);
    if (effect == EditEffect::none) return;
    store.set_trigger_input(
        trigger.id, json::serialize(*input),
        config_hash(trigger.trigger, *input, dedupe_version(definition)),
        effect == EditEffect::keeps_place ? Store::OldCursor::keep : Store::OldCursor::discard);
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
