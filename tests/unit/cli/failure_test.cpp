#include "cli/failure.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <new>
#include <string>
#include <vector>

#include "auth/secret_input.hpp"
#include "plugins/operation.hpp"
#include "plugins/problem.hpp"

namespace host::cli {
namespace {

CommandFailure failure_of(const std::function<void()> &thrower) {
  try {
    thrower();
  } catch (...) {
    return command_failure_of_current_exception();
  }
  ADD_FAILURE() << "nothing was thrown";
  return usage_failure("");
}

TEST(CommandFailure, OfEveryRoomHasItsExitCode) {
  const auto exit_of = [](const std::function<void()> &thrower) {
    return failure_of(thrower).exit;
  };
  EXPECT_EQ(exit_of([] { throw StoreError(StoreError::Kind::busy, "locked"); }),
            ExitCode::try_again);
  EXPECT_EQ(exit_of([] { throw SealError(SealError::Kind::wrong_key, "key"); }), ExitCode::config);
  EXPECT_EQ(exit_of([] { throw InputRefused("/a", "in plain sight"); }), ExitCode::bad_data);
  EXPECT_EQ(exit_of([] { throw PluginRefused({}); }), ExitCode::unavailable);
  EXPECT_EQ(exit_of([] { throw PluginFault("p", "poll x", "rule", "found"); }), ExitCode::internal);
  EXPECT_EQ(exit_of([] { throw std::bad_alloc(); }), ExitCode::internal);
  EXPECT_EQ(exit_of([] { throw std::runtime_error("odd"); }), ExitCode::internal);
  EXPECT_EQ(exit_of([] { throw usage_failure("wrong"); }), ExitCode::usage);
  EXPECT_EQ(exit_of([] { throw wrong_call("wrong"); }), ExitCode::usage);
  OperationError conflict;
  conflict.error_class = ErrorClass::conflict;
  EXPECT_EQ(exit_of([&] { throw Failure(conflict); }), ExitCode::cannot_create);
  EXPECT_EQ(exit_of([&] { throw Failure(conflict, Failure::Kind::running); }), ExitCode::try_again);
  EXPECT_EQ(exit_of([&] { throw Failure(conflict, Failure::Kind::unusable); }), ExitCode::bad_data);
}

TEST(CommandFailure, OfAnUnknownNameSaysWhereTheListIs) {
  const std::vector<std::string> known{"sendpulse", "other"};
  const CommandFailure plugin =
      failure_of([&] { throw unknown_name("plugin", "sendpuls", known); });
  EXPECT_EQ(plugin.exit, ExitCode::no_input);
  EXPECT_EQ(plugin.error.advice, "Did you mean sendpulse? `connector-host plugins` lists them.");
  const CommandFailure action =
      failure_of([&] { throw unknown_name("action", "x", known, "sendpulse"); });
  EXPECT_EQ(action.error.advice, "`connector-host describe sendpulse` lists them.");
}

}  // namespace
}  // namespace host::cli
