#include "auth/authorization_code.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <chrono>
#include <map>
#include <string>
#include <variant>

#include "auth/form_encoding.hpp"
#include "data_folder.hpp"

namespace host {
namespace {

using Kind = CallbackRefusal::Kind;

constexpr auto redirect = "http://127.0.0.1:40123/callback";

class AuthorizationCodeTest : public testing::Test {
 protected:
  static std::map<std::string, std::string> query_of(const std::string &url) {
    std::map<std::string, std::string> out;
    const auto fields = form_decoded(url.substr(url.find('?') + 1));
    for (const FormField &field : *fields) out[field.name] = field.value;
    return out;
  }
  AuthorizationCode flow(const std::string &settings = "") {
    AuthorizationCode out(method_, EndpointSettings::of(method_, settings), "the id", redirect,
                          AuthorizationState([this] { return now_; }));
    state_ = query_of(out.url())["state"];
    return out;
  }
  std::string back(const std::string &rest) const {
    return std::string("/callback?state=") + state_ + rest;
  }
  static Kind kind_of(const std::variant<Secret, CallbackRefusal> &result) {
    return std::get<CallbackRefusal>(result).kind;
  }
  static std::string message_of(const std::variant<Secret, CallbackRefusal> &result) {
    return std::get<CallbackRefusal>(result).message;
  }
  static std::string code_of(const std::variant<Secret, CallbackRefusal> &result) {
    const auto *code = std::get_if<Secret>(&result);
    return code == nullptr ? "refused: " + message_of(result) : std::string(code->reveal());
  }

  AuthorizationState::Time now_{std::chrono::hours{1}};
  cpi::manifest::Manifest manifest_ = test::auth_manifest();
  const cpi::manifest::AuthMethod &method_ = *manifest_.find_auth_method("oauth");
  std::string state_;
};

TEST_F(AuthorizationCodeTest, NothingComesTwiceInAPrefilledAddress) {
  const std::string url =
      flow(
          R"({"authorize_url":"https://login.example/a?state=theirs&keep=1&st%61te=x&&scope=all&state=%zz&code_challenge"})")
          .url();
  const auto fields = form_decoded(url.substr(url.find('?') + 1));
  ASSERT_TRUE(fields) << url;
  std::map<std::string, int> times;
  for (const FormField &field : *fields) ++times[field.name];
  for (const auto &[name, count] : times) EXPECT_EQ(count, 1) << name << " in " << url;
  EXPECT_EQ(query_of(url)["keep"], "1");
  EXPECT_EQ(query_of(url)["scope"], "read write");
  EXPECT_NE(query_of(url)["state"], "theirs");
  EXPECT_TRUE(url.starts_with("https://login.example/a?keep=1&")) << url;
}

TEST_F(AuthorizationCodeTest, TheAddressForTheBrowser) {
  const AuthorizationCode flow = this->flow();
  EXPECT_EQ(flow.url().rfind("https://api.authy.example/authorize?", 0), 0u) << flow.url();
  auto query = query_of(flow.url());
  EXPECT_EQ(query["response_type"], "code");
  EXPECT_EQ(query["client_id"], "the id");
  EXPECT_EQ(query["redirect_uri"], redirect);
  EXPECT_EQ(query["scope"], "read write");
  EXPECT_EQ(query["code_challenge_method"], "S256");
  EXPECT_EQ(query["code_challenge"].size(), 43u);
  EXPECT_EQ(query["state"].size(), 43u);
  EXPECT_EQ(query.size(), 7u);
}

TEST_F(AuthorizationCodeTest, AnOverriddenAddressKeepsItsOwnQuery) {
  const auto flow = this->flow(
      R"({"authorize_url":"https://partner.example/go?brand=x#top","scopes":["a","b"]})");
  EXPECT_EQ(flow.url().rfind("https://partner.example/go?brand=x&response_type=code&", 0), 0u);
  EXPECT_EQ(query_of(flow.url())["scope"], "a b");
}

TEST_F(AuthorizationCodeTest, TheCodeBecomesATokenRequest) {
  auto flow = this->flow();
  const auto accepted = flow.accept(back("&code=c%2Fd"));
  ASSERT_EQ(code_of(accepted), "c/d");
  const SecretObject input({{"client_id", "the id"}, {"client_secret", "hush"}});
  const TokenRequest request = flow.exchange(input, std::get<Secret>(accepted));
  EXPECT_EQ(request.url, "https://api.authy.example/token");
  EXPECT_EQ(request.content_type, "application/x-www-form-urlencoded");
  auto body = query_of("?" + std::string(request.body.reveal()));
  EXPECT_EQ(body["grant_type"], "authorization_code");
  EXPECT_EQ(body["code"], "c/d");
  EXPECT_EQ(body["redirect_uri"], redirect);
  EXPECT_EQ(body["client_id"], "the id");
  EXPECT_EQ(body["client_secret"], "hush");
  EXPECT_EQ(pkce_challenge(body["code_verifier"]), query_of(flow.url())["code_challenge"]);
  EXPECT_EQ(body.size(), 6u);
}

TEST_F(AuthorizationCodeTest, InAJsonBodyAndInABasicHeader) {
  const SecretObject input({{"client_id", "the id"}, {"client_secret", "hush"}});
  auto as = [&](cpi::manifest::ClientAuth how) {
    auto method = method_;
    method.client_auth = how;
    AuthorizationCode flow(method, EndpointSettings::of(method, ""), "the id", redirect);
    return flow.exchange(input, Secret("c"));
  };
  const TokenRequest json = as(cpi::manifest::ClientAuth::body_json);
  EXPECT_EQ(json.content_type, "application/json");
  const auto body = boost::json::parse(json.body.reveal()).as_object();
  EXPECT_EQ(body.at("code").as_string(), "c");
  EXPECT_EQ(body.at("client_secret").as_string(), "hush");

  const TokenRequest basic = as(cpi::manifest::ClientAuth::basic);
  EXPECT_EQ(basic.authorization.reveal(), "Basic dGhlJTIwaWQ6aHVzaA==");
  EXPECT_EQ(basic.body.reveal().find("hush"), std::string_view::npos);
  EXPECT_NE(basic.body.reveal().find("code_verifier="), std::string_view::npos);
}

// A redirect that this sign-in did not ask for may carry the code of an attacker's account.
TEST_F(AuthorizationCodeTest, OnlyWhatCarriesTheStateIsOurs) {
  const auto flow = this->flow();
  EXPECT_TRUE(flow.is_ours(back("&code=c")));
  EXPECT_TRUE(flow.is_ours(back("&error=access_denied")));
  for (const std::string &foreign :
       {std::string("/callback"), std::string("/callback?code=c"),
        std::string("/callback?code=c&state="), std::string("/callback?code=c&state=wrong"),
        back("") + "A", back("&state=") + state_, back("&state=other"),
        back("&x=") + std::string(20'000, 'x')})
    EXPECT_FALSE(flow.is_ours(foreign)) << foreign.substr(0, 100);
}

TEST_F(AuthorizationCodeTest, StateWrongReusedExpiredOrMissing) {
  auto flow = this->flow();
  EXPECT_EQ(kind_of(flow.accept("/callback?code=c")), Kind::foreign);
  EXPECT_EQ(kind_of(flow.accept("/callback?code=c&state=wrong")), Kind::foreign);
  EXPECT_EQ(kind_of(flow.accept("/callback?error=access_denied&state=wrong")), Kind::foreign)
      << "an error is believed no sooner";
  EXPECT_EQ(code_of(flow.accept(back("&code=c"))), "c");
  EXPECT_EQ(kind_of(flow.accept(back("&code=c"))), Kind::over);

  auto slow = this->flow();
  now_ += std::chrono::minutes{10};
  EXPECT_EQ(kind_of(slow.accept(back("&code=c"))), Kind::over);
}

TEST_F(AuthorizationCodeTest, TheIssuerMustFitWhereThereIsOne) {
  for (const auto *good : {"https://api.authy.example", "https://api.authy.example/",
                           "https://API.authy.example:443/tenant"})
    EXPECT_EQ(code_of(flow().accept(back("&code=c&iss=" + form_encoded(good)))), "c") << good;
  for (const auto *bad :
       {"https://evil.example", "http://api.authy.example", "https://api.authy.example:8443",
        "https://api.authy.example.evil.example", "https://api.authy.example@evil.example",
        "nonsense", ""})
    EXPECT_EQ(kind_of(flow().accept(back("&code=c&iss=" + form_encoded(bad)))), Kind::foreign)
        << bad;
}

TEST_F(AuthorizationCodeTest, WhatTheServiceRefuses) {
  EXPECT_EQ(kind_of(flow().accept(back("&error=access_denied"))), Kind::denied);
  EXPECT_EQ(kind_of(flow().accept(back("&error=temporarily_unavailable"))), Kind::service);
  EXPECT_EQ(kind_of(flow().accept(back("&error=server_error"))), Kind::service);
  EXPECT_EQ(kind_of(flow().accept(back("&error=invalid_scope"))), Kind::app);
  EXPECT_EQ(kind_of(flow().accept(back("&error="))), Kind::app);
  EXPECT_EQ(kind_of(flow().accept(back("&error=access_denied&code=c"))), Kind::denied);
  EXPECT_EQ(kind_of(flow().accept(back(""))), Kind::app);
  EXPECT_EQ(kind_of(flow().accept(back("&code=a%0d%0ab"))), Kind::app);
  const std::string message =
      message_of(flow().accept(back("&error=invalid_request&error_description=No%1b[31m+PKCE")));
  EXPECT_NE(message.find("invalid_request"), std::string::npos);
  EXPECT_NE(message.find("No[31m PKCE"), std::string::npos) << "no control characters: " << message;
}

TEST_F(AuthorizationCodeTest, APastedAddress) {
  const std::string whole = std::string("http://127.0.0.1:40123");
  EXPECT_EQ(code_of(flow().accept("  " + whole + back("&code=c") + " \r\n")), "c");
  EXPECT_EQ(code_of(flow().accept(whole + back("&code=c#"))), "c");
  auto flow = this->flow();
  for (const std::string &other :
       {std::string(), std::string("c"), whole + "/callback",
        "http://127.0.0.1:1" + back("&code=c"), "https://127.0.0.1:40123" + back("&code=c"),
        "http://evil.example" + back("&code=c"),
        "http://127.0.0.1:40123/other?state=" + state_ + "&code=c"})
    EXPECT_EQ(kind_of(flow.accept(other)), Kind::foreign) << other;
  EXPECT_EQ(kind_of(flow.accept(back("&code=%"))), Kind::foreign);
  EXPECT_EQ(kind_of(flow.accept(back("&code=a&code=b"))), Kind::foreign);
  EXPECT_EQ(kind_of(flow.accept(back("&code=" + std::string(20'000, 'x')))), Kind::foreign);
  EXPECT_EQ(code_of(flow.accept(back("&code=c"))), "c") << "none of these used it up";
}

}  // namespace
}  // namespace host
