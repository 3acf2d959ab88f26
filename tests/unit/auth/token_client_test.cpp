#include "auth/token_client.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <variant>

#include "data_folder.hpp"
#include "scripted_endpoint.hpp"

namespace host {
namespace {

SecretObject client() {
  return SecretObject({{"client_id", "my id"}, {"client_secret", "a&b=c:d"}});
}

class TokenClient : public testing::Test {
 protected:
  const cpi::manifest::AuthMethod &method(std::string_view id) {
    return *manifest_.find_auth_method(id);
  }
  cpi::manifest::Manifest manifest_ = test::auth_manifest();
};

TEST_F(TokenClient, CredentialsInAJsonBody) {
  const auto settings = EndpointSettings::of(method("app"), "");
  const TokenRequest request = client_credentials_request(method("app"), settings, client());
  EXPECT_EQ(request.url, "https://api.authy.example/token");
  EXPECT_EQ(request.content_type, "application/json");
  EXPECT_TRUE(request.authorization.empty());
  EXPECT_EQ(request.body.reveal(),
            R"({"grant_type":"client_credentials","client_id":"my id","client_secret":"a&b=c:d"})");
}

TEST_F(TokenClient, CredentialsInABasicHeader) {
  const auto settings = EndpointSettings::of(method("basic"), "");
  const TokenRequest request = client_credentials_request(method("basic"), settings, client());
  EXPECT_EQ(request.content_type, "application/x-www-form-urlencoded");
  // base64 of "my%20id:a%26b%3Dc%3Ad"
  EXPECT_EQ(request.authorization.reveal(), "Basic bXklMjBpZDphJTI2YiUzRGMlM0Fk");
  EXPECT_EQ(request.body.reveal(), "grant_type=client_credentials&scope=read%20write");
}

TEST_F(TokenClient, RefreshInAFormBody) {
  const auto settings = EndpointSettings::of(method("oauth"), "");
  const TokenRequest request =
      refresh_request(method("oauth"), settings, client(), Secret("r+1/2"));
  EXPECT_EQ(request.body.reveal(),
            "grant_type=refresh_token&refresh_token=r%2B1%2F2&client_id=my%20id"
            "&client_secret=a%26b%3Dc%3Ad");
}

TEST_F(TokenClient, SettingsOverrideWhatTheMethodLetsThem) {
  const auto settings = EndpointSettings::of(
      method("oauth"), R"({"token_url":"https://other.example/t","scopes":["a","b"]})");
  EXPECT_EQ(settings.token_url, "https://other.example/t");
  EXPECT_EQ(settings.scope, "a b");
  for (const auto *bad : {R"({"token_url":"http://other.example/t"})", R"({"token_url":7})",
                          R"({"token_url":"https://a\nb"})", R"({"scopes":"a"})",
                          R"({"scopes":[1]})", R"({"base_url":"https://x"})", "[]", "{"})
    EXPECT_THROW(EndpointSettings::of(method("oauth"), bad), std::invalid_argument) << bad;
  EXPECT_THROW(EndpointSettings::of(method("app"), R"({"token_url":"https://x.example"})"),
               std::invalid_argument);
}

TEST_F(TokenClient, WhatComesBack) {
  Transport transport{TransportOptions{}};
  Loop loop(transport);
  test::ScriptedEndpoint endpoint(loop);
  const auto ask = [&] {
    const auto settings = EndpointSettings::of(method("app"), "");
    return loop.run_until_complete(
        ask_for_tokens(endpoint, client_credentials_request(method("app"), settings, client()),
                       [] { return std::int64_t{1000}; }));
  };
  endpoint.answers.push_back(test::token("abc"));
  const auto tokens = std::get<TokenSet>(ask().result);
  EXPECT_EQ(tokens.expires_at_unix_ms, 3'601'000);
  EXPECT_EQ(tokens.token_url, "https://api.authy.example/token");

  auto busy = test::answered(429, "{}");
  busy.response.headers = {{"date", "today"}, {"retry-after", "9"}};
  endpoint.answers.push_back(busy);
  const TokenAnswer refused = ask();
  EXPECT_EQ(std::get<TokenRefusal>(refused.result).retry_after, std::chrono::seconds{9});
  EXPECT_FALSE(refused.maybe_received);

  endpoint.answers.push_back(test::unanswered(true));
  const TokenAnswer lost = ask();
  EXPECT_EQ(std::get<TokenRefusal>(lost.result).kind, TokenRefusal::Kind::transient);
  EXPECT_TRUE(lost.maybe_received);
}

}  // namespace
}  // namespace host
