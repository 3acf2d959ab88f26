// password: set or remove the password with which a browser signs in to `serve`.
#include <string>
#include <string_view>

#include "auth/secret_input.hpp"
#include "cli/command.hpp"
#include "cli/failure.hpp"
#include "cli/session.hpp"
#include "control/password.hpp"

namespace host::cli {

namespace {

// Typed twice at a terminal; otherwise standard input, without its last line break.
Secret new_password() {
  const auto terminal = process_terminal();
  if (!terminal->interactive()) {
    const Secret text = terminal->read_standard_input();
    std::string_view line = text.reveal();
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return Secret(line);
  }
  Secret password = terminal->ask_hidden("New password");
  check_new_password(password.reveal());
  if (!(terminal->ask_hidden("Repeat the password") == password))
    throw usage_failure("The two passwords are not the same. Nothing was changed.");
  return password;
}

ExitCode set_password(Context &context, const NoOptions & /*options*/) {
  const Secret password = new_password();
  check_new_password(password.reveal());
  context.redactor.remember(password.reveal());
  Session session(context);
  context.audited = "set";
  store_password(session.store(), hash_password(password.reveal()), {});
  context.output.result({{"password", true}},
                        "The password is set: the page of `connector-host serve` asks for it. If "
                        "there was another one, all browsers have to sign in again.\n");
  return ExitCode::ok;
}

ExitCode remove_password(Context &context, const NoOptions & /*options*/) {
  Session session(context);
  if (!session.store().password_hash().empty()) context.audited = "removed";
  store_password(session.store(), {}, {});
  context.output.result({{"password", false}},
                        "There is no password now, and all browsers have to sign in again. "
                        "`connector-host link --open` opens a session.\n");
  return ExitCode::ok;
}

}  // namespace

void add_password_commands(Commands &commands) {
  CLI::App &group = commands.group("password", "Set or remove a password for the page of `serve`");
  commands.add<NoOptions>(
      group, "set",
      "Set a password, at least 12 characters, typed without being shown or read from standard "
      "input",
      "connector-host password set\n  connector-host password set < password.txt", declare_nothing,
      set_password, "password.change");
  commands.add<NoOptions>(group, "remove", "Remove the password; browsers then need a link",
                          "connector-host password remove", declare_nothing, remove_password,
                          "password.change");
}

}  // namespace host::cli
