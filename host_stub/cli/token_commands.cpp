// token: create, list and revoke the tokens with which programs use the API of `serve`.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "cli/command.hpp"
#include "cli/failure.hpp"
#include "cli/output.hpp"
#include "cli/session.hpp"
#include "cli/table.hpp"
#include "control/program_tokens.hpp"
#include "text/time_text.hpp"

namespace host::cli {

namespace {

namespace json = boost::json;

// ---- create

struct NewToken {
  std::string name;
  std::string scope;
  std::string expires;
};

void declare_new_token(CLI::App &command, NewToken &options) {
  command.add_option("NAME", options.name, "the program that will use it, such as prometheus")
      ->required();
  command
      .add_option("--scope", options.scope,
                  "read: everything that the API shows, and /metrics; run: also run actions, test, "
                  "deliver again; admin: everything")
      ->type_name("read|run|admin")
      ->check(CLI::IsMember({"read", "run", "admin"}).description(""))
      ->required();
  command
      .add_option("--expires", options.expires,
                  "how long it is valid: 12h, 30d, 52w (default: until it is revoked)")
      ->type_name("DURATION");
}

json::object token_json(const TokenRecord &token, std::int64_t now) {
  json::object out{{"name", token.name},
                   {"scope", to_string(token.scope)},
                   {"created_at", time_text(token.created_at)}};
  if (token.expires_at != 0) out["expires_at"] = time_text(token.expires_at);
  if (token.last_used_at != 0) out["last_used_at"] = time_text(token.last_used_at);
  out["expired"] = has_expired(token, now);
  return out;
}

// A token that was entered in place of its name does not get into the audit.
std::string audited_name(const std::string &name) {
  return is_program_token(name) ? "a token" : name;
}

ExitCode create(Context &context, const NewToken &options) {
  const std::int64_t now = unix_ms_now();
  std::int64_t expires_at = 0;
  if (!options.expires.empty()) {
    const auto span = parse_span(options.expires);
    if (!span)
      throw usage_failure("\"" + options.expires + "\" is not a duration.",
                          "Use a number with s, min, h, d or w: --expires 30d.");
    expires_at = now + span->count();
  }
  Session session(context);
  context.audited = audited_name(options.name);
  const TokenScope scope = *from_string<TokenScope>(options.scope);
  const Secret token = create_program_token(session.store(), options.name, scope, now, expires_at);
  TokenRecord record;
  record.name = options.name;
  record.scope = scope;
  record.created_at = now;
  record.expires_at = expires_at;
  json::object out = token_json(record, now);
  out["token"] = token.reveal();
  context.output.note(
      "this token is shown only once; send it as the header\n"
      "  Authorization: Bearer TOKEN");
  context.output.result(out, std::string(token.reveal()) + '\n');
  return ExitCode::ok;
}

// ---- list

ExitCode list_tokens(Context &context, const NoOptions & /*options*/) {
  Session session(context);
  const std::int64_t now = unix_ms_now();
  json::array out;
  Table table({"NAME", "SCOPE", "CREATED", "LAST USED", "EXPIRES"});
  for (const TokenRecord &token : session.store().tokens()) {
    out.push_back(token_json(token, now));
    table.row({token.name, std::string(to_string(token.scope)), time_text(token.created_at),
               token.last_used_at == 0 ? "never" : time_text(token.last_used_at),
               token.expires_at == 0
                   ? "never"
                   : (has_expired(token, now) ? "expired " : "") + time_text(token.expires_at)});
  }
  context.output.result(json::object{{"tokens", std::move(out)}},
                        table.empty()
                            ? "No tokens. Create one with `connector-host token create`.\n"
                            : table.text(context.output.colour()));
  return ExitCode::ok;
}

// ---- revoke

struct NamedToken {
  std::string name;
};

void declare_named_token(CLI::App &command, NamedToken &options) {
  command.add_option("NAME", options.name, "its name as `token list` shows it")->required();
}

ExitCode revoke(Context &context, const NamedToken &options) {
  Session session(context);
  context.audited = audited_name(options.name);
  revoke_program_token(session.store(), options.name);
  context.output.result({{"name", options.name}, {"revoked", true}},
                        "The token " + options.name + " was revoked; it is refused from now on.\n");
  return ExitCode::ok;
}

}  // namespace

void add_token_commands(Commands &commands) {
  CLI::App &group = commands.group(
      "token", "Create, list and revoke tokens for programs that use the API of `serve`");
  commands.add<NewToken>(group, "create", "Create a token and print it, once",
                         "connector-host token create prometheus --scope read\n"
                         "  connector-host token create backup --scope run --expires 30d",
                         declare_new_token, create, "token.create");
  commands.add<NoOptions>(group, "list", "List the tokens, with the time of their last use",
                          "connector-host token list", declare_nothing, list_tokens);
  commands.add<NamedToken>(group, "revoke", "Revoke a token; a running host refuses it at once",
                           "connector-host token revoke backup", declare_named_token, revoke,
                           "token.revoke");
}

}  // namespace host::cli
