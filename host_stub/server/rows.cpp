#include "server/rows.hpp"

#include <algorithm>
#include <boost/json/value.hpp>
#include <utility>

#include "control/connecting.hpp"
#include "control/operation_form.hpp"
#include "control/record_json.hpp"
#include "control/trigger_settings.hpp"
#include "text/time_text.hpp"

namespace host::server {

namespace {

namespace json = boost::json;

void copy(const json::object &from, json::object &to,
          std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names)
    if (const json::value *value = from.if_contains(name)) to[name] = *value;
}

void add_time(json::object &out, std::string_view name, std::int64_t unix_ms) {
  if (unix_ms != 0) out[name] = time_text(unix_ms);
}

// [{"pointer", "message"}] from an error's details, and the other members of the details.
json::array problems_of(const json::value &details, json::object &out) {
  json::array problems;
  const json::array *list = details.if_array();
  if (list == nullptr) {
    if (!details.is_null()) out["details"] = details;
    return problems;
  }
  for (const json::value &one : *list) {
    const json::object *problem = one.if_object();
    const json::value *pointer = problem == nullptr ? nullptr : problem->if_contains("pointer");
    const json::value *message = problem == nullptr ? nullptr : problem->if_contains("message");
    if (pointer == nullptr || message == nullptr || !pointer->is_string() ||
        !message->is_string()) {
      out["details"] = details;
      return {};
    }
    problems.push_back({{"pointer", *pointer}, {"message", *message}});
  }
  return problems;
}

// A trigger's `last_error` in the API's form of errors.
json::object stored_error_row(const json::object &stored) {
  json::object out;
  copy(stored, out, {"class", "fault", "message", "advice"});
  const json::value *details = stored.if_contains("details");
  json::array problems = problems_of(details == nullptr ? json::value() : *details, out);
  out["problems"] = std::move(problems);
  copy(stored, out, {"http_status", "vendor_code", "retry_after_ms"});
  return out;
}

std::string advice_for(const ConnectionRecord &connection) {
  switch (connection.state) {
    case ConnectionState::needs_sign_in:
      return "Sign in again. The triggers then continue where they stopped.";
    case ConnectionState::app_misconfigured:
      return "Check the client ID and secret at the service, and sign in again with the correct "
             "ones.";
    case ConnectionState::refresh_delayed:
    case ConnectionState::ok:
      return {};
  }
  return {};
}

}  // namespace

std::string RowMaker::label_of(const std::string &connection) {
  const auto known = labels_.find(connection);
  if (known != labels_.end()) return known->second;
  const auto record = store_.connection(connection);
  return labels_[connection] = record ? record->label : std::string();
}

std::string RowMaker::plugin_title(const std::string &plugin) const {
  const auto files = catalogue_.found().find(plugin);
  return files ? std::string(files->manifest.title()) : plugin;
}

const json::object *RowMaker::definition_of(const std::string &plugin,
                                            const std::string &trigger) const {
  const auto files = catalogue_.found().find(plugin);
  return files ? files->manifest.find_trigger(trigger) : nullptr;
}

json::object RowMaker::connection(const ConnectionRecord &connection) {
  labels_[connection.id] = connection.label;
  json::object out = connection_json(connection);
  out["plugin_title"] = plugin_title(connection.plugin);
  out["method_title"] = connection.method;
  out["method_type"] = "unknown";
  if (const auto files = catalogue_.found().find(connection.plugin))
    if (const auto *method = files->manifest.find_auth_method(connection.method)) {
      out["method_title"] = method->title;
      out["method_type"] = method->type;
      out["sign_in"] = through_browser(*method) ? "browser" : "input";
    }
  out["state_text"] = state_text(connection.state);
  if (std::string advice = advice_for(connection); !advice.empty())
    out["advice"] = std::move(advice);
  out["triggers"] = store_.triggers(connection.id).size();
  return out;
}

json::object RowMaker::trigger(const TriggerRecord &trigger) {
  return trigger_at(trigger, engine_.next_polls({trigger.row}));
}

json::array RowMaker::triggers(const std::vector<TriggerRecord> &triggers) {
  std::vector<std::int64_t> rows;
  rows.reserve(triggers.size());
  for (const TriggerRecord &one : triggers) rows.push_back(one.row);
  const Times times = engine_.next_polls(rows);
  json::array out;
  for (const TriggerRecord &one : triggers) out.push_back(trigger_at(one, times));
  return out;
}

json::object RowMaker::trigger_at(const TriggerRecord &trigger, const Times &times) {
  json::object out = trigger_json(trigger);
  if (json::value *error = out.if_contains("last_error")) {
    if (const json::object *stored = error->if_object())
      *error = stored_error_row(*stored);
    else
      out.erase("last_error");
  }
  std::string plugin = trigger.plugin;
  if (plugin.empty())
    if (const auto connection = store_.connection(trigger.connection_id))
      plugin = connection->plugin;
  out["connection_label"] = label_of(trigger.connection_id);
  out["plugin"] = plugin;
  out["plugin_title"] = plugin_title(plugin);
  out["title"] = trigger.trigger;
  const json::object none;
  const json::object *definition = definition_of(plugin, trigger.trigger);
  if (definition != nullptr) copy(*definition, out, {"title", "group"});
  std::string state(state_text(trigger.state));
  if (trigger.state == TriggerState::active && !trigger.refused.empty())
    state += ", partly failing";
  out["state_text"] = std::move(state);
  out["held"] = store_.count_held(trigger.row);
  const json::value input = stored_json(trigger.input);
  out["cost"] = cost_row(definition == nullptr ? none : *definition, trigger.interval_ms,
                         input.is_object() ? input.get_object() : none);
  if (const auto next = times.find(trigger.row); next != times.end())
    add_time(out, "next_poll_at", next->second);
  if (const auto note = feed_.last_poll(trigger.row)) {
    json::object poll = poll_at(*note, times);
    if (note->use.counts() != RequestCounts()) out["requests"] = requests_json(note->use);
    if (poll.contains("excess") && trigger.state == TriggerState::active)
      out["state_text"] = std::string(out["state_text"].as_string()) + ", many requests";
    out["last_poll"] = std::move(poll);
  }
  return out;
}

std::int64_t RowMaker::last_poll_at(const TriggerRecord &trigger) const {
  const auto note = feed_.last_poll(trigger.row);
  return note ? note->at : 0;
}

json::object RowMaker::event(const EventRecord &event) {
  json::object out = event_json(event);
  const json::object *definition = definition_of(event.plugin, event.trigger);
  const json::value *title = definition == nullptr ? nullptr : definition->if_contains("title");
  out["title"] = title == nullptr ? json::value(event.trigger) : *title;
  out["connection_label"] = label_of(event.connection_id);
  out["plugin_title"] = plugin_title(event.plugin);
  return out;
}

json::object RowMaker::poll(const PollNote &note) {
  return poll_at(note, engine_.next_polls({note.row}));
}

json::object RowMaker::poll_at(const PollNote &note, const Times &times) {
  json::object out{{"trigger", note.trigger},
                   {"at", time_text(note.at)},
                   {"ok", note.ok},
                   {"baseline", note.baseline},
                   {"events", note.events},
                   {"held", note.held},
                   {"requests", note.requests},
                   {"duration_ms", note.duration_ms},
                   {"state", to_string(note.state)}};
  if (note.use.polls() > 0)
    out["usual_requests"] = {{"average", note.use.shown_average()}, {"polls", note.use.polls()}};
  if (std::string excess = excess_of(note); !excess.empty()) out["excess"] = std::move(excess);
  if (const auto next = times.find(note.row); next != times.end())
    add_time(out, "next_poll_at", next->second);
  if (const json::value output = stored_json(note.output); output.is_object())
    if (const json::value *notes = output.get_object().if_contains("notes");
        notes != nullptr && notes->is_array())
      out["notes"] = *notes;
  if (const json::value error = stored_json(note.error); error.is_object())
    out["error"] = stored_error_row(error.get_object());
  return out;
}

std::string RowMaker::excess_of(const PollNote &note) const {
  // Read from the database only where there may be something to say.
  const auto little = [](const RequestUse::Poll &poll) { return poll.requests <= 10; };
  if (note.use.latest().empty() || std::ranges::any_of(note.use.latest(), little)) return {};
  const auto trigger = store_.trigger(note.trigger);
  if (!trigger) return {};
  const json::object *definition = definition_of(trigger->plugin, trigger->trigger);
  if (definition == nullptr) return {};
  const json::value input = stored_json(trigger->input);
  return excess_text(cost_of(*definition, trigger->interval_ms,
                             input.is_object() ? input.get_object() : json::object()),
                     note.use);
}

json::object cost_row(const json::object &definition, std::int64_t interval_ms,
                      const json::object &input) {
  const Cost cost = cost_of(definition, interval_ms, input);
  json::object out = cost_json(cost);
  out["text"] = cost_text(cost);
  return out;
}

json::object error_row(const OperationError &error) {
  return stored_error_row(stored_json(error.to_json()).as_object());
}

json::object failure_json(const Failure &failure) {
  json::object error = error_row(failure.error);
  copy(failure.more, error, {"idempotency_key", "duplicate_check", "accept_cost"});
  return {{"error", std::move(error)}};
}

json::object refusal_json(std::string_view error_class, Fault fault, std::string message,
                          std::string advice) {
  json::object error{
      {"class", error_class}, {"fault", host::name(fault)}, {"message", std::move(message)}};
  if (!advice.empty()) error["advice"] = std::move(advice);
  error["problems"] = json::array();
  return {{"error", std::move(error)}};
}

int status_of(const Failure &failure) {
  switch (failure.kind) {
    case Failure::Kind::wrong_call:
      return 422;
    case Failure::Kind::unknown:
      return 404;
    case Failure::Kind::running:
      return 409;
    case Failure::Kind::unusable:
    case Failure::Kind::operation:
      break;
  }
  switch (failure.error.error_class) {
    case ErrorClass::invalid_input:
      return 422;
    case ErrorClass::host_fault:
      return 500;
    case ErrorClass::conflict:
      return failure.error.http_status == 0 ? 409 : 502;
    default:
      return 502;
  }
}

json::object plugin_row(const PluginFiles &files, std::int64_t connections) {
  const auto &manifest = files.manifest;
  json::object out{{"id", manifest.id()}, {"version", manifest.version()}};
  copy(manifest.json(), out, {"title", "summary", "description"});
  json::object icon;
  if (const json::value *declared = manifest.json().if_contains("icon"))
    for (const auto &picture : declared->as_object())
      icon[picture.key()] = "/api/plugins/" + std::string(manifest.id()) +
                            "/icon?theme=" + std::string(picture.key());
  out["icon"] = std::move(icon);
  const json::value *links = manifest.json().if_contains("links");
  out["links"] = links == nullptr ? json::value(json::object()) : *links;
  out["counts"] = {{"triggers", manifest.triggers().size()},
                   {"actions", manifest.actions().size()}};
  out["connections"] = connections;
  return out;
}

json::object plugin_detail(const PluginFiles &files, std::int64_t connections) {
  const auto &manifest = files.manifest;
  json::object out = plugin_row(files, connections);
  json::array methods;
  for (const auto &method : manifest.auth_methods()) {
    json::object one{{"id", method.id},
                     {"title", method.title},
                     {"type", method.type},
                     {"sign_in", through_browser(method) ? "browser" : "input"}};
    if (!method.description.empty()) one["description"] = method.description;
    if (!method.help_url.empty()) one["help_url"] = method.help_url;
    methods.push_back(std::move(one));
  }
  json::array triggers;
  for (const json::value &trigger : manifest.triggers()) {
    json::object one;
    copy(trigger.as_object(), one,
         {"id", "title", "description", "group", "interval_s", "verdict", "deprecated"});
    triggers.push_back(std::move(one));
  }
  json::array actions;
  for (const json::value &action : manifest.actions()) {
    json::object one;
    copy(action.as_object(), one, {"id", "title", "description", "group", "deprecated"});
    one["effects"] = effects_json(action.as_object());
    actions.push_back(std::move(one));
  }
  json::array limitations;
  for (const auto &limitation : manifest.limitations()) {
    json::object one{{"id", limitation.id}, {"message", limitation.message}};
    if (!limitation.instead.empty()) one["instead"] = limitation.instead;
    limitations.push_back(std::move(one));
  }
  out["methods"] = std::move(methods);
  out["triggers"] = std::move(triggers);
  out["actions"] = std::move(actions);
  out["limitations"] = std::move(limitations);
  return out;
}

}  // namespace host::server
