// The routes of /api/connections, except browser sign-ins: connecting, health, lookups.
#include <array>
#include <boost/json/array.hpp>
#include <utility>

#include "base/secret.hpp"
#include "control/connecting.hpp"
#include "control/lookup.hpp"
#include "server/api.hpp"

namespace host::server {

namespace {

namespace json = boost::json;

// The body's `input` as a value that is wiped on destruction.
class SecretInput {
 public:
  explicit SecretInput(json::object input) : value_(std::move(input)) {}
  ~SecretInput() { wipe(value_); }
  SecretInput(const SecretInput &) = delete;
  SecretInput &operator=(const SecretInput &) = delete;
  const json::value &value() const noexcept { return value_; }

 private:
  json::value value_;
};

void refuse_browser_method(const cpi::manifest::AuthMethod &method) {
  if (through_browser(method))
    throw wrong_call(method.title + " uses the browser.", "Start it with POST /api/oauth.");
}

HttpAnswer connected(Call &call, int status, const ConnectionRecord &connection,
                     const std::vector<std::string> &notes) {
  return json_answer(
      status, {{"connection", call.rows.connection(connection)}, {"notes", texts_json(notes)}});
}

HttpAnswer list_connections(Call &call) {
  json::array connections;
  for (const ConnectionRecord &connection : call.session.store().connections())
    connections.push_back(call.rows.connection(connection));
  return json_answer(200, {{"connections", std::move(connections)}});
}

HttpAnswer add_connection(Call &call) {
  constexpr std::array<std::string_view, 4> members{"plugin", "method", "input", "settings"};
  allow_members(call.body, members);
  const auto files = call.session.catalogue().files(text_member(call.body, "plugin"));
  const auto &method = find_method(files->manifest, text_member(call.body, "method"));
  call.audited.object = files->id();
  refuse_browser_method(method);
  const SecretInput input(object_member(call.body, "input"));
  const SignInSettings settings = checked_settings(object_member(call.body, "settings"), method);
  check_method_input(method, input.value());
  const Candidate candidate{.plugin = call.session.catalogue().plugin(files->id()),
                            .method = method,
                            .input = input.value(),
                            .settings = settings};
  const Api::Slot slot(call.api);
  TestedSignIn tested = test_before_saving(call.session, candidate);
  std::vector<std::string> notes;
  const ConnectionRecord connection = save_connection(call.session, candidate, tested, notes);
  call.audited.object = connection.id;
  return connected(call, 201, connection, notes);
}

HttpAnswer show_connection(Call &call) {
  return json_answer(200, call.rows.connection(call.connection()));
}

HttpAnswer remove_connection(Call &call) {
  const ConnectionRecord connection = call.connection();
  const std::size_t triggers = call.session.store().triggers(connection.id).size();
  call.session.store().remove_connection(connection.id);
  call.session.forget_choices(connection.id);
  return json_answer(200, {{"id", connection.id}, {"triggers", triggers}});
}

HttpAnswer test_connection(Call &call) {
  const Api::Slot slot(call.api);
  const ConnectionTest tested = test_connection(call.session, call.connection());
  json::object out{{"connection", call.rows.connection(tested.connection)},
                   {"account", tested.account}};
  if (!tested.time_zone.empty()) out["time_zone"] = tested.time_zone;
  return json_answer(200, out);
}

HttpAnswer reauthorize(Call &call) {
  constexpr std::array<std::string_view, 3> members{"input", "settings", "allow_other_account"};
  allow_members(call.body, members);
  const ConnectionRecord connection = call.connection();
  const auto plugin = call.session.catalogue().plugin(connection.plugin);
  const auto &method = find_method(plugin->manifest(), connection.method);
  refuse_browser_method(method);
  const SecretInput input(object_member(call.body, "input"));
  const auto wanted = optional_object(call.body, "settings");
  const SignInSettings settings = wanted ? checked_settings(*wanted, method)
                                         : former_settings(call.session, connection, method);
  check_method_input(method, input.value());
  const Candidate candidate{
      .plugin = plugin, .method = method, .input = input.value(), .settings = settings};
  const Api::Slot slot(call.api);
  TestedSignIn tested = test_before_saving(call.session, candidate);
  const ConnectionRecord updated = save_reauthorized(call.session, connection, candidate, tested,
                                                     flag_member(call.body, "allow_other_account"));
  return connected(call, 200, updated, {});
}

HttpAnswer choices(Call &call) {
  constexpr std::array<std::string_view, 4> members{"input", "search", "page", "fresh"};
  allow_members(call.body, members);
  const ConnectionRecord connection = call.connection();
  const Api::Slot slot(call.api);
  const LookupPage page = look_up(call.session, connection,
                                  {.lookup = std::string(call.value("lookup")),
                                   .input = object_member(call.body, "input"),
                                   .search = optional_text(call.body, "search"),
                                   .page = optional_text(call.body, "page"),
                                   .fresh = flag_member(call.body, "fresh")});
  json::object out{{"items", page.items}};
  if (!page.next.empty()) out["next"] = page.next;
  if (page.age) out["age_s"] = page.age->count();
  return json_answer(200, out);
}

}  // namespace

void add_connection_routes(Router<Api::Route> &router) {
  router.add("GET", "/api/connections", {TokenScope::read, list_connections});
  router.add("POST", "/api/connections", {TokenScope::admin, "connection.add", add_connection});
  router.add("GET", "/api/connections/{connection}", {TokenScope::read, show_connection});
  router.add("DELETE", "/api/connections/{connection}",
             {TokenScope::admin, "connection.remove", remove_connection});
  router.add("POST", "/api/connections/{connection}/test",
             {TokenScope::run, "connection.test", test_connection});
  router.add("POST", "/api/connections/{connection}/reauthorize",
             {TokenScope::admin, "connection.reauthorize", reauthorize});
  router.add("POST", "/api/connections/{connection}/lookups/{lookup}", {TokenScope::run, choices});
}

}  // namespace host::server
