#include "cli/failure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <functional>
#include <new>

#include "auth/secret_input.hpp"
#include "plugins/operation.hpp"
#include "plugins/problem.hpp"

namespace host::cli {
namespace {

using testing::HasSubstr;

CommandFailure failure_of(const std::function<void()> &thrower) {
  try {
    thrower();
  } catch (...) {
    return failure_of_current_exception();
  }
  ADD_FAILURE() << "nothing was thrown";
  return usage_failure("");
}

TEST(Failure, OfEveryRoomHasItsExitCode) {
  EXPECT_EQ(failure_of([] { throw StoreError(StoreError::Kind::busy, "locked"); }).exit,
            ExitCode::try_again);
  EXPECT_EQ(failure_of([] { throw SealError(SealError::Kind::wrong_key, "key"); }).exit,
            ExitCode::config);
  EXPECT_EQ(failure_of([] { throw PluginRefused({}); }).exit, ExitCode::unavailable);
  EXPECT_EQ(failure_of([] { throw PluginFault("p", "poll x", "rule", "found"); }).exit,
            ExitCode::internal);
  EXPECT_EQ(failure_of([] { throw std::bad_alloc(); }).exit, ExitCode::internal);
  EXPECT_EQ(failure_of([] { throw std::runtime_error("odd"); }).exit, ExitCode::internal);
  EXPECT_EQ(failure_of([] { throw usage_failure("wrong"); }).exit, ExitCode::usage);
}

TEST(Failure, OfSecretInputKeepsItsPointer) {
  const CommandFailure failure =
      failure_of([] { throw InputRefused("/client_secret", "in plain sight"); });
  EXPECT_EQ(failure.exit, ExitCode::bad_data);
  EXPECT_EQ(boost::json::parse(failure.error.details).at(0).at("pointer").as_string(),
            "/client_secret");
}

TEST(UnknownName, SuggestsTheNearestAndSaysWhereTheListIs) {
  const std::vector<std::string> known{"sendpulse", "other"};
  const CommandFailure failure = unknown_name("plugin", "sendpuls", known, "plugins");
  EXPECT_EQ(failure.exit, ExitCode::no_input);
  EXPECT_EQ(failure.error.message, "There is no plugin \"sendpuls\".");
  EXPECT_EQ(failure.error.advice,
            "Did you mean sendpulse? `connector-host plugins` lists what there is.");
}

TEST(Violations, AreAllInTheDetails) {
  const std::vector<cpi::manifest::Violation> violations{{"/a", "is missing"},
                                                         {"/b", "is no text"}};
  const CommandFailure failure = violations_failure("The input of x", violations);
  EXPECT_EQ(failure.exit, ExitCode::bad_data);
  EXPECT_EQ(failure.error.message, "The input of x has 2 problems.");
  const auto details = boost::json::parse(failure.error.details);
  EXPECT_EQ(details.at(1).at("pointer").as_string(), "/b");
  EXPECT_EQ(details.at(1).at("message").as_string(), "is no text");
}

}  // namespace
}  // namespace host::cli
