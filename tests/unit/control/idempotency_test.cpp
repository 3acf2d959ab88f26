#include "control/idempotency.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <stdexcept>

#include "../temporary_folder.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace host {
namespace {

using testing::HasSubstr;

constexpr std::int64_t now = 1'700'000'000'000;
constexpr std::int64_t minute = 60'000;

class RunOnce : public testing::Test {
 protected:
  RunOnce() : store(SqliteStore(folder.path())) {
    ConnectionRecord connection;
    connection.id = "con_1";
    connection.plugin = "sendpulse";
    connection.method = "app";
    connection.settings = "{}";
    store.add(connection);
  }

  KeyedResult call(std::int64_t at = now) {
    return run_once(store, action, at, [this] {
      ++runs;
      if (before_answer) before_answer();
      if (fails) throw Failure(*fails);
      OperationOutcome outcome;
      outcome.kind = OperationOutcome::Kind::done;
      outcome.output = R"({"id":1})";
      outcome.requests = 2;
      return outcome;
    });
  }
  Failure refused(std::int64_t at = now) {
    try {
      call(at);
    } catch (const Failure &failure) {
      return failure;
    }
    ADD_FAILURE() << "was not refused";
    return wrong_call("");
  }
  static OperationError error(ErrorClass error_class) {
    OperationError out;
    out.error_class = error_class;
    out.fault = Fault::vendor;
    out.message = "what happened";
    out.http_status = 422;
    return out;
  }

  TemporaryFolder folder;
  SqliteStore store;
  KeyedAction action{
      .key = "k", .connection_id = "con_1", .action = "list.create", .input_hash = "h"};
  int runs = 0;
  std::optional<OperationError> fails;
  std::function<void()> before_answer;
};

TEST_F(RunOnce, GivesTheStoredResultToTheSameCall) {
  EXPECT_FALSE(call().replayed);
  const KeyedResult again = call();
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.output, R"({"id":1})");
  EXPECT_EQ(again.requests, 0U);
  EXPECT_EQ(runs, 1);
}

TEST_F(RunOnce, KeepsNoSecretResult) {
  action.secret = true;
  EXPECT_EQ(call().output, R"({"id":1})");
  const Failure again = refused();
  EXPECT_EQ(again.error.error_class, ErrorClass::conflict);
  EXPECT_THAT(again.error.message, HasSubstr("not stored"));
  EXPECT_EQ(runs, 1);
  action.secret = false;
  EXPECT_EQ(call().output, "{}");
}

TEST_F(RunOnce, RefusesTheKeyForAnythingElse) {
  call();
  action.input_hash = "other";
  EXPECT_EQ(refused().error.error_class, ErrorClass::invalid_input);
  action.input_hash = "h";
  action.action = "list.delete";
  EXPECT_THAT(refused().error.message, HasSubstr("used for another call: list.create"));
  EXPECT_EQ(runs, 1);
}

TEST_F(RunOnce, TellsThatTheFirstCallStillRuns) {
  before_answer = [this] {
    before_answer = {};
    const Failure second = refused(now + minute);
    EXPECT_EQ(second.kind, Failure::Kind::running);
    EXPECT_THAT(second.error.message, HasSubstr("still running"));
  };
  call();
  EXPECT_EQ(runs, 1);
}

TEST_F(RunOnce, SaysUnknownWhenTheFirstCallDiedOnTheWay) {
  before_answer = [this] {
    before_answer = {};
    const Failure later = refused(now + 16 * minute);
    EXPECT_EQ(later.error.error_class, ErrorClass::unknown_outcome);
    EXPECT_THAT(later.error.message, HasSubstr("was never completed"));
  };
  call();
}

TEST_F(RunOnce, KeepsAFailureThatWouldHappenAgain) {
  fails = error(ErrorClass::conflict);
  EXPECT_EQ(refused().error.error_class, ErrorClass::conflict);
  fails.reset();
  const Failure again = refused();
  EXPECT_EQ(again.error.error_class, ErrorClass::conflict);
  EXPECT_EQ(again.error.message, "what happened");
  EXPECT_EQ(again.error.http_status, 422);
  EXPECT_EQ(again.error.fault, Fault::vendor);
  EXPECT_EQ(runs, 1);
}

TEST_F(RunOnce, TriesAgainAfterAFailureThatPasses) {
  fails = error(ErrorClass::rate_limited);
  EXPECT_EQ(refused().error.error_class, ErrorClass::rate_limited);
  fails.reset();
  EXPECT_FALSE(call().replayed);
  EXPECT_EQ(runs, 2);
  EXPECT_TRUE(call().replayed);
}

TEST_F(RunOnce, NeverRepeatsAnUnknownOutcome) {
  fails = error(ErrorClass::unknown_outcome);
  EXPECT_EQ(refused().error.error_class, ErrorClass::unknown_outcome);
  fails.reset();
  EXPECT_EQ(refused().error.error_class, ErrorClass::unknown_outcome);
  EXPECT_EQ(runs, 1);
}

// Its first request took effect; what stopped it passes, and would be no reason to begin anew.
TEST_F(RunOnce, NeverRepeatsWhatTookEffectInPart) {
  fails = error(ErrorClass::auth_expired);
  fails->acted = true;
  EXPECT_EQ(refused().error.error_class, ErrorClass::auth_expired);
  fails.reset();
  EXPECT_EQ(refused().error.error_class, ErrorClass::auth_expired);
  EXPECT_EQ(runs, 1);
}

TEST_F(RunOnce, CountsAnInterruptedCallAsUnknown) {
  before_answer = [] { throw std::runtime_error("interrupted"); };
  EXPECT_THROW(call(), std::runtime_error);
  before_answer = {};
  EXPECT_EQ(refused().error.error_class, ErrorClass::unknown_outcome);
  EXPECT_EQ(runs, 1);
}

}  // namespace
}  // namespace host
