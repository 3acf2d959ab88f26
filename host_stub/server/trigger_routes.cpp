// The routes of /api/triggers: triggers and their sample events.
#include <array>
#include <boost/json/array.hpp>
#include <utility>

#include "control/operation_form.hpp"
#include "control/record_json.hpp"
#include "control/triggers.hpp"
#include "server/api.hpp"

namespace host::server {

namespace {

namespace json = boost::json;

HttpAnswer list_triggers(Call &call) {
  const std::string_view wanted = call.request.parameter("connection");
  const std::string connection =
      wanted.empty() ? std::string() : call.session.connection(wanted).id;
  return json_answer(200,
                     {{"triggers", call.rows.triggers(call.session.store().triggers(connection))}});
}

HttpAnswer add_trigger(Call &call) {
  constexpr std::array<std::string_view, 6> members{"connection", "trigger",    "input",
                                                    "start",      "interval_s", "accept_cost"};
  allow_members(call.body, members);
  const ConnectionRecord connection = call.session.connection(text_member(call.body, "connection"));
  call.audited.object = connection.id;
  std::vector<std::string> notes;
  const TriggerRecord trigger = add_trigger(call.session, connection,
                                            {.trigger = text_member(call.body, "trigger"),
                                             .input = object_member(call.body, "input"),
                                             .start = optional_text(call.body, "start"),
                                             .interval_s = optional_number(call.body, "interval_s"),
                                             .accept_cost = flag_member(call.body, "accept_cost")},
                                            notes);
  call.audited.object = trigger.id;
  return json_answer(201, {{"trigger", call.rows.trigger(trigger)}, {"notes", texts_json(notes)}});
}

HttpAnswer show_trigger(Call &call) {
  return json_answer(200, call.rows.trigger(call.trigger()));
}

HttpAnswer edit(Call &call) {
  constexpr std::array<std::string_view, 3> members{"input", "interval_s", "accept_cost"};
  allow_members(call.body, members);
  if (call.body.empty()) throw wrong_call("No change was given. Send \"input\" or \"interval_s\".");
  const TriggerRecord trigger = call.trigger();
  return json_answer(
      200, call.rows.trigger(edit_trigger(
               call.session, trigger, optional_object(call.body, "input"),
               optional_number(call.body, "interval_s"), flag_member(call.body, "accept_cost"))));
}

// What an edit would cost; the same body as for the edit.
HttpAnswer preview(Call &call) {
  constexpr std::array<std::string_view, 2> members{"input", "interval_s"};
  allow_members(call.body, members);
  const TriggerRecord trigger = call.trigger();
  const EditPreview found =
      preview_edit(call.session, trigger, optional_object(call.body, "input"),
                   optional_number(call.body, "interval_s"), call.rows.last_poll_at(trigger));
  return json_answer(200, {{"effect", to_string(found.effect)}, {"message", found.message}});
}

HttpAnswer remove_trigger(Call &call) {
  call.session.store().remove_trigger(call.trigger().id);
  HttpAnswer answer;
  answer.status = 204;
  return answer;
}

HttpAnswer set_state(Call &call, TriggerState state) {
  const TriggerRecord trigger = call.trigger();
  call.session.store().set_trigger_state(trigger.row, state);
  return json_answer(200, call.rows.trigger(call.session.trigger(trigger.id)));
}

HttpAnswer pause(Call &call) {
  return set_state(call, TriggerState::paused);
}

HttpAnswer resume(Call &call) {
  return set_state(call, TriggerState::active);
}

HttpAnswer tested(Call &call, const ConnectionRecord &connection, std::string_view trigger,
                  const json::object &input, std::optional<std::int64_t> interval) {
  const auto files = call.session.catalogue().files(connection.plugin);
  const json::object &definition = find_trigger(*files, trigger);
  const Api::Slot slot(call.api);
  const Samples found = recent_items(call.session, connection, trigger, input);
  return json_answer(
      200,
      {{"items", found.items},
       {"sample", found.example},
       {"output", plain_schema(files->manifest.schema_of(definition, "output"))},
       {"cost", cost_row(definition, interval ? *interval : interval_ms(std::nullopt, definition),
                         input)}});
}

HttpAnswer test_new(Call &call) {
  constexpr std::array<std::string_view, 2> members{"input", "interval_s"};
  allow_members(call.body, members);
  const ConnectionRecord connection = call.connection();
  const auto files = call.session.catalogue().files(connection.plugin);
  const json::object &definition = find_trigger(*files, call.value("trigger"));
  std::optional<std::int64_t> interval;
  if (const auto seconds = optional_number(call.body, "interval_s"))
    interval = interval_ms(seconds, definition);
  return tested(call, connection, call.value("trigger"), object_member(call.body, "input"),
                interval);
}

HttpAnswer test_trigger(Call &call) {
  const TriggerRecord trigger = call.trigger();
  const json::value input = stored_json(trigger.input);
  return tested(call, call.session.connection(trigger.connection_id), trigger.trigger,
                input.is_object() ? input.get_object() : json::object(), trigger.interval_ms);
}

HttpAnswer release_or_discard(Call &call, bool release) {
  const TriggerRecord trigger = call.trigger();
  Store &store = call.session.store();
  const std::int64_t events = release ? store.release(trigger.id) : store.discard(trigger.id);
  return json_answer(200, {{"trigger", trigger.id}, {"events", events}});
}

HttpAnswer release(Call &call) {
  return release_or_discard(call, true);
}

HttpAnswer discard(Call &call) {
  return release_or_discard(call, false);
}

}  // namespace

void add_trigger_routes(Router<Api::Route> &router) {
  router.add("POST", "/api/connections/{connection}/triggers/{trigger}/test",
             {TokenScope::run, test_new});
  router.add("GET", "/api/triggers", {TokenScope::read, list_triggers});
  router.add("POST", "/api/triggers", {TokenScope::admin, "trigger.add", add_trigger});
  router.add("GET", "/api/triggers/{trigger}", {TokenScope::read, show_trigger});
  router.add("PATCH", "/api/triggers/{trigger}", {TokenScope::admin, "trigger.edit", edit});
  router.add("POST", "/api/triggers/{trigger}/preview", {TokenScope::read, preview});
  router.add("DELETE", "/api/triggers/{trigger}",
             {TokenScope::admin, "trigger.remove", remove_trigger});
  router.add("POST", "/api/triggers/{trigger}/test", {TokenScope::run, test_trigger});
  router.add("POST", "/api/triggers/{trigger}/pause", {TokenScope::admin, "trigger.pause", pause});
  router.add("POST", "/api/triggers/{trigger}/resume",
             {TokenScope::admin, "trigger.resume", resume});
  router.add("POST", "/api/triggers/{trigger}/release",
             {TokenScope::run, "events.release", release});
  router.add("POST", "/api/triggers/{trigger}/discard",
             {TokenScope::admin, "events.discard", discard});
}

}  // namespace host::server
