// What a command that ends by itself works with: the store, the key, the plugins, and a network of
// its own for one operation at a time. It works beside a running host, which sees its changes.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>

#include "auth/connection_secrets.hpp"
#include "auth/seal.hpp"
#include "auth/token_client.hpp"
#include "auth/token_set.hpp"
#include "cli/catalogue.hpp"
#include "cli/command.hpp"
#include "net/credentials.hpp"
#include "net/exchange.hpp"
#include "plugins/operation.hpp"
#include "plugins/outcome.hpp"
#include "store/store.hpp"

namespace host {
class StoredCredentials;
}

namespace host::cli {

// The transport as the settings want it.
TransportOptions transport_options(const Settings &settings);
KeyPlaces key_places(const Settings &settings);

class Session {
 public:
  explicit Session(Context &context);
  ~Session();
  Session(const Session &) = delete;
  Session &operator=(const Session &) = delete;

  Context &context() noexcept { return context_; }
  Catalogue &catalogue();   // looked for on first use
  Store &store();           // opened, and made, on first use
  const SealingKey &key();  // likewise

  // By id, by label (a connection's, when only one has it), or by the beginning of an id when only
  // one has that. Throws CommandFailure (no input).
  ConnectionRecord connection(std::string_view name);
  TriggerRecord trigger(std::string_view name);

  // Asked about every answer of the service.
  using Watch = std::function<void(const HttpResponse &)>;

  // Runs one operation to its end: its failure is thrown as CommandFailure. A signal ends it; then
  // Interrupted is thrown. What `start` borrows must live until then.
  OperationOutcome run(const ConnectionRecord &connection, const OperationStart &start,
                       const Watch &watch = {});

  // The first request of an operation, as JSON; no network is made for it.
  OperationOutcome dry_run(const ConnectionRecord &connection, const OperationStart &start);

  // The connection test of an account that is not saved.
  struct Trial {
    OperationOutcome outcome;
    std::optional<TokenSet> tokens;
  };
  Trial try_out(const std::shared_ptr<const Plugin> &plugin, std::string_view method,
                SecretObject input, std::string_view settings,
                std::optional<TokenSet> tokens = std::nullopt);

  // One token request of a sign-in.
  std::variant<TokenSet, TokenRefusal> ask_for_tokens(TokenRequest request);

  // Has the redactor black out what this connection was made with.
  void remember_secrets(const PluginFiles &files, const ConnectionRecord &connection);

 private:
  struct Network;
  OperationOutcome drive_to_end(Network &network, Credentials &credentials,
                                const std::string &connection_id,
                                const std::shared_ptr<const Plugin> &plugin,
                                const OperationStart &start, const Watch &watch,
                                StoredCredentials *stored = nullptr);

  Context &context_;
  std::optional<Catalogue> catalogue_;
  std::optional<Store> store_;
  std::optional<SealingKey> key_;
};

// A signal ended the operation before it had finished.
class Interrupted : public std::runtime_error {
 public:
  explicit Interrupted(int signal) : std::runtime_error("interrupted"), signal_(signal) {}
  int signal() const noexcept { return signal_; }

 private:
  int signal_;
};

}  // namespace host::cli
