#include "auth/token_set.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <variant>

namespace host {
namespace {

using std::chrono::seconds;
constexpr std::int64_t now = 1'700'000'000'000;

struct Lifetime {
  const char *expires_in;  // the member with its comma, or nothing
  int seconds;
};
void PrintTo(const Lifetime &lifetime, std::ostream *out) {
  *out << lifetime.expires_in;
}

class TokenLifetime : public testing::TestWithParam<Lifetime> {};

TEST_P(TokenLifetime, IsReadOrAssumed) {
  const std::string body =
      std::string(R"({"access_token":"abc","token_type":"Bearer")") + GetParam().expires_in + "}";
  const auto answer = parse_token_answer(200, body, "", now);
  const auto *set = std::get_if<TokenSet>(&answer);
  ASSERT_NE(set, nullptr);
  EXPECT_EQ(set->lifetime, seconds{GetParam().seconds});
  EXPECT_EQ(set->expires_at_unix_ms, now + 1000LL * GetParam().seconds);
}

INSTANTIATE_TEST_SUITE_P(
    Table, TokenLifetime,
    testing::Values(
        Lifetime{R"(,"expires_in":7200)", 7200}, Lifetime{R"(,"expires_in":"7200")", 7200},
        Lifetime{R"(,"expires_in":3599.7)", 3599}, Lifetime{"", 3600},
        Lifetime{R"(,"expires_in":-1)", 3600}, Lifetime{R"(,"expires_in":0)", 3600},
        Lifetime{R"(,"expires_in":null)", 3600}, Lifetime{R"(,"expires_in":"soon")", 3600},
        Lifetime{R"(,"expires_in":"12h")", 3600}, Lifetime{R"(,"expires_in":"nan")", 3600},
        Lifetime{R"(,"expires_in":{})", 3600}, Lifetime{R"(,"expires_in":1e300)", 24 * 3650 * 3600},
        Lifetime{R"(,"expires_in":18446744073709551615)", 24 * 3650 * 3600}));

struct Refused {
  const char *what;
  int status;
  std::string body;
  TokenRefusal::Kind kind;
};
void PrintTo(const Refused &refused, std::ostream *out) {
  *out << refused.what;
}

class TokenRefused : public testing::TestWithParam<Refused> {};

TEST_P(TokenRefused, IsClassifiedAndSaysNothingSecret) {
  const auto answer = parse_token_answer(GetParam().status, GetParam().body, "", now);
  const auto *refusal = std::get_if<TokenRefusal>(&answer);
  ASSERT_NE(refusal, nullptr);
  EXPECT_EQ(refusal->kind, GetParam().kind) << refusal->message;
  EXPECT_FALSE(refusal->message.empty());
  EXPECT_EQ(refusal->message.find("hush"), std::string::npos) << refusal->message;
}

constexpr auto grant = TokenRefusal::Kind::grant;
constexpr auto app = TokenRefusal::Kind::app;
constexpr auto transient = TokenRefusal::Kind::transient;

INSTANTIATE_TEST_SUITE_P(
    Table, TokenRefused,
    testing::Values(
        Refused{"invalid_grant", 400, R"({"error":"invalid_grant","error_description":"hush"})",
                grant},
        Refused{"invalid_client", 401, R"({"error":"invalid_client","message":"hush"})", app},
        Refused{"invalid_client with 400", 400, R"({"error":"invalid_client"})", app},
        Refused{"unauthorized_client", 400, R"({"error":"unauthorized_client"})", app},
        Refused{"unsupported_grant_type", 400, R"({"error":"unsupported_grant_type"})", app},
        Refused{"invalid_scope", 400, R"({"error":"invalid_scope"})", app},
        Refused{"error at HTTP 200", 200, R"({"error":"invalid_grant","access_token":"hush"})",
                grant},
        Refused{"unknown error", 400, R"({"error":"hush"})", transient},
        Refused{"a plain 401", 401, R"({"message":"hush"})", transient},
        Refused{"500", 500, R"({"error":"invalid_client"})", transient},
        Refused{"503", 503, "", transient},
        Refused{"429", 429, R"({"error":"invalid_grant"})", transient},
        Refused{"html", 200, "<html>hush</html>", transient}, Refused{"empty", 200, "", transient},
        Refused{"a list", 200, R"(["hush"])", transient},
        Refused{"302", 302, R"({"access_token":"hush"})", transient},
        Refused{"no token", 200, R"({"token_type":"Bearer"})", transient},
        Refused{"empty token", 200, R"({"access_token":""})", transient},
        Refused{"number as token", 200, R"({"access_token":7})", transient},
        Refused{"token with a line break", 200, R"({"access_token":"hush\r\nx: y"})", transient},
        Refused{"token with a blank", 200, R"({"access_token":"hush hush"})", transient},
        Refused{"endless token", 200, R"({"access_token":")" + std::string(20'000, 'x') + "\"}",
                transient},
        Refused{"mac", 200, R"({"access_token":"hush","token_type":"mac"})", transient},
        Refused{"odd type", 200, R"({"access_token":"hush","token_type":7})", transient},
        Refused{"odd refresh token", 200, R"({"access_token":"hush","refresh_token":"hush\u0000"})",
                transient},
        Refused{"5 MB", 200,
                R"({"access_token":"hush","x":")" + std::string(5'000'000, 'x') + "\"}", transient},
        Refused{"deep", 200, std::string(1000, '['), transient}));

TEST(TokenAnswer, AByteOrderMarkIsNoPartOfIt) {
  for (const char *body : {"\xEF\xBB\xBF{\"access_token\":\"abc\"}",
                           "\xEF\xBB\xBF\r\n {\"access_token\":\"abc\"}\n"}) {
    const auto answer = parse_token_answer(200, body, "", now);
    const auto *set = std::get_if<TokenSet>(&answer);
    ASSERT_NE(set, nullptr);
    EXPECT_EQ(set->access_token.reveal(), "abc");
  }
}

TEST(TokenAnswer, BearerInAnyCaseOrUnsaid) {
  for (const auto *type : {R"(,"token_type":"bearer")", R"(,"token_type":"BEARER")", ""}) {
    const auto answer =
        parse_token_answer(200, std::string(R"({"access_token":"abc")") + type + "}", "", now);
    EXPECT_TRUE(std::holds_alternative<TokenSet>(answer)) << type;
  }
}

TEST(TokenAnswer, RefreshToken) {
  const auto with = parse_token_answer(200, R"({"access_token":"a","refresh_token":"r"})", "", now);
  EXPECT_EQ(std::get<TokenSet>(with).refresh_token.reveal(), "r");
  const auto without = parse_token_answer(201, R"({"access_token":"a"})", "", now);
  EXPECT_TRUE(std::get<TokenSet>(without).refresh_token.empty());
}

TEST(TokenAnswer, RetryAfter) {
  const auto retry_after = [](std::string_view header) {
    return std::get<TokenRefusal>(parse_token_answer(429, "{}", header, now)).retry_after;
  };
  EXPECT_EQ(retry_after("7"), seconds{7});
  EXPECT_EQ(retry_after("99999999"), seconds{3600});
  for (const auto *odd : {"", "-5", "soon", "7 minutes", "99999999999999999999999"})
    EXPECT_EQ(retry_after(odd), seconds{0}) << odd;
}

TEST(TokenAnswer, SkewIsATenthWithinBounds) {
  EXPECT_EQ(refresh_skew(seconds{1}), seconds{0});
  EXPECT_EQ(refresh_skew(seconds{60}), seconds{30});
  EXPECT_EQ(refresh_skew(seconds{120}), seconds{60});
  EXPECT_EQ(refresh_skew(seconds{600}), seconds{60});
  EXPECT_EQ(refresh_skew(seconds{1200}), seconds{120});
  EXPECT_EQ(refresh_skew(seconds{3600}), seconds{300});
  EXPECT_EQ(refresh_skew(seconds{86400}), seconds{300});
}

TEST(TokenAnswer, SkewIsTheManifestsWithinHalfTheLifetime) {
  EXPECT_EQ(refresh_skew(seconds{3600}, seconds{30}), seconds{30});
  EXPECT_EQ(refresh_skew(seconds{3600}, seconds{900}), seconds{900});
  EXPECT_EQ(refresh_skew(seconds{60}, seconds{900}), seconds{30});
  EXPECT_EQ(refresh_skew(seconds{3600}, seconds{0}), seconds{300});
}

TEST(TokenSet, JsonThereAndBack) {
  TokenSet set;
  set.access_token = Secret("a\"b");
  set.refresh_token = Secret("r");
  set.lifetime = seconds{3600};
  set.skew = seconds{120};
  set.expires_at_unix_ms = now;
  set.token_url = "https://service.example/token";
  const auto back = TokenSet::from_json(set.to_json().reveal());
  ASSERT_TRUE(back);
  EXPECT_EQ(back->access_token, set.access_token);
  EXPECT_EQ(back->refresh_token, set.refresh_token);
  EXPECT_EQ(back->lifetime, set.lifetime);
  EXPECT_EQ(back->skew, set.skew);
  EXPECT_EQ(back->expires_at_unix_ms, set.expires_at_unix_ms);
  EXPECT_EQ(back->token_url, set.token_url);
}

}  // namespace
}  // namespace host
