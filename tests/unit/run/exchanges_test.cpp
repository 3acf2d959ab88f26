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
  - {id: adding, window_s: 900, limit: 1, applies_to: [thing.add]}
  - {id: listing, window_s: 900, limit: 1, applies_to: [thing.list]}
auth:
  test: {request: {method: GET, path: /me}, label: /email, output: {type: object, properties: {email: {type: string, title: E-mail}}}}
  methods:
    - {id: key, title: Key, type: static_bearer, token: /key, input: {type: object, required: [key], additionalProperties: false, properties: {key: {type: string, title: Key, description: From the settings., minLength: 1, writeOnly: true}}}}
errors: []
lookups: []
triggers: []
actions:
  - id: thing.add
    title: Add a thing
    description: Adds a thing.
    group: Things
    effects: {read_only: false, destructive: false, idempotent: false}
    input: {type: object, additionalProperties: false, properties: {}}
    sample_input: {}
    request: {method: POST, path: /things}
    output: {type: object, properties: {id: {type: integer, title: ID}}}
    sample: {id: 1}
  - id: thing.list
    title: List things
    description: Lists things.
    group: Things
    effects: {read_only: true, destructive: false, idempotent: true}
    input: {type: object, additionalProperties: false, properties: {}}
    sample_input: {}
    request: {method: GET, path: /things}
    output: {type: object, properties: {id: {type: integer, title: ID}}}
    sample: {id: 1}
limitations: []
)";

ExchangeOptions options() {
  const auto loaded = cpi::manifest::load_text(manifest_text, "tiny.yaml");
  for (const auto &problem : loaded.problems) ADD_FAILURE() << problem.code << problem.message;
  return exchange_options(loaded.manifest.value());
}

TEST(Exchanges, TakeHostsBudgetsAndCapsFromTheManifest) {
  const ExchangeOptions given = options();
  EXPECT_EQ(given.allowed_hosts, std::vector<std::string>{"api.example.com"});
  EXPECT_EQ(given.timeout.count(), 7000);
  EXPECT_EQ(given.connect_timeout.count(), 1000);
  EXPECT_EQ(given.max_response_bytes, 4096u);
  ASSERT_EQ(given.rate_rules.size(), 3u);
  EXPECT_EQ(given.rate_rules[0].limit, 10u);
}

TEST(Exchanges, CountReadsOfAnActionOnlyIfItDoesNothingElse) {
  const ExchangeOptions given = options();
  ASSERT_EQ(given.rate_rules.size(), 3u);
  EXPECT_FALSE(given.rate_rules[1].counts_reads);
  EXPECT_TRUE(given.rate_rules[2].counts_reads);
}

}  // namespace
}  // namespace host
