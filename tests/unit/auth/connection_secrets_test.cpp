#include "auth/connection_secrets.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <set>
#include <string>

#include "data_folder.hpp"

namespace host {
namespace {

using test::key_of;

TEST(ConnectionSecrets, InputAndTokensComeBack) {
  const SealingKey key = key_of(1);
  ConnectionRecord row;
  row.id = "con_1";
  row.sealed_input =
      seal_input(key, row.id, {{"client_id", "me"}, {"nested", {{"a/b", "deep"}}}}, {});
  TokenSet tokens;
  tokens.access_token = Secret("access");
  tokens.refresh_token = Secret("refresh");
  tokens.lifetime = std::chrono::seconds{3600};
  tokens.expires_at_unix_ms = 1'700'000'000'000;
  row.sealed_tokens = seal_tokens(key, row.id, tokens);

  const SecretObject input = open_input(key, row);
  EXPECT_EQ(input.object().size(), 2u) << "what was given, and nothing else";
  EXPECT_EQ(input.text("client_id"), "me");
  EXPECT_EQ(input.text("nested"), "");
  EXPECT_EQ(input.text_at("/nested/a~1b"), "deep");
  EXPECT_EQ(input.text_at("/nowhere/at/all"), "");
  EXPECT_EQ(input.text_at("no pointer"), "");
  const auto opened = open_tokens(key, row);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->access_token.reveal(), "access");
  EXPECT_EQ(opened->refresh_token.reveal(), "refresh");
  EXPECT_EQ(opened->lifetime, tokens.lifetime);
  EXPECT_EQ(opened->expires_at_unix_ms, tokens.expires_at_unix_ms);
}

TEST(ConnectionSecrets, RowsAndColumnsCannotBeSwapped) {
  const SealingKey key = key_of(1);
  ConnectionRecord one;
  one.id = "con_1";
  one.sealed_input = seal_input(key, one.id, {}, {});
  ConnectionRecord two = one;
  two.id = "con_2";
  EXPECT_THROW(open_input(key, two), SealError);
  one.sealed_tokens = one.sealed_input;
  EXPECT_THROW(open_tokens(key, one), SealError);
}

TEST(ConnectionSecrets, TheAddressesAreSealedWithTheInput) {
  const SealingKey key = key_of(1);
  ConnectionRecord row;
  row.id = "con_1";
  row.plugin = "authy";
  row.method = "oauth";
  row.settings = R"({"token_url":"https://mine.example/t","scopes":["a","b"]})";
  const SealedEndpoints sealed =
      sealed_endpoints(row, {"https://mine.example/t", "a b", "https://service.example/a"});
  row.sealed_input = seal_input(key, row.id, {{"client_id", "me"}}, sealed);
  const auto opened = open_secrets(key, row).endpoints;
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->token_url, "https://mine.example/t");
  EXPECT_EQ(opened->authorize_url, "https://service.example/a");

  const auto refused = [&](ConnectionRecord changed) -> std::string {
    try {
      (void)open_secrets(key, changed);
    } catch (const SealError &error) {
      EXPECT_EQ(error.kind, SealError::Kind::endpoints);
      return error.what();
    }
    return "nothing was refused";
  };
  ConnectionRecord changed = row;
  changed.settings = R"({"scopes":["a","b"],"token_url":"https://mine.example/t"})";
  EXPECT_NO_THROW(open_secrets(key, changed)) << "the same in another order";
  for (const auto &[settings, member] :
       {std::pair{R"({"token_url":"https://evil.example/t","scopes":["a","b"]})", "token_url"},
        {R"({"scopes":["a","b"]})", "token_url"},
        {"{}", "token_url"},
        {"", "token_url"},
        {R"({"token_url":"https://mine.example/t","scopes":["a","b","c"]})", "scopes"},
        {R"({"token_url":"https://mine.example/t","scopes":["a","b"],"authorize_url":"https://x"})",
         "authorize_url"},
        {"[]", "settings"},
        {"{", "settings"}}) {
    changed.settings = settings;
    EXPECT_NE(refused(changed).find(member), std::string::npos) << settings;
  }
  changed = row;
  changed.plugin = "other";
  EXPECT_NE(refused(changed).find("plugin"), std::string::npos);
  changed = row;
  changed.method = "app";
  EXPECT_NE(refused(changed).find("method"), std::string::npos);
}

TEST(ConnectionSecrets, NoTokensYet) {
  const ConnectionRecord row;
  EXPECT_FALSE(open_tokens(key_of(1), row));
}

TEST(ConnectionSecrets, SealedRubbishIsDamageAndNothingWorse) {
  const SealingKey key = key_of(1);
  ConnectionRecord row;
  row.id = "con_1";
  for (const auto *text : {"", "[]", "{", "7"}) {
    row.sealed_input = key.seal({row.id, "input"}, text);
    EXPECT_THROW(open_input(key, row), SealError) << text;
  }
  for (const auto *text :
       {"", "{}", R"({"access_token":"a"})", R"({"access_token":7,"lifetime_s":1,"expires_at":1})",
        R"({"access_token":"a\nb","lifetime_s":1,"expires_at":1})"}) {
    row.sealed_tokens = key.seal({row.id, "tokens"}, text);
    EXPECT_THROW(open_tokens(key, row), SealError) << text;
  }
}

TEST(ConnectionSecrets, Ids) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = new_connection_id();
    EXPECT_TRUE(id.starts_with("con_"));
    EXPECT_EQ(id.size(), 24u);
    EXPECT_TRUE(std::all_of(id.begin() + 4, id.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    }));
    EXPECT_TRUE(seen.insert(id).second);
  }
}

}  // namespace
}  // namespace host
