// The routes of actions: preview and run.
#include <array>
#include <string>
#include <utility>

#include "control/acting.hpp"
#include "control/operation_form.hpp"
#include "server/api.hpp"

namespace host::server {

namespace {

namespace json = boost::json;

constexpr std::size_t longest_key = 200;

HttpAnswer preview(Call &call) {
  constexpr std::array<std::string_view, 1> members{"input"};
  allow_members(call.body, members);
  const ConnectionRecord connection = call.connection();
  const ActionPreview shown = preview_action(call.session, connection,
                                             {.action = std::string(call.value("action")),
                                              .input = object_member(call.body, "input"),
                                              .key = {}});
  json::object out{{shown.sends ? "request" : "output", shown.value}};
  if (shown.prepares) out["prepares"] = true;
  return json_answer(200, out);
}

HttpAnswer run(Call &call) {
  constexpr std::array<std::string_view, 2> members{"input", "idempotency_key"};
  allow_members(call.body, members);
  const ConnectionRecord connection = call.connection();
  const ActionCall wanted{.action = std::string(call.value("action")),
                          .input = object_member(call.body, "input"),
                          .key = optional_text(call.body, "idempotency_key")};
  find_action(*call.session.catalogue().files(connection.plugin), wanted.action);
  call.audited.object += ' ' + wanted.action;
  if (wanted.key.size() > longest_key) throw wrong_call("\"idempotency_key\" is too long.");
  const Api::Slot slot(call.api);
  const ActionResult result = run_action(call.session, connection, wanted);
  json::object out{
      {"connection", connection.id}, {"action", wanted.action}, {"output", result.output}};
  if (!result.key.empty()) out["idempotency_key"] = result.key;
  out["replayed"] = result.replayed;
  out["requests"] = result.requests;
  if (!result.notes.empty()) out["notes"] = texts_json(result.notes);
  return json_answer(200, out);
}

}  // namespace

void add_action_routes(Router<Api::Route> &router) {
  router.add("POST", "/api/connections/{connection}/actions/{action}/preview",
             {TokenScope::read, preview});
  router.add("POST", "/api/connections/{connection}/actions/{action}/run",
             {TokenScope::run, "action.run", run});
}

}  // namespace host::server
