// rekey: re-encrypts the stored secrets with a new key.
#include <string>

#include "auth/refresh_lock.hpp"
#include "auth/seal.hpp"
#include "cli/command.hpp"
#include "cli/failure.hpp"
#include "cli/run_lock.hpp"
#include "cli/session.hpp"

namespace host::cli {

namespace {

ExitCode rekey_secrets(Context &context, const NoOptions & /*options*/) {
  Session session(context);
  Store &store = session.store();
  // The running host has the key in its memory.
  const RunLock lock(context.settings.data_dir());
  const RefreshLocks locks(context.settings.data_dir());
  const auto renewals = locks.try_lock_all();
  if (!renewals) {
    OperationError error;
    error.error_class = ErrorClass::host_fault;
    error.fault = Fault::user;
    error.message = "Another command is renewing a token. Nothing was changed.";
    error.advice = "Run rekey again when that command has ended.";
    throw CommandFailure(ExitCode::try_again, std::move(error));
  }
  context.audited = "sealing key";
  const Rekeyed done = rekey(key_places(context.settings), store, *renewals);
  context.output.result(
      {{"key_file", done.key_file.string()},
       {"key_version", done.version},
       {"connections", done.connections}},
      "Encrypted the secrets of " + std::to_string(done.connections) +
          (done.connections == 1 ? " connection" : " connections") + " with a new key, version " +
          std::to_string(done.version) + ", in " + done.key_file.string() +
          ". Backups of the database can only be read with the key of their time: "
          "keep the old key with them.\n");
  return ExitCode::ok;
}

}  // namespace

void add_key_commands(Commands &commands) {
  commands.add<NoOptions>(commands.root(), "rekey",
                          "Encrypt all stored secrets with a new key; no host may be running",
                          "connector-host rekey", declare_nothing, rekey_secrets, "key.change");
}

}  // namespace host::cli
