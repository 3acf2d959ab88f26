#include "auth/redirect_page.hpp"

#include <gtest/gtest.h>

#include <string>

#include "auth/pkce.hpp"

namespace host {
namespace {

TEST(RedirectPageTest, WhatItIsGivenStaysText) {
  const RedirectPage page{400, "<script>alert(1)</script>", R"("><img src=x onerror='x'>&amp;)"};
  const std::string html = page.html();
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_EQ(html.find("<img"), std::string::npos);
  EXPECT_NE(html.find("&lt;script&gt;alert(1)&lt;/script&gt;"), std::string::npos);
  EXPECT_NE(html.find("&quot;&gt;&lt;img src=x onerror=&#39;x&#39;&gt;&amp;amp;"),
            std::string::npos);
}

TEST(RedirectPageTest, ThePolicyAllowsItsOwnStyleAndNothingElse) {
  const std::string html = RedirectPage{}.html();
  const std::size_t from = html.find("<style>") + 7;
  // pkce_challenge is base64url(SHA-256(x)); the policy has plain base64 with padding.
  std::string hash = pkce_challenge(html.substr(from, html.find("</style>") - from)) + '=';
  for (char &c : hash) c = c == '-' ? '+' : c == '_' ? '/' : c;
  const std::string &policy = RedirectPage::content_security_policy();
  EXPECT_NE(policy.find("style-src 'sha256-" + hash + "'"), std::string::npos) << policy;
  EXPECT_EQ(policy.find("default-src 'none'"), 0u);
  EXPECT_EQ(policy.find("unsafe"), std::string::npos);
}

}  // namespace
}  // namespace host
