// connect, connections, connection: sign in to accounts, list them, test them.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/connection_secrets.hpp"
#include "auth/secret_input.hpp"
#include "cli/command.hpp"
#include "cli/failure.hpp"
#include "cli/prompt.hpp"
#include "cli/session.hpp"
#include "cli/sign_in.hpp"
#include "cli/table.hpp"
#include "control/connecting.hpp"
#include "control/form_schema.hpp"
#include "control/record_json.hpp"
#include "text/terminal_text.hpp"

namespace host::cli {

namespace {

namespace json = boost::json;
using cpi::manifest::AuthMethod;

// ---- shared by `connect` and `connection reauthorize`

std::string ids_of(std::span<const AuthMethod> methods) {
  std::string out;
  for (const AuthMethod &method : methods)
    out += (out.empty() ? "" : " or ") + ("--method " + method.id);
  return out;
}

const AuthMethod &method_of(const cpi::manifest::Manifest &manifest, std::string_view id) {
  const auto methods = manifest.auth_methods();
  if (id.empty()) {
    if (methods.size() == 1) return methods.front();
    throw usage_failure("The sign-in method is missing. Choose it with --method.",
                        "Choose " + ids_of(methods) + "; see `connector-host describe " +
                            std::string(manifest.id()) + "`.");
  }
  return find_method(manifest, id);
}

// "name=value" -> {"name": "value"}; several words of `scopes` become a list.
SignInSettings settings_of(std::span<const std::string> settings, const AuthMethod &method) {
  json::object out;
  for (const std::string &setting : settings) {
    const std::size_t equals = setting.find('=');
    if (equals == std::string::npos || equals == 0)
      throw usage_failure("\"" + setting + "\" is not a setting. Use the form NAME=VALUE.");
    const std::string key = setting.substr(0, equals);
    const std::string value = setting.substr(equals + 1);
    if (key != "scopes") {
      out[key] = value;
      continue;
    }
    json::array scopes;
    for (std::size_t at = 0; at < value.size();) {
      const std::size_t end = std::min(value.find(' ', at), value.size());
      if (end > at) scopes.emplace_back(value.substr(at, end - at));
      at = end + 1;
    }
    out[key] = std::move(scopes);
  }
  return checked_settings(out, method);
}

// Signs in, through the browser if the method needs it, tests the connection and saves it. The page
// in the browser shows the result.
template <typename Save>
ConnectionRecord sign_in(Session &session, const Candidate &candidate, bool no_browser,
                         const Save &save) {
  BrowserSignIn browser(session);
  try {
    std::optional<TokenSet> tokens;
    if (through_browser(candidate.method))
      audit_step(session.context(), "sign_in.begin", session.context().audited, "ok");
    if (through_browser(candidate.method))
      tokens = browser.tokens(candidate,
                              no_browser ? BrowserSignIn::Way::paste : BrowserSignIn::Way::browser);
    TestedSignIn tested = test_before_saving(session, candidate, std::move(tokens));
    ConnectionRecord connection = save(tested);
    browser.succeeded(tested.label);
    return connection;
  } catch (const Failure &failure) {
    browser.failed(failure.error.message);
    throw;
  }
}

std::string connection_text(const ConnectionRecord &connection) {
  Facts facts;
  facts.add("Connection", connection.id);
  facts.add("Account", connection.label);
  facts.add("Plugin", connection.plugin + " (" + connection.method + ')');
  facts.add("State", std::string(state_text(connection.state)));
  facts.add("Reason", connection.state_reason);
  if (connection.state == ConnectionState::needs_sign_in ||
      connection.state == ConnectionState::app_misconfigured)
    facts.add("To fix it", "connector-host connection reauthorize " + connection.id);
  return facts.text();
}

// ---- connect

struct ConnectOptions {
  std::string plugin;
  std::string method;
  std::string input;
  std::vector<std::string> settings;
  bool no_browser = false;
};

constexpr const char *no_browser_help =
    "for a method with a browser: print the address to open, and read the final address";

void declare_connect(CLI::App &command, ConnectOptions &options) {
  command.add_option("PLUGIN", options.plugin, "a plugin's id; see `plugins`")->required();
  command.add_option("--method", options.method, "how to sign in; see `describe PLUGIN`")
      ->type_name("ID");
  command
      .add_option(
          "--input", options.input,
          "the method's input: JSON, - for standard input, or @FILE. In JSON, give each secret as "
          "\"-\" or \"@FILE\", or leave it out, never as plain text. Missing fields are prompted "
          "for.")
      ->type_name("JSON|-|@FILE");
  command
      .add_option("--setting", options.settings, "NAME=VALUE: override an endpoint of the manifest")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  command.add_flag("--no-browser", options.no_browser, no_browser_help);
}

ExitCode connect(Context &context, const ConnectOptions &options) {
  Session session(context);
  const auto files = session.catalogue().files(options.plugin);
  const AuthMethod &method = method_of(files->manifest, options.method);
  const SignInSettings settings = settings_of(options.settings, method);
  const auto plugin = session.catalogue().plugin(options.plugin);

  const auto terminal = process_terminal();
  json::value input =
      read_connection_input(options.input, form_schema(method.input), *terminal, ask_at_terminal);
  const struct Wiper {
    json::value &input;
    ~Wiper() { wipe(input); }
  } wiper{input};
  check_method_input(method, input);

  const Candidate candidate{plugin, method, input, settings};
  context.audited = plugin->id();
  std::vector<std::string> notes;
  const ConnectionRecord connection = sign_in(
      session, candidate, options.no_browser,
      [&](TestedSignIn &tested) { return save_connection(session, candidate, tested, notes); });
  context.audited = connection.id;
  for (const std::string &note : notes) context.output.note(note);
  context.output.result(connection_json(connection), connection_text(connection) +
                                                         "\nNext: connector-host trigger add " +
                                                         connection.id + " TRIGGER\n");
  return ExitCode::ok;
}

// ---- connections

ExitCode connections(Context &context, const NoOptions & /*options*/) {
  Session session(context);
  json::array list;
  Table table({"ID", "ACCOUNT", "PLUGIN", "METHOD", "STATE", "TRIGGERS"});
  for (const ConnectionRecord &connection : session.store().connections()) {
    const std::size_t triggers = session.store().triggers(connection.id).size();
    json::object one = connection_json(connection);
    one["triggers"] = triggers;
    list.push_back(std::move(one));
    table.row({connection.id, connection.label, connection.plugin, connection.method,
               std::string(state_text(connection.state)), std::to_string(triggers)});
  }
  context.output.result(
      {{"connections", std::move(list)}},
      table.empty() ? "No connections yet. Create one with `connector-host connect PLUGIN`.\n"
                    : table.text(context.output.colour()));
  return ExitCode::ok;
}

// ---- connection test, remove, update

struct NamedConnection {
  std::string connection;
};

void declare_connection(CLI::App &command, NamedConnection &options) {
  command
      .add_option("CONNECTION", options.connection,
                  "its ID, the beginning of its ID, or its account")
      ->required();
}

ExitCode test(Context &context, const NamedConnection &options) {
  Session session(context);
  const ConnectionRecord connection = session.connection(options.connection);
  session.key();  // with the wrong one nothing is begun, and no line is written
  context.audited = connection.id;
  const ConnectionTest tested = test_connection(session, connection);
  json::object out = connection_json(tested.connection);
  out["account"] = tested.account;
  context.output.result(out, connection_text(tested.connection));
  return ExitCode::ok;
}

ExitCode remove_connection(Context &context, const NamedConnection &options) {
  Session session(context);
  const ConnectionRecord connection = session.connection(options.connection);
  const std::size_t triggers = session.store().triggers(connection.id).size();
  context.audited = connection.id;
  session.store().remove_connection(connection.id);
  context.output.result(
      {{"id", connection.id}, {"removed", true}, {"triggers", triggers}},
      "Removed " + connection.id + " (" + one_line(connection.label) + ") and " +
          std::to_string(triggers) + (triggers == 1 ? " trigger" : " triggers") +
          ". The credentials are still valid at the service: revoke them there.\n");
  return ExitCode::ok;
}

struct ReauthorizeOptions {
  NamedConnection named;
  std::string input;
  std::vector<std::string> settings;
  bool no_browser = false;
  bool allow_other_account = false;
};

void declare_reauthorize(CLI::App &command, ReauthorizeOptions &options) {
  declare_connection(command, options.named);
  command
      .add_option("--input", options.input,
                  "as for `connect`; without it, a sign-in in the browser uses the stored input, "
                  "unless an address changes")
      ->type_name("JSON|-|@FILE");
  command
      .add_option("--setting", options.settings, "as for `connect`; replaces all previous settings")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  command.add_flag("--no-browser", options.no_browser, no_browser_help);
  command.add_flag(
      "--allow-other-account", options.allow_other_account,
      "accept a different account; its triggers may then report many existing items as "
      "new");
}

// The input of `connection reauthorize`: entered again, or for a method with a browser the stored
// secrets, if they are sent to the same addresses as before.
struct Again {
  json::value input;
  SignInSettings settings;
};

Again again_with(Session &session, const ReauthorizeOptions &options, const AuthMethod &method,
                 const ConnectionRecord &connection) {
  std::optional<SignInSettings> wanted;
  if (!options.settings.empty()) wanted = settings_of(options.settings, method);
  if (through_browser(method) && options.input.empty()) {
    StoredSignIn stored = stored_sign_in(session, connection, method, wanted);
    return {stored.input.value(), std::move(stored.settings)};
  }
  if (!wanted) wanted = former_settings(session, connection, method);
  const auto terminal = process_terminal();
  return {
      read_connection_input(options.input, form_schema(method.input), *terminal, ask_at_terminal),
      std::move(*wanted)};
}

// The connection keeps its ID, its triggers and their cursors.
ExitCode reauthorize(Context &context, const ReauthorizeOptions &options) {
  Session session(context);
  const ConnectionRecord connection = session.connection(options.named.connection);
  const auto plugin = session.catalogue().plugin(connection.plugin);
  const AuthMethod &method = find_method(plugin->manifest(), connection.method);
  Again again = again_with(session, options, method, connection);
  json::value &input = again.input;
  const SignInSettings &settings = again.settings;
  const struct Wiper {
    json::value &input;
    ~Wiper() { wipe(input); }
  } wiper{input};
  check_method_input(method, input);

  const Candidate candidate{plugin, method, input, settings};
  context.audited = connection.id;
  const ConnectionRecord updated =
      sign_in(session, candidate, options.no_browser, [&](TestedSignIn &tested) {
        return save_reauthorized(session, connection, candidate, tested,
                                 options.allow_other_account);
      });
  context.output.result(connection_json(updated), connection_text(updated));
  return ExitCode::ok;
}

}  // namespace

void add_connection_commands(Commands &commands) {
  CLI::App &root = commands.root();
  commands.add<ConnectOptions>(
      root, "connect", "Connect an account; it is tested before it is saved",
      "connector-host connect sendpulse --method app \\\n"
      "    --input '{\"client_id\": \"0a1b2c\", \"client_secret\": \"@secret.txt\"}'\n"
      "  connector-host connect sendpulse --method oauth --no-browser",
      declare_connect, connect, "connection.add");
  commands.add<NoOptions>(root, "connections", "List the connected accounts",
                          "connector-host connections --json | jq -r '.connections[].label'",
                          declare_nothing, connections);
  CLI::App &group = commands.group("connection", "Test, sign in again or remove a connection");
  commands.add<NamedConnection>(group, "test", "Test a connection and show its account",
                                "connector-host connection test owner@example.com",
                                declare_connection, test, "connection.test");
  commands.add<ReauthorizeOptions>(
      group, "reauthorize", "Sign in again; triggers continue where they stopped",
      "connector-host connection reauthorize owner@example.com --input - < credentials.json",
      declare_reauthorize, reauthorize, "connection.reauthorize");
  commands.add<NamedConnection>(group, "remove", "Remove a connection with its triggers",
                                "connector-host connection remove con_4tq2xk", declare_connection,
                                remove_connection, "connection.remove");
}

}  // namespace host::cli
