#include "run/exchanges.hpp"

#include <gtest/gtest.h>

namespace host {
namespace {

constexpr const char *manifest_text = R"(manifest_version: "1.0"
id: tiny
version: "1.0.0"
title: Tiny
summary: A service for tests.
library: {file: tiny, abi_major: 1}
network: {base_url: "https://api.example.com", allowed_hosts: [api.example.com], timeouts_ms: {connect: 1000, total: 7000}, max_response_bytes: 4096}
rate_limits:
  - {id: second, window_s: 1, limit: 10, poll_share: 0.5}
auth:
  test: {request: {method: GET, path: /me}, label: /email, output: {type: object, properties: {email: {type: string, title: E-mail}}}}
  methods:
    - {id: key, title: Key, type: static_bearer, token: /key, input: {type: object, required: [key], additionalProperties: false, properties: {key: {type: string, title: Key, minLength: 1, writeOnly: true}}}}
errors:
  - {status: [409], class: conflict}
  - {pointer: /error_code, equals: [401, 403], class: auth_expired}
  - {pointer: /error_code, equals: 77, class: rate_limited}
lookups: []
triggers: []
actions: []
limitations: []
)";

ExchangeOptions options() {
  const auto loaded = cpi::manifest::load_text(manifest_text, "tiny.yaml");
  for (const auto &problem : loaded.problems) ADD_FAILURE() << problem.code << problem.message;
  return exchange_options(loaded.manifest.value());
}

HttpResponse answer(int status, std::string body) {
  return {status, {}, std::move(body)};
}

TEST(Exchanges, TakeHostsBudgetsAndCapsFromTheManifest) {
  const ExchangeOptions given = options();
  EXPECT_EQ(given.allowed_hosts, std::vector<std::string>{"api.example.com"});
  EXPECT_EQ(given.timeout.count(), 7000);
  EXPECT_EQ(given.max_response_bytes, 4096u);
  ASSERT_EQ(given.rate_rules.size(), 1u);
  EXPECT_EQ(given.rate_rules[0].limit, 10u);
}

// A service may say in a body with HTTP 200 that the token has expired.
TEST(Exchanges, ReadTheEnvelopesThatTheManifestNames) {
  const auto hint = options().hint;
  ASSERT_TRUE(hint);
  EXPECT_EQ(hint(answer(200, R"({"error_code":401})")), AnswerHint::unauthorised);
  EXPECT_EQ(hint(answer(200, R"({"error_code":77,"message":"slow"})")), AnswerHint::rate_limited);
  EXPECT_EQ(hint(answer(200, R"({"error_code":5})")), AnswerHint::none);
  EXPECT_EQ(hint(answer(200, R"({"data":{"error_code":401}})")), AnswerHint::none);
  EXPECT_EQ(hint(answer(200, R"([{"error_code":401}])")), AnswerHint::none);
  EXPECT_EQ(hint(answer(200, R"({"error_code":401)")), AnswerHint::none);
  EXPECT_EQ(hint(answer(200, "")), AnswerHint::none);
}

// As the plugin judges: under any status, in any spelling, and nothing that is data.
TEST(Exchanges, JudgeAsThePluginDoes) {
  const auto hint = options().hint;
  for (const int status : {200, 201, 400, 403, 404, 422, 500}) {
    EXPECT_EQ(hint(answer(status, R"({"message":"Unauthorized!","error_code":401})")),
              AnswerHint::unauthorised)
        << status;
  }
  const std::string filler = R"("trace":")" + std::string(2000, 'x') + '"';
  for (const std::string &body :
       {std::string(R"({"error_code":"401"})"), std::string("\xEF\xBB\xBF{\"error_code\":401}"),
        std::string("\r\n {\"error_code\":401}"), "{" + filler + R"(,"error_code":401})",
        R"({"error_code":401,)" + filler + "}"}) {
    EXPECT_EQ(hint(answer(200, body)), AnswerHint::unauthorised) << body;
  }
  for (const std::string &body :
       {R"({"data":[{"error_code":401}],)" + filler + "}",
        R"([{"error_code":401},{)" + filler + "}]", R"({"message":"error_code",)" + filler + "}",
        std::string(R"({"error_code":"401x"})"), "{" + filler + R"(,"error_code":401)"}) {
    EXPECT_EQ(hint(answer(200, body)), AnswerHint::none) << body;
  }
  // The first rule that holds decides.
  EXPECT_EQ(hint(answer(400, R"({"error_code":9,"error_code_2":401})")), AnswerHint::none);
  EXPECT_EQ(hint(answer(409, R"({"error_code":401})")), AnswerHint::none);
}

}  // namespace
}  // namespace host
