// The context of a user's request to the host: its own store, the key, the plugins, and the way to
// run operations. For one thread at a time.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "auth/seal.hpp"
#include "control/catalogue.hpp"
#include "control/choice_cache.hpp"
#include "control/operations.hpp"
#include "log/redaction.hpp"
#include "store/store.hpp"

namespace host {

// Shared by all sessions of a process; must outlive them.
struct SessionContext {
  StoreAddress store;
  KeyPlaces key_places;
  std::function<std::shared_ptr<PluginSet>()> plugins;  // called once by each session, on first use
  Operations &operations;
  Redactor &redactor;
  ChoiceCache *choices = nullptr;  // null in a process that asks once and ends
};

class Session {
 public:
  explicit Session(const SessionContext &context) : session_context_(context) {}
  Session(const Session &) = delete;
  Session &operator=(const Session &) = delete;
  ~Session() = default;

  const Catalogue &catalogue();  // discovered on first use
  Store &store();                // opened or created on first use
  const SealingKey &key();       // opened or created on first use
  Redactor &redactor() noexcept { return session_context_.redactor; }
  Operations &operations() noexcept { return session_context_.operations; }

  // Null if choices are not cached.
  ChoiceCache *choice_cache() noexcept { return session_context_.choices; }
  // An action has changed something in this connection, or it has other credentials, or is gone.
  void forget_choices(std::string_view connection);

  // By id, by a unique prefix of an id, or, for connections, by a unique label. Throws Failure.
  ConnectionRecord connection(std::string_view name);
  TriggerRecord trigger(std::string_view name);

  // Runs one operation to its end; throws its failure as Failure. Throws Interrupted.
  OperationOutcome run(const ConnectionRecord &connection, const OperationStart &start,
                       const AnswerWatch &watch = {});

  // The first request of an operation, as JSON; without any network.
  OperationOutcome dry_run(const ConnectionRecord &connection, const OperationStart &start);

  // Registers the secrets of this connection with the redactor.
  void remember_secrets(const PluginFiles &files, const ConnectionRecord &connection);

 private:
  const SessionContext &session_context_;
  std::optional<Catalogue> catalogue_;
  std::unique_ptr<Store> store_;
  std::optional<SealingKey> key_;
};

}  // namespace host
