#include "control/connecting.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <stdexcept>
#include <utility>
#include <variant>

#include "auth/secret_input.hpp"
#include "base/clock.hpp"
#include "control/failure.hpp"
#include "control/form_schema.hpp"
#include "control/record_json.hpp"
#include "cpi/json/pointer.hpp"
#include "cpi/json/schema.hpp"
#include "text/suggestion.hpp"
#include "text/terminal_text.hpp"

namespace host {

namespace {

namespace json = boost::json;
using cpi::manifest::AuthMethod;

Failure nothing_saved(ErrorClass error_class, Fault fault, std::string message,
                      std::string advice) {
  OperationError error;
  error.error_class = error_class;
  error.fault = fault;
  error.message = "Nothing was saved: " + std::move(message);
  error.advice = std::move(advice);
  return Failure(std::move(error));
}

Failure failure_of(const CallbackRefusal &refusal) {
  using Kind = CallbackRefusal::Kind;
  switch (refusal.kind) {
    case Kind::foreign:
    case Kind::over:
      return nothing_saved(ErrorClass::needs_reauth, Fault::user, refusal.message,
                           "Start the sign-in again, and finish it in one browser window.");
    case Kind::denied:
      return nothing_saved(ErrorClass::needs_reauth, Fault::user, refusal.message,
                           "Start the sign-in again and allow the access.");
    case Kind::app:
      return nothing_saved(
          ErrorClass::app_misconfigured, Fault::user, refusal.message,
          "Compare the client ID, the scopes and the redirect address with the app's "
          "registration at the service.");
    case Kind::service:
      return nothing_saved(ErrorClass::unavailable, Fault::vendor, refusal.message,
                           "Try again later.");
  }
  throw std::logic_error("an unknown refusal");
}

Failure failure_of(const TokenRefusal &refusal) {
  const std::string message = "the code could not be exchanged: " + refusal.message;
  switch (refusal.kind) {
    case TokenRefusal::Kind::grant:
      return nothing_saved(ErrorClass::needs_reauth, Fault::user, message,
                           "A code works once and for about a minute. Start the sign-in again.");
    case TokenRefusal::Kind::app:
      return nothing_saved(ErrorClass::app_misconfigured, Fault::user, message,
                           "Compare the client ID and the secret with those at the service.");
    case TokenRefusal::Kind::transient:
      return nothing_saved(ErrorClass::unavailable, Fault::vendor, message,
                           "Start the sign-in again.");
  }
  throw std::logic_error("an unknown refusal");
}

// The account's name, from the answer of the connection test.
std::string label_of(const cpi::manifest::Manifest &manifest, const std::string &output) {
  const json::value answer = stored_json(output);
  const json::value *label = cpi::find_at(answer, manifest.test_label());
  if (label == nullptr) return std::string(manifest.title());
  if (const json::string *text = label->if_string()) return one_line(*text);
  return json::serialize(*label);
}

std::string time_zone_of(const cpi::manifest::Manifest &manifest, const json::value &account) {
  const std::string_view place = manifest.test_time_zone();
  const json::value *zone = place.empty() ? nullptr : cpi::find_at(account, place);
  const json::string *text = zone == nullptr ? nullptr : zone->if_string();
  return text == nullptr ? std::string() : one_line(*text);
}

void remember_secrets(Session &session, const AuthMethod &method, const json::value &input) {
  const SecretObject entered(input.as_object());
  for (const Secret &secret :
       secret_texts(method, entered, secret_fields(form_schema(method.input))))
    session.redactor().remember(secret.reveal());
}

// Triggers that waited for the sign-in continue.
void resume_after_sign_in(Session &session, const ConnectionRecord &connection) {
  Store &store = session.store();
  store.transaction([&store, &connection] {
    store.set_connection_state(connection.id, ConnectionState::ok, "");
    for (const TriggerRecord &trigger : store.triggers(connection.id))
      if (trigger.state == TriggerState::needs_sign_in)
        store.set_trigger_state(trigger.row, TriggerState::active);
  });
}

// True if the row still has the plugin and the method that the secrets were entered for.
bool is_for(const SealedEndpoints &sealed, const ConnectionRecord &connection) {
  return sealed.plugin == connection.plugin && sealed.method == connection.method;
}

Failure other_address(const std::string &setting, const std::string &what) {
  cpi::Violations only;
  only.listed.push_back({"/settings/" + setting,
                         "The " + what + " (" + setting +
                             ") differs from the one this connection was made with. Enter the "
                             "client secret again to use the new one.",
                         ""});
  Failure failure = violations_failure(only);
  failure.error.advice =
      "Enter the input again, including the secret, together with the new address.";
  return failure;
}

Failure other_account(const ConnectionRecord &connection, const std::string &label) {
  return nothing_saved(
      ErrorClass::conflict, Fault::user,
      "this is the account " + label + "; " + connection.id + " belongs to " + connection.label +
          '.',
      "Its triggers have recorded the items of that account. Create a new connection instead, or "
      "allow the other account (--allow-other-account).");
}

}  // namespace

const AuthMethod &find_method(const cpi::manifest::Manifest &manifest, std::string_view id) {
  if (const AuthMethod *method = manifest.find_auth_method(id)) return *method;
  std::vector<std::string> known;
  for (const AuthMethod &one : manifest.auth_methods()) known.push_back(one.id);
  throw unknown_name("sign-in method", id, known, manifest.id());
}

SignInSettings checked_settings(const json::object &settings, const AuthMethod &method) {
  for (const auto &setting : settings) {
    const std::string key(setting.key());
    if (std::ranges::find(method.overridable, key) != method.overridable.end()) continue;
    throw wrong_call('"' + key + "\" cannot be set for the sign-in method " + method.id + '.',
                     method.overridable.empty() ? "This method has no settings."
                                                : did_you_mean(key, method.overridable));
  }
  std::string text = json::serialize(settings);
  try {
    EndpointSettings endpoints = EndpointSettings::of(method, text);
    return {std::move(text), std::move(endpoints)};
  } catch (const std::invalid_argument &wrong) {
    throw wrong_call(std::string("A setting cannot be used: ") + wrong.what());
  }
}

SignInSettings former_settings(Session &session, const ConnectionRecord &connection,
                               const AuthMethod &method) {
  const json::value of_row = stored_json(connection.settings);
  const json::object *shown = of_row.if_object();
  const bool plain = shown == nullptr || shown->empty();
  const auto doubtful = [&](const std::string &why) {
    return wrong_call(why + ", so the settings of " + connection.id + " cannot be trusted.",
                      "Enter the settings again, together with the secrets.");
  };
  std::optional<TokenSet> tokens;
  try {
    const auto sealed = open_endpoints(session.key(), connection);
    if (sealed && is_for(*sealed, connection)) return checked_settings(sealed->settings, method);
    if (sealed) return checked_settings({}, method);
    tokens = open_tokens(session.key(), connection);
  } catch (const SealError &error) {
    if (error.kind != SealError::Kind::damaged) throw;
    if (!plain) throw doubtful("The stored secrets are damaged");
  }
  SignInSettings of_first_use = checked_settings(plain ? json::object() : *shown, method);
  if (tokens && !tokens->token_url.empty() && tokens->token_url != of_first_use.endpoints.token_url)
    throw doubtful("The stored tokens come from another token address");
  return of_first_use;
}

StoredSignIn stored_sign_in(Session &session, const ConnectionRecord &connection,
                            const AuthMethod &method, const std::optional<SignInSettings> &wanted) {
  const auto sealed = open_endpoints(session.key(), connection);
  if (sealed && !is_for(*sealed, connection))
    throw nothing_saved(ErrorClass::needs_reauth, Fault::user,
                        sealed->changed_in(connection) + " of " + connection.id +
                            " was changed in the database, not by connector-host.",
                        "Enter the secrets again, or create a new connection.");
  StoredSignIn out{open_input(session.key(), connection),
                   former_settings(session, connection, method)};
  // Sealed by a version that did not seal addresses: those of the row are trusted on first use.
  if (sealed) out.settings.endpoints = sealed->in_force(out.settings.endpoints);
  if (!wanted) return out;
  const EndpointSettings &former = out.settings.endpoints;
  if (wanted->endpoints.token_url != former.token_url)
    throw other_address("token_url", "token address");
  if (wanted->endpoints.authorize_url != former.authorize_url)
    throw other_address("authorize_url", "address of the sign-in page");
  out.settings = *wanted;
  return out;
}

std::string moved_address(Session &session, const ConnectionRecord &connection,
                          const AuthMethod &method) {
  const auto sealed = open_endpoints(session.key(), connection);
  if (!sealed || !is_for(*sealed, connection)) return {};
  const EndpointSettings now = checked_settings(sealed->settings, method).endpoints;
  const auto moved = [&](std::string_view what, const std::string &from, const std::string &to) {
    return "still uses the " + std::string(what) + ' ' + one_line(from) +
           ", which its secrets were entered for; this version of the connector uses " +
           one_line(to);
  };
  if (now.token_url != sealed->token_url)
    return moved("token address", sealed->token_url, now.token_url);
  if (now.authorize_url != sealed->authorize_url)
    return moved("address of the sign-in page", sealed->authorize_url, now.authorize_url);
  return {};
}

void check_method_input(const AuthMethod &method, const json::value &input) {
  cpi::Violations violations = cpi::Schema::compile_document(method.input).validate(input);
  if (const auto &kind = sign_in_method(method); violations.empty() && kind.problems != nullptr)
    violations.listed = kind.problems(method, SecretObject(input.as_object()));
  if (!violations.empty()) throw violations_failure(violations);
}

TestedSignIn test_before_saving(Session &session, const Candidate &candidate,
                                std::optional<TokenSet> tokens) {
  remember_secrets(session, candidate.method, candidate.input);
  Trial trial = session.operations().try_out({.plugin = candidate.plugin,
                                              .method = candidate.method.id,
                                              .input = SecretObject(candidate.input.as_object()),
                                              .settings = candidate.settings.endpoints,
                                              .tokens = std::move(tokens)});
  if (!trial.outcome.ok()) {
    OperationError error = trial.outcome.error;
    error.message = "Nothing was saved, because the connection test failed: " + error.message;
    throw Failure(std::move(error));
  }
  return {label_of(candidate.plugin->manifest(), trial.outcome.output), std::move(trial.tokens)};
}

TokenSet tokens_of_redirect(Session &session, AuthorizationCode &flow, const Candidate &candidate,
                            std::string_view redirected, std::vector<std::string> &notes) {
  auto accepted = flow.accept(redirected);
  if (const auto *refusal = std::get_if<CallbackRefusal>(&accepted)) throw failure_of(*refusal);
  const Secret code = std::get<Secret>(std::move(accepted));
  session.redactor().remember(code.reveal());

  const SecretObject input(candidate.input.as_object());
  auto answer = session.operations().ask_for_tokens(flow.exchange(input, code));
  if (const auto *refusal = std::get_if<TokenRefusal>(&answer)) throw failure_of(*refusal);
  TokenSet tokens = std::get<TokenSet>(std::move(answer));
  session.redactor().remember(tokens.access_token.reveal());
  session.redactor().remember(tokens.refresh_token.reveal());

  const std::string &wanted = candidate.settings.endpoints.scope;
  if (!tokens.granted_scope.empty() && tokens.granted_scope != wanted)
    notes.push_back("The service granted the scopes \"" + one_line(tokens.granted_scope) + "\"" +
                    (wanted.empty() ? "." : "; \"" + one_line(wanted) + "\" were requested."));
  if (tokens.refresh_token.empty())
    notes.push_back(std::string(candidate.plugin->manifest().title()) +
                    " returned no refresh token: the sign-in ends when the access token expires.");
  return tokens;
}

ConnectionRecord save_connection(Session &session, const Candidate &candidate, TestedSignIn &tested,
                                 std::vector<std::string> &notes) {
  Store &store = session.store();
  const std::string plugin(candidate.plugin->id());
  for (const ConnectionRecord &known : store.connections())
    if (known.plugin == plugin && known.label == tested.label)
      notes.push_back("This account is already connected as " + known.id +
                      ". Both connections share one rate limit at the service.");
  ConnectionRecord connection;
  connection.id = new_connection_id();
  connection.plugin = plugin;
  connection.method = candidate.method.id;
  connection.label = tested.label;
  connection.settings = candidate.settings.text;
  connection.sealed_input = seal_input(session.key(), connection.id, candidate.input.as_object(),
                                       sealed_endpoints(connection, candidate.settings.endpoints));
  if (tested.tokens) {
    connection.sealed_tokens = seal_tokens(session.key(), connection.id, *tested.tokens);
    connection.token_expires_at = tested.tokens->expires_at_unix_ms;
    connection.token_version = 1;
  }
  connection.created_at = unix_ms_now();
  store.transaction([&] {
    check_current(session.key(), store);
    store.add(connection);
  });
  return connection;
}

ConnectionRecord save_reauthorized(Session &session, const ConnectionRecord &connection,
                                   const Candidate &candidate, TestedSignIn &tested,
                                   bool allow_other) {
  const bool same = tested.label == connection.label;
  if (!same && !allow_other) throw other_account(connection, tested.label);
  Store &store = session.store();
  ConnectionRecord changed = connection;
  changed.settings = candidate.settings.text;
  store.transaction([&] {
    check_current(session.key(), store);
    store.set_connection_input(connection.id,
                               seal_input(session.key(), connection.id, candidate.input.as_object(),
                                          sealed_endpoints(changed, candidate.settings.endpoints)),
                               changed.settings);
    if (!same) store.set_connection_label(connection.id, tested.label);
    // A running host may have renewed the old token meanwhile; the new sign-in takes precedence.
    if (const auto now = store.connection(connection.id); now && tested.tokens)
      store.set_tokens(connection.id, now->token_version,
                       seal_tokens(session.key(), connection.id, *tested.tokens),
                       tested.tokens->expires_at_unix_ms);
    resume_after_sign_in(session, connection);
  });
  session.forget_choices(connection.id);
  return session.connection(connection.id);
}

ConnectionTest test_connection(Session &session, const ConnectionRecord &connection) {
  OperationStart start;
  start.kind = OperationKind::test;
  start.input = "{}";
  const OperationOutcome outcome = session.run(connection, start);
  const auto plugin = session.catalogue().plugin(connection.plugin);
  const std::string label = label_of(plugin->manifest(), outcome.output);
  if (label != connection.label) session.store().set_connection_label(connection.id, label);
  resume_after_sign_in(session, connection);
  json::value account = stored_json(outcome.output);
  std::string zone = time_zone_of(plugin->manifest(), account);
  return {session.connection(connection.id), std::move(account), std::move(zone)};
}

std::string_view state_text(ConnectionState state) noexcept {
  switch (state) {
    case ConnectionState::ok:
      return "ok";
    case ConnectionState::refresh_delayed:
      return "ok (refresh delayed)";
    case ConnectionState::needs_sign_in:
      return "needs sign-in";
    case ConnectionState::app_misconfigured:
      return "app misconfigured";
  }
  return {};
}

std::string_view state_text(TriggerState state) noexcept {
  switch (state) {
    case TriggerState::initialising:
      return "initialising";
    case TriggerState::active:
      return "active";
    case TriggerState::paused:
      return "paused";
    case TriggerState::needs_sign_in:
      return "needs sign-in";
    case TriggerState::failing:
      return "failing";
    case TriggerState::stopped:
      return "stopped";
  }
  return {};
}

}  // namespace host
