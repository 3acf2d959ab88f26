#include "auth/authorization_state.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace host {
namespace {

using Check = AuthorizationState::Check;

class AuthorizationStateTest : public testing::Test {
 protected:
  AuthorizationState::Time now_{std::chrono::hours{1}};
  AuthorizationState state_{[this] { return now_; }};
  std::string text_{state_.text()};
};

TEST_F(AuthorizationStateTest, WorksOnce) {
  EXPECT_EQ(text_.size(), 43u) << "256 bits";
  EXPECT_EQ(state_.take(text_), Check::ok);
  EXPECT_EQ(state_.take(text_), Check::used);
}

TEST_F(AuthorizationStateTest, GuessesAreRefusedAndUseNothingUp) {
  EXPECT_EQ(state_.take(""), Check::missing);
  EXPECT_EQ(state_.take(text_ + "x"), Check::wrong);
  EXPECT_EQ(state_.take(text_.substr(1)), Check::wrong);
  for (std::size_t i = 0; i < text_.size(); ++i) {
    std::string other = text_;
    other[i] = other[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(state_.take(other), Check::wrong) << i;
  }
  EXPECT_EQ(state_.take(text_), Check::ok);
}

TEST_F(AuthorizationStateTest, LivesTenMinutes) {
  now_ += std::chrono::minutes{10} - std::chrono::milliseconds{1};
  EXPECT_EQ(state_.take(text_), Check::ok);
  AuthorizationState other([this] { return now_; });
  const std::string text(other.text());
  now_ += std::chrono::minutes{10};
  EXPECT_EQ(other.take(text), Check::expired);
  EXPECT_EQ(other.take(text), Check::used);
}

TEST_F(AuthorizationStateTest, OfAnotherFlowIsWrong) {
  EXPECT_EQ(state_.take(AuthorizationState().text()), Check::wrong);
}

}  // namespace
}  // namespace host
