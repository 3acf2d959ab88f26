// Which URLs may be requested.
#include "exchange/allowed_hosts.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace host {
namespace {

TEST(AllowedHosts, AllowsListedHostsOverHttps) {
  const AllowedHosts hosts({"api.sendpulse.com", "localhost:8443", "secure.example.com:443"});
  for (const char *url : {
           "https://api.sendpulse.com",
           "https://api.sendpulse.com/",
           "https://api.sendpulse.com/a",
           "https://api.sendpulse.com?a=b",
           "https://api.sendpulse.com:443/a",
           "HTTPS://API.SendPulse.com/a",
           "https://localhost:8443/a",
           "https://secure.example.com/a",
           "https://api.sendpulse.com/a.b/..c/...?x=/../",
           "https://api.sendpulse.com/emails/a%40b.c%2Fd",
           "https://api.sendpulse.com/a//b",
           "https://api.sendpulse.com/a@b?c@d:e",
       })
    EXPECT_EQ(hosts.refuse(url), std::nullopt) << url;
}

TEST(AllowedHosts, RefusesEverythingElseWithAReason) {
  struct Case {
    std::string url;
    const char *reason;  // a part of it
  };
  const std::vector<Case> cases{
      {"", "not https"},
      {"/relative", "not https"},
      {"http://api.sendpulse.com/", "not https"},
      {"file:///etc/passwd", "not https"},
      {"//api.sendpulse.com/", "not https"},
      {"https:/api.sendpulse.com/", "not https"},
      {"https://evil.com/", "'evil.com' is not among"},
      {"https://169.254.169.254/latest", "'169.254.169.254' is not among"},
      {"https://api.sendpulse.com.evil.com/", "not among"},
      {"https://api.sendpulse.com.", "not among"},
      {"https://sendpulse.com/", "not among"},
      {"https://evil.com/api.sendpulse.com/", "not among"},
      {"https://api.sendpulse.com:444/", "not among"},
      {"https://api.sendpulse.com:4430/", "not among"},
      {"https://api.sendpulse.com:/", "not among"},
      {"https://localhost/", "not among"},
      {"https://", "not among"},
      {"https:///api.sendpulse.com/", "not among"},
      {"https://api.sendpulse.com@evil.com/", "user name"},
      {"https://user:secret@api.sendpulse.com/", "user name"},
      {"https://api.sendpulse.com%2f@evil.com/", "user name"},
      {"https://api.sendpulse.com%00.evil.com/", "not among"},
      {"https://api.sendpulse.com#@evil.com/", "not among"},
      {"https://api.sendpulse.com/#part", "fragment"},
      {"https://api.sendpulse.com//evil", "empty segment"},
      {"https://api.sendpulse.com/..", "segment"},
      {"https://api.sendpulse.com/.", "segment"},
      {"https://api.sendpulse.com/a/../b", "segment"},
      {"https://api.sendpulse.com/a/./b", "segment"},
      {"https://api.sendpulse.com/..%2f..", "segment"},
      {"https://api.sendpulse.com/a%2F%2e%2E%2fb", "segment"},
      {"https://api.sendpulse.com/a%5c..%5cb", "segment"},
      {"https://api.sendpulse.com/.%2e?a", "segment"},
      {"https://api.sendpulse.com/a\\b", "backslash"},
      {"https:\\\\api.sendpulse.com/", "backslash"},
      {"https://api.sendpulse.com/a b", "space"},
      {" https://api.sendpulse.com/", "space"},
      {"https://api.sendpulse.com/\r\nHost: evil.com", "control"},
      {std::string("https://api.sendpulse.com/\0a", 28), "control"},
      {"https://api.sendpulse.com/\x7f", "control"},
      {"https://api.sendpulse.com/\xc3\xa9", "ASCII"},
  };
  const AllowedHosts hosts({"api.sendpulse.com", "localhost:8443"});
  for (const Case &each : cases) {
    const auto why = hosts.refuse(each.url);
    ASSERT_TRUE(why) << each.url;
    EXPECT_NE(why->find(each.reason), std::string::npos) << each.url << ": " << *why;
    EXPECT_EQ(why->find("secret"), std::string::npos) << *why;
  }
}

TEST(AllowedHosts, AllowsHttpOnlyToLoopbackAndOnlyWhenAsked) {
  const std::vector<std::string> names{"localhost:80", "127.0.0.1:8080", "[::1]:80", "a.example"};
  const AllowedHosts strict(names);
  const AllowedHosts relaxed(names, true);
  EXPECT_TRUE(strict.refuse("http://127.0.0.1:8080/"));
  EXPECT_FALSE(relaxed.refuse("http://127.0.0.1:8080/"));
  EXPECT_FALSE(relaxed.refuse("http://[::1]:80/"));
  EXPECT_TRUE(relaxed.refuse("http://127.0.0.1:8081/"));
  EXPECT_TRUE(relaxed.refuse("http://a.example/"));
}

TEST(AllowedHosts, RefusesAListThatMakesNoSense) {
  for (const char *name : {"", "https://a.example", "a.example/b", "*.Example.com", "a b", "a@b"})
    EXPECT_THROW(AllowedHosts({name}), std::invalid_argument) << name;
  EXPECT_TRUE(AllowedHosts({}).refuse("https://a.example/"));
}

TEST(AllowedHosts, ShowsUrlsInLogsWithoutTheirQuery) {
  EXPECT_EQ(url_host("https://a.example/b?c=d"), "a.example");
  EXPECT_EQ(url_host_and_path("https://a.example/b?c=d"), "a.example/b");
  EXPECT_EQ(url_host_and_path("https://a.example"), "a.example");
  EXPECT_EQ(url_host_and_path("nonsense"), "");
}

}  // namespace
}  // namespace host
