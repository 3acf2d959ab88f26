#include "auth/sign_in_method.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <set>
#include <string>

#include "data_folder.hpp"

namespace host {
namespace {

namespace json = boost::json;
using Place = HttpCredential::Place;

class SignInMethods : public testing::Test {
 protected:
  const cpi::manifest::AuthMethod &method(std::string_view id) {
    return *manifest_.find_auth_method(id);
  }
  static SecretObject entered(std::string_view text) {
    return SecretObject(json::parse(text).as_object());
  }
  // "PLACE NAME: VALUE", as a method puts it on a request.
  std::string sent(std::string_view id, std::string_view input) {
    const SignInMethod &kind = sign_in_method(method(id));
    const HttpCredential place = kind.place(method(id));
    EXPECT_TRUE(place.value.empty());
    return (place.place == Place::query ? "query " : "header ") + place.name + ": " +
           std::string(kind.of_input(method(id), entered(input)).reveal());
  }
  // The pointers of what cannot be sent.
  std::string problems(std::string_view id, std::string_view input) {
    const SignInMethod &kind = sign_in_method(method(id));
    if (kind.problems == nullptr) return "";
    std::string out;
    for (const auto &violation : kind.problems(method(id), entered(input)))
      out += violation.pointer + ' ';
    return out;
  }
  cpi::manifest::Manifest manifest_ = test::auth_manifest();
};

TEST_F(SignInMethods, TheTableHasEveryTypeOfTheManifestFormat) {
  const json::value schema = json::parse(cpi::manifest::manifest_schema_text());
  std::set<std::string, std::less<>> declared;
  for (const json::value &type :
       schema.at_pointer("/definitions/auth_method/properties/type/enum").as_array())
    declared.emplace(type.as_string());
  std::set<std::string, std::less<>> rows;
  for (const SignInMethod *row : sign_in_methods()) {
    EXPECT_TRUE(rows.emplace(row->type).second) << row->type;
    EXPECT_FALSE(row->credential.empty()) << row->type;
    EXPECT_NE(row->of_input != nullptr, row->of_tokens != nullptr) << row->type;
    EXPECT_EQ(row->has_tokens(), row->ask != nullptr || row->refresh != nullptr) << row->type;
    EXPECT_TRUE(row->in_browser == nullptr || row->has_tokens()) << row->type;
  }
  EXPECT_EQ(rows, declared);
}

TEST_F(SignInMethods, ATypeWithoutARowIsABug) {
  cpi::manifest::AuthMethod unknown;
  unknown.type = "telepathy";
  EXPECT_THROW((void)sign_in_method(unknown), std::logic_error);
}

TEST_F(SignInMethods, OnlyTheAuthorizationCodeGoesThroughTheBrowser) {
  for (const auto &one : manifest_.auth_methods())
    EXPECT_EQ(through_browser(one), one.id == "oauth") << one.id;
}

TEST_F(SignInMethods, TokensAreSentAsBearer) {
  TokenSet tokens;
  tokens.access_token = Secret("t1");
  for (const std::string_view id : {"oauth", "app", "basic"}) {
    const SignInMethod &kind = sign_in_method(method(id));
    EXPECT_EQ(kind.place(method(id)).name, "Authorization") << id;
    EXPECT_EQ(kind.of_tokens(method(id), tokens).reveal(), "Bearer t1") << id;
  }
}

TEST_F(SignInMethods, WhatAKeyIsOnTheWire) {
  EXPECT_EQ(sent("key", R"({"api_key": "k 1"})"), "header Authorization: Bearer k 1");
  EXPECT_EQ(sent("header_key", R"({"api_key": "k:1"})"), "header X-Authy-Key: Key k:1");
  EXPECT_EQ(sent("query_key", R"({"api_key": "a b&c=d\u00fc"})"),
            "query api_key: a%20b%26c%3Dd%C3%BC");
  // The examples of RFC 7617, sections 2 and 2.1.
  EXPECT_EQ(sent("password", R"({"login": {"user": "Aladdin", "password": "open sesame"}})"),
            "header Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  EXPECT_EQ(sent("password", R"({"login": {"user": "test", "password": "123\u00a3"}})"),
            "header Authorization: Basic dGVzdDoxMjPCow==");
  EXPECT_EQ(sent("secret_user", R"({"api_key": "sk_1"})"), "header Authorization: Basic c2tfMTo=");
}

TEST_F(SignInMethods, NothingIsMadeOfNothing) {
  for (const std::string_view id : {"key", "header_key", "query_key", "password", "secret_user"})
    for (const std::string_view input : {"{}", R"({"api_key": ""})", R"({"api_key": 7})"}) {
      const SignInMethod &kind = sign_in_method(method(id));
      EXPECT_TRUE(kind.of_input(method(id), entered(input)).empty()) << id << input;
    }
}

TEST_F(SignInMethods, WhatCannotBeSentIsNamed) {
  for (const std::string_view id : {"key", "header_key", "query_key", "secret_user"})
    EXPECT_EQ(problems(id, R"({"api_key": "k 1/+\u00fc"})"), "") << id;
  EXPECT_EQ(problems("header_key", R"({"api_key": "k\n1"})"), "/api_key ");
  EXPECT_EQ(problems("header_key", R"({"api_key": "k1 "})"), "/api_key ");
  EXPECT_EQ(problems("header_key", R"({"api_key": " k1"})"), "/api_key ");
  EXPECT_EQ(problems("query_key", R"({"api_key": "k\n1 "})"), "") << "all of it is encoded";
  EXPECT_EQ(problems("secret_user", R"({"api_key": "sk:1"})"), "/api_key ");
  EXPECT_EQ(problems("password", R"({"login": {"user": "a:b", "password": "c:d"}})"),
            "/login/user ");
  EXPECT_EQ(problems("password", R"({"login": {"user": "a", "password": "c\td"}})"),
            "/login/password ");
}

TEST_F(SignInMethods, TheSecretTextsHaveEveryFormOfAKey) {
  const auto texts = [&](std::string_view id, std::string_view input,
                         const std::vector<std::string> &pointers) {
    std::string out;
    for (const Secret &text : secret_texts(method(id), entered(input), pointers))
      out += std::string(text.reveal()) + '\n';
    return out;
  };
  EXPECT_EQ(texts("header_key", R"({"api_key": "k:1"})", {"/api_key"}), "k:1\nk:1\n");
  EXPECT_EQ(texts("query_key", R"({"api_key": "a&b"})", {"/api_key"}), "a&b\na%26b\n");
  EXPECT_EQ(texts("password", R"({"login": {"user": "Aladdin", "password": "open sesame"}})",
                  {"/login/password"}),
            "open sesame\nQWxhZGRpbjpvcGVuIHNlc2FtZQ==\n");
  EXPECT_EQ(texts("app", R"({"client_id": "i", "client_secret": "s"})", {"/client_secret"}), "s\n");
}

}  // namespace
}  // namespace host
