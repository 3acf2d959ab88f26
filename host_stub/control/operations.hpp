// Runs single operations of accounts for a waiting caller: on a separate network (own_network.hpp),
// or by a running host's workers.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>

#include "auth/connection_secrets.hpp"
#include "auth/endpoint_settings.hpp"
#include "auth/seal.hpp"
#include "auth/token_client.hpp"
#include "auth/token_set.hpp"
#include "http/transport.hpp"
#include "plugins/operation.hpp"
#include "plugins/outcome.hpp"
#include "plugins/plugin.hpp"
#include "store/store.hpp"

namespace host {

// An operation was cancelled before it finished.
class Interrupted : public std::runtime_error {
 public:
  explicit Interrupted(int signal) : std::runtime_error("interrupted"), signal_(signal) {}
  int signal() const noexcept { return signal_; }  // 0: not by a signal

 private:
  int signal_;
};

// A saved account, with everything that its operations need.
struct Account {
  const ConnectionRecord &connection;
  const std::shared_ptr<const Plugin> &plugin;
  Store &store;
  const SealingKey &key;
};

// An account that is not saved yet.
struct TrialAccount {
  const std::shared_ptr<const Plugin> &plugin;
  std::string_view method;
  SecretObject input;
  EndpointSettings settings;
  std::optional<TokenSet> tokens;
};

struct Trial {
  OperationOutcome outcome;        // of the connection test
  std::optional<TokenSet> tokens;  // obtained or given
};

// Called with every answer of the service; may be empty.
using AnswerWatch = std::function<void(const HttpResponse &)>;

// Every call blocks until the operation has ended, and throws Interrupted if it was cancelled.
class Operations {
 public:
  Operations() = default;
  virtual ~Operations() = default;
  Operations(const Operations &) = delete;
  Operations &operator=(const Operations &) = delete;

  virtual OperationOutcome run(const Account &account, const OperationStart &start,
                               const AnswerWatch &watch) = 0;
  virtual Trial try_out(TrialAccount account) = 0;
  virtual std::variant<TokenSet, TokenRefusal> ask_for_tokens(TokenRequest request) = 0;
};

// How long an operation may wait for budget and retries while a user waits.
std::chrono::seconds longest_wait(OperationKind kind) noexcept;

}  // namespace host
