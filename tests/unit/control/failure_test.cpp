#include "control/failure.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <functional>
#include <new>
#include <string>
#include <vector>

#include "auth/secret_input.hpp"
#include "plugins/operation.hpp"
#include "plugins/problem.hpp"
#include "store/store.hpp"

namespace host {
namespace {

Failure failure_of(const std::function<void()> &thrower) {
  try {
    thrower();
  } catch (...) {
    return failure_of_current_exception();
  }
  ADD_FAILURE() << "nothing was thrown";
  return wrong_call("");
}

TEST(Failure, OfEveryRoomSaysWhoseFaultItIs) {
  const auto fault = [](const std::function<void()> &thrower) {
    return failure_of(thrower).error.fault;
  };
  EXPECT_EQ(fault([] { throw StoreError(StoreError::Kind::busy, "locked"); }), Fault::host);
  EXPECT_EQ(fault([] { throw PluginFault("p", "poll x", "rule", "found"); }), Fault::connector);
  EXPECT_EQ(fault([] { throw InputRefused("", "in plain sight"); }), Fault::user);
  EXPECT_EQ(fault([] { throw std::bad_alloc(); }), Fault::host);
  EXPECT_EQ(fault([] { throw std::runtime_error("odd"); }), Fault::host);
  EXPECT_EQ(failure_of([] { throw PluginRefused({}); }).kind, Failure::Kind::unusable);
  EXPECT_EQ(failure_of([] { throw wrong_call("wrong"); }).kind, Failure::Kind::wrong_call);
}

TEST(Failure, OfSecretInputKeepsItsPointer) {
  const Failure failure =
      failure_of([] { throw InputRefused("/client_secret", "in plain sight"); });
  EXPECT_EQ(boost::json::parse(failure.error.details).at(0).at("pointer").as_string(),
            "/client_secret");
}

TEST(UnknownName, SuggestsTheNearest) {
  const std::vector<std::string> known{"sendpulse", "other"};
  const Failure failure = unknown_name("plugin", "sendpuls", known);
  EXPECT_EQ(failure.kind, Failure::Kind::unknown);
  EXPECT_EQ(failure.sought, "plugin");
  EXPECT_EQ(failure.error.message, "There is no plugin \"sendpuls\".");
  EXPECT_EQ(failure.error.advice, "Did you mean sendpulse?");
}

TEST(Violations, AreAllInTheDetails) {
  cpi::Violations violations;
  violations.listed = {{"/a", "A is required.", "required"},
                       {"/b", "B must be text, not null.", "type"}};
  const Failure failure = violations_failure(violations);
  EXPECT_EQ(failure.error.error_class, ErrorClass::invalid_input);
  EXPECT_EQ(failure.error.message, "The input has 2 problems.");
  EXPECT_EQ(failure.error.advice, "Correct the input and try again.");
  const auto details = boost::json::parse(failure.error.details);
  EXPECT_EQ(details.at(1).at("pointer").as_string(), "/b");
  EXPECT_EQ(details.at(1).at("message").as_string(), "B must be text, not null.");
}

}  // namespace
}  // namespace host
