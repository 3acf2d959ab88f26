// Everything a session works with: a real store and key, the plugin that does what it is told, and
// operations that end as the test says, without a network.
#pragma once

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "../temporary_folder.hpp"
#include "auth/connection_secrets.hpp"
#include "control/choice_cache.hpp"
#include "control/failure.hpp"
#include "control/session.hpp"
#include "puppet_folder.hpp"

namespace host::test {

inline OperationOutcome succeeded(std::string output) {
  OperationOutcome outcome;
  outcome.kind = OperationOutcome::Kind::done;
  outcome.output = std::move(output);
  outcome.requests = 1;
  return outcome;
}

inline OperationOutcome failed(ErrorClass error_class, std::string message = "what happened") {
  OperationOutcome outcome;
  outcome.error.error_class = error_class;
  outcome.error.fault = Fault::vendor;
  outcome.error.message = std::move(message);
  return outcome;
}

class FakeOperations : public Operations {
 public:
  struct Ran {
    std::string connection;
    OperationKind kind;
    std::string id;
    boost::json::value input;
    bool shares_answers = true;
  };
  std::vector<Ran> ran;
  std::deque<OperationOutcome> outcomes;  // of `run`, one after another
  bool interrupted = false;

  std::vector<std::string> tried;  // the inputs of trials, as JSON
  OperationOutcome trial = succeeded(R"({"name":"Jane"})");
  std::optional<TokenRefusal> token_refusal;
  TokenSet tokens;

  OperationOutcome run(const Account &account, const OperationStart &start,
                       const AnswerWatch &) override {
    ran.push_back({account.connection.id, start.kind, std::string(start.id),
                   boost::json::parse(start.input), start.shares_answers});
    if (interrupted) throw Interrupted(0);
    if (outcomes.empty()) throw std::logic_error("one operation too many");
    OperationOutcome outcome = std::move(outcomes.front());
    outcomes.pop_front();
    return outcome;
  }
  Trial try_out(TrialAccount account) override {
    tried.push_back(serialize(account.input.value()));
    if (interrupted) throw Interrupted(0);
    return {trial, std::move(account.tokens)};
  }
  std::variant<TokenSet, TokenRefusal> ask_for_tokens(TokenRequest) override {
    if (token_refusal) return *token_refusal;
    return tokens;
  }
};

class SessionFixture : public testing::Test {
 protected:
  SessionFixture() {
    operations.tokens.access_token = Secret("access-1");
    operations.tokens.refresh_token = Secret("refresh-1");
  }

  // A connection with an API key, as `connect` saves it.
  ConnectionRecord connect(const std::string &id = "con_one", const std::string &label = "Jane") {
    ConnectionRecord connection;
    connection.id = id;
    connection.plugin = "puppet";
    connection.method = "key";
    connection.label = label;
    connection.settings = "{}";
    connection.sealed_input = seal_input(session.key(), id, {{"api_key", "secret-key-1"}},
                                         sealed_endpoints(connection, EndpointSettings()));
    connection.created_at = 1000;
    session.store().add(connection);
    return connection;
  }

  // What `call` is refused with.
  template <typename Call>
  static Failure refused(const Call &call) {
    try {
      call();
    } catch (const Failure &failure) {
      return failure;
    }
    ADD_FAILURE() << "was not refused";
    return Failure(OperationError{});
  }

  TemporaryFolder data;
  PuppetFolder puppet;
  FakeOperations operations;
  Redactor redactor;
  Clock::time_point now = Clock::time_point(std::chrono::hours(1));  // of the choices only
  ChoiceCache choices{{.now = [this] { return now; }}};
  SessionContext context{
      .store = data.path(),
      .key_places = {.key_file = {}, .credentials_directory = {}, .data_dir = data.path()},
      .plugins = [this] { return std::make_shared<PluginSet>(puppet.found()); },
      .operations = operations,
      .redactor = redactor,
      .choices = &choices};
  Session session{context};
};

}  // namespace host::test
