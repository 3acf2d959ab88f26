// Browser sign-ins: the routes of /api/oauth, and /callback, to which the service redirects the
// browser. The session's own cookie is not sent to /callback, since the browser comes from another
// site; the flow's cookie is (SameSite=Lax).
#include <array>
#include <memory>
#include <stdexcept>
#include <utility>

#include "auth/redirect_page.hpp"
#include "auth/token_client.hpp"
#include "base/clock.hpp"
#include "control/audit.hpp"
#include "control/connecting.hpp"
#include "control/identifier.hpp"
#include "control/random_token.hpp"
#include "server/api.hpp"
#include "text/time_text.hpp"

namespace host::server {

namespace {

namespace json = boost::json;

constexpr std::string_view flow_cookie = "connector_sign_in";

// The flow of a new connection, or of one to sign in again; not started yet.
std::shared_ptr<OAuthFlow> wanted_flow(Call &call) {
  auto flow = std::make_shared<OAuthFlow>();
  if (call.body.contains("connection")) {
    constexpr std::array<std::string_view, 4> members{"connection", "input", "settings",
                                                      "allow_other_account"};
    allow_members(call.body, members);
    const ConnectionRecord connection =
        call.session.connection(text_member(call.body, "connection"));
    flow->plugin = connection.plugin;
    flow->method = connection.method;
    flow->connection = connection.id;
    flow->again = true;
    flow->allow_other = flag_member(call.body, "allow_other_account");
  } else {
    constexpr std::array<std::string_view, 4> members{"plugin", "method", "input", "settings"};
    allow_members(call.body, members);
    flow->plugin = text_member(call.body, "plugin");
    flow->method = text_member(call.body, "method");
  }
  return flow;
}

// The input of the flow: entered by the user, or the stored secrets of an existing connection if
// they are sent to the same addresses as before.
void fill(Call &call, OAuthFlow &flow, const cpi::manifest::AuthMethod &method) {
  std::optional<SignInSettings> wanted;
  if (const auto settings = optional_object(call.body, "settings"))
    wanted = checked_settings(*settings, method);
  auto input = optional_object(call.body, "input");
  if (!flow.again) {
    flow.input = SecretObject(input ? std::move(*input) : json::object());
    flow.settings = wanted ? std::move(*wanted) : checked_settings({}, method);
    return;
  }
  const ConnectionRecord connection = call.session.connection(flow.connection);
  if (!input) {
    StoredSignIn stored = stored_sign_in(call.session, connection, method, wanted);
    flow.input = std::move(stored.input);
    flow.settings = std::move(stored.settings);
    return;
  }
  flow.input = SecretObject(std::move(*input));
  flow.settings = wanted ? std::move(*wanted) : former_settings(call.session, connection, method);
}

HttpAnswer start(Call &call) {
  const std::shared_ptr<OAuthFlow> flow = wanted_flow(call);
  const auto files = call.session.catalogue().files(flow->plugin);
  const auto &method = find_method(files->manifest, flow->method);
  if (!through_browser(method))
    throw wrong_call(method.title + " does not use the browser.",
                     "Send its input with POST /api/connections.");
  call.audited.object = flow->again ? flow->connection : flow->plugin;
  fill(call, *flow, method);
  check_method_input(method, flow->input.value());
  call.session.catalogue().plugin(flow->plugin);  // an unusable plugin starts no sign-in

  const bool secure = call.api.parts().origin.secure();
  const std::string redirect_uri = call.api.parts().origin.text() + "/callback";
  flow->id = new_id("flow_");
  flow->started_by = call.caller.who();
  call.audited.object += ' ' + flow->id;
  flow->browser = random_token();
  flow->code = sign_in_method(method).in_browser(method, flow->settings.endpoints, flow->input,
                                                 redirect_uri);
  flow->until = std::chrono::steady_clock::now() + AuthorizationState::lifetime;
  const std::string expires =
      time_text(unix_ms_now() + std::chrono::milliseconds(AuthorizationState::lifetime).count());
  HttpAnswer answer = json_answer(201, {{"flow", flow->id},
                                        {"authorize_url", flow->code->url()},
                                        {"redirect_uri", redirect_uri},
                                        {"expires_at", expires}});
  answer.headers.emplace_back("Set-Cookie", cookie_name(flow_cookie, secure) + '=' + flow->browser +
                                                (secure ? "; Path=/; Secure" : "; Path=/callback") +
                                                "; HttpOnly; SameSite=Lax; Max-Age=600");
  call.api.flows().add(flow);
  return answer;
}

HttpAnswer show_flow(Call &call) {
  const auto flow = call.api.flows().show(call.value("flow"));
  if (!flow) throw unknown_name("sign-in", call.value("flow"), {});
  return json_answer(200, *flow);
}

HttpAnswer cancel(Call &call) {
  if (!call.api.flows().cancel(call.value("flow")))
    throw unknown_name("sign-in", call.value("flow"), {});
  call.audited.object = call.value("flow");
  HttpAnswer answer;
  answer.status = 204;
  return answer;
}

HttpAnswer page(int status, std::string title, std::string text) {
  const RedirectPage page{status, std::move(title), std::move(text)};
  HttpAnswer answer;
  answer.status = status;
  answer.type = "text/html; charset=utf-8";
  answer.body = page.html();
  answer.headers.emplace_back("Content-Security-Policy", RedirectPage::content_security_policy());
  return answer;
}

// Gets tokens for the returned code, tests and saves them. Returns the connection's id.
std::string finish(Call &call, OAuthFlow &flow, std::vector<std::string> &notes) {
  const Api::Slot slot(call.api);
  const auto plugin = call.session.catalogue().plugin(flow.plugin);
  const auto &method = find_method(plugin->manifest(), flow.method);
  const Candidate candidate{
      .plugin = plugin, .method = method, .input = flow.input.value(), .settings = flow.settings};
  TokenSet tokens =
      tokens_of_redirect(call.session, *flow.code, candidate, call.request.target, notes);
  TestedSignIn tested = test_before_saving(call.session, candidate, std::move(tokens));
  if (!flow.again) return save_connection(call.session, candidate, tested, notes).id;
  const ConnectionRecord connection = call.session.connection(flow.connection);
  return save_reauthorized(call.session, connection, candidate, tested, flow.allow_other).id;
}

HttpAnswer callback(Call &call) {
  const bool has_ui = call.api.parts().has_ui;
  const auto flow = call.api.flows().take(
      call.request.parameter("state"),
      call.request.cookie(cookie_name(flow_cookie, call.api.parts().origin.secure())));
  if (!flow)
    return page(400, "Unknown sign-in",
                "Nothing was saved: the sign-in has ended, is older than ten minutes, or was "
                "started in another browser. Start it again.");
  call.audited.who = flow->started_by;
  call.audited.object = (flow->again ? flow->connection : flow->plugin) + ' ' + flow->id;
  std::string id;
  try {
    std::vector<std::string> notes;
    id = finish(call, *flow, notes);
    call.audited.object = id + ' ' + flow->id;
    call.api.flows().finished(flow, id, std::move(notes));
  } catch (const Interrupted &) {
    call.api.flows().failed(flow, Failure(OperationError{}));
    throw;
  } catch (...) {
    const Failure failure = failure_of_current_exception();
    call.audited.outcome = audit_outcome(failure);
    call.api.flows().failed(flow, failure);
    if (!has_ui) return page(400, "The sign-in failed", failure.error.message);
    return redirect_to(
        (flow->again ? "/#/connections/" + flow->connection : "/#/connect/" + flow->plugin) +
        "?flow=" + flow->id);
  }
  if (!has_ui)
    return page(200, "You are signed in", "The connection is " + id + ". You can close this page.");
  return redirect_to("/#/connections/" + id + "?signed_in=1");
}

}  // namespace

void add_sign_in_routes(Router<Api::Route> &router) {
  router.add("POST", "/api/oauth", {TokenScope::admin, "sign_in.begin", start});
  router.add("GET", "/api/oauth/{flow}", {TokenScope::read, show_flow});
  router.add("DELETE", "/api/oauth/{flow}", {TokenScope::admin, "sign_in.cancel", cancel});
  router.add("GET", "/callback", {open_to_everybody, "sign_in.end", callback});
}

}  // namespace host::server
