#include "auth/trial_credentials.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "data_folder.hpp"
#include "scripted_endpoint.hpp"

namespace host {
namespace {

class Trial : public testing::Test {
 protected:
  CredentialResult ask(TrialCredentials &credentials) {
    return loop_.run_until_complete(credentials.credential("con_new"));
  }
  static SecretObject client() {
    return SecretObject({{"client_id", "id"}, {"client_secret", "hush"}});
  }
  EndpointSettings settings(std::string_view method) const {
    return EndpointSettings::of(*manifest_.find_auth_method(method), "");
  }

  Transport transport_{TransportOptions{}};
  Loop loop_{transport_};
  test::ScriptedEndpoint endpoint_{loop_};
  cpi::manifest::Manifest manifest_ = test::auth_manifest();
};

TEST_F(Trial, AKey) {
  TrialCredentials credentials(endpoint_, manifest_, "key", SecretObject({{"api_key", "k1"}}),
                               settings("key"));
  EXPECT_EQ(ask(credentials).credential.value, "Bearer k1");
  EXPECT_FALSE(credentials.tokens());
  TrialCredentials empty(endpoint_, manifest_, "key", SecretObject(), settings("key"));
  EXPECT_EQ(ask(empty).status, CredentialResult::Status::needs_sign_in);
}

TEST_F(Trial, AnAppGetsOneTokenAndKeepsItForTheRecord) {
  TrialCredentials credentials(endpoint_, manifest_, "app", client(), settings("app"));
  endpoint_.answers.push_back(test::token("t1"));
  EXPECT_EQ(ask(credentials).credential.value, "Bearer t1");
  EXPECT_EQ(ask(credentials).credential.value, "Bearer t1");
  EXPECT_EQ(endpoint_.seen.size(), 1u);
  ASSERT_TRUE(credentials.tokens());
  EXPECT_EQ(credentials.tokens()->access_token.reveal(), "t1");
  // It may be taken late, which is waited for some seconds.
  for (int i = 0; i < 4; ++i) {
    const auto refused = loop_.run_until_complete(credentials.renewed("con_new", 1));
    EXPECT_EQ(refused.status, CredentialResult::Status::unavailable);
    EXPECT_TRUE(refused.may_take_effect);
  }
  const auto refused = loop_.run_until_complete(credentials.refused_again("con_new", 1));
  EXPECT_EQ(refused.status, CredentialResult::Status::needs_sign_in);
}

TEST_F(Trial, RefusalsAndOutagesDiffer) {
  TrialCredentials credentials(endpoint_, manifest_, "app", client(), settings("app"));
  endpoint_.answers.push_back(test::answered(401, R"({"error":"invalid_client"})"));
  EXPECT_EQ(ask(credentials).status, CredentialResult::Status::needs_sign_in);
  endpoint_.answers.push_back(test::answered(503, ""));
  EXPECT_EQ(ask(credentials).status, CredentialResult::Status::unavailable);
}

TEST_F(Trial, TokensOfASignIn) {
  TokenSet tokens;
  tokens.access_token = Secret("signed-in");
  TrialCredentials with(endpoint_, manifest_, "oauth", client(), settings("oauth"), tokens);
  EXPECT_EQ(ask(with).credential.value, "Bearer signed-in");
  TrialCredentials without(endpoint_, manifest_, "oauth", client(), settings("oauth"));
  EXPECT_EQ(ask(without).status, CredentialResult::Status::needs_sign_in);
}

TEST_F(Trial, AnUnknownMethod) {
  EXPECT_THROW(TrialCredentials(endpoint_, manifest_, "telepathy", client(), {}),
               std::invalid_argument);
}

}  // namespace
}  // namespace host
