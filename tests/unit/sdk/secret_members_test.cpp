#include "cpi/sdk/secret_members.hpp"

#include <gtest/gtest.h>

#include "scripted.hpp"

namespace {

using cpi::names_secret;
using cpi::without_secrets;
using scripted::json;

std::string cleaned(std::string_view schema, std::string_view output,
                    cpi_operation_kind kind = CPI_KIND_ACTION, bool is_event = false) {
  const boost::json::object operation{{"output", json(schema)}};
  const boost::json::object defs{{"bot", json(R"({"properties": {"token": {"type": "string"}}})")}};
  return without_secrets(std::string(output), kind, operation, defs, is_event);
}

TEST(SecretMembers, AreKnownByTheLastWordsOfTheirName) {
  for (const char *name :
       {"token", "access_token", "accessToken", "ACCESS_TOKEN", "x-auth-token", "token2", "secret",
        "client_secret", "clientSecret", "password", "userPassword", "api_key", "apiKey", "apikey",
        "private_key", "tokens"}) {
    EXPECT_TRUE(names_secret(name)) << name;
  }
  for (const char *name : {"", "_", "key", "keyword", "token_type", "secretary", "tokenizer",
                           "password_changed_at", "monkey", "api", "primary_key", "passport"}) {
    EXPECT_FALSE(names_secret(name)) << name;
  }
}

TEST(SecretMembers, GoAtAnyDepthAndInTheirPlaceNothingComes) {
  EXPECT_EQ(cleaned("{}", R"({"id":1,"token":"x","channel_data":{"name":"n","access_token":"x"},)"
                          R"("rows":[{"a":[{"apiKey":["x"],"b":2}]}],"secret":{"c":1}})"),
            R"({"id":1,"channel_data":{"name":"n"},"rows":[{"a":[{"b":2}]}]})");
}

TEST(SecretMembers, StayWhereTheSchemaNamesThem) {
  EXPECT_EQ(cleaned(R"({"properties": {"token": {}, "bots": {"items": {"$ref": "#/$defs/bot"}}}})",
                    R"({"token":"a","bots":[{"token":"b","secret":"c"}],"password":"d"})"),
            R"({"token":"a","bots":[{"token":"b"}]})");
  EXPECT_EQ(cleaned(R"({"oneOf": [{"properties": {"token": {}}}, {}]})", R"({"token":"a"})"),
            R"({"token":"a"})");
}

TEST(SecretMembers, TheNamesOfAMapAreTheUsersOwn) {
  EXPECT_EQ(
      cleaned(R"({"properties": {"variables": {"additionalProperties": true},
                                       "counts": {"additionalProperties": {"type": "object"}}}})",
              R"({"variables":{"token":"a","x":{"secret":"b"}},)"
              R"("counts":{"secret":{"n":1,"token":"c"}},"other":{"token":"d"}})"),
      R"({"variables":{"token":"a","x":{"secret":"b"}},"counts":{"secret":{"n":1}},"other":{}})");
}

TEST(SecretMembers, WhatOpensNothingStays) {
  EXPECT_EQ(cleaned("{}", R"({"token":true,"password":null,"tokens":12})"),
            R"({"token":true,"password":null,"tokens":12})");
}

TEST(SecretMembers, TextWithoutThemIsGivenBackAsItIs) {
  for (const char *text : {"", R"({ "a": 0.10 })", R"({ "key": 12345678901234567890123 })"}) {
    EXPECT_EQ(cleaned("{}", text), text);
  }
}

TEST(SecretMembers, ASampleIsAListOfWhatEventsHold) {
  constexpr std::string_view schema = R"({"properties": {"token": {}}})";
  EXPECT_EQ(cleaned(schema, R"({"items":[{"token":"a","secret":"b"}]})", CPI_KIND_SAMPLE),
            R"({"items":[{"token":"a"}]})");
  EXPECT_EQ(cleaned(schema, R"({"token":"a","secret":"b"})", CPI_KIND_POLL, true),
            R"({"token":"a"})");
}

}  // namespace
