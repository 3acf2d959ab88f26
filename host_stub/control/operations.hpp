// Where single operations of accounts are carried out for somebody who waits: on a network of its
// own (own_network.hpp), or by a running host's workers.
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

// Somebody wants no more of an operation that had not finished.
class Interrupted : public std::runtime_error {
 public:
  explicit Interrupted(int signal) : std::runtime_error("interrupted"), signal_(signal) {}
  int signal() const noexcept { return signal_; }  // 0: it was no signal

 private:
  int signal_;
};

// A saved account, and what its operations are made with.
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
  std::optional<TokenSet> tokens;  // those it got, or was given
};

// Asked about every answer of the service, where there is one.
using AnswerWatch = std::function<void(const HttpResponse &)>;

// Every call blocks until the operation has ended, and throws Interrupted where it was given up.
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

// How long an operation may wait for budget and retries: somebody sits before it.
std::chrono::seconds longest_wait(OperationKind kind) noexcept;

}  // namespace host
