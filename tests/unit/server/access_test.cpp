#include "server/access.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace host::server {
namespace {

const Origin own = parse_origin("http://127.0.0.1:7117");

Access of_host(std::string_view host, bool landing = false, std::string_view method = "GET") {
  return check_access(
      {.method = method, .host = host, .origin = {}, .fetch_site = {}, .landing = landing}, own);
}

Access of_origin(std::string_view origin, std::string_view site = {}, bool landing = false) {
  return check_access({.method = "POST",
                       .host = "127.0.0.1:7117",
                       .origin = origin,
                       .fetch_site = site,
                       .landing = landing},
                      own);
}

TEST(ParseOrigin, TakesSchemeAndAuthorityAsBrowsersWriteThem) {
  EXPECT_EQ(parse_origin("https://Hooks.Example/").text(), "https://hooks.example");
  EXPECT_EQ(parse_origin("https://hooks.example:443").text(), "https://hooks.example");
  EXPECT_EQ(parse_origin("http://[::1]:80").text(), "http://[::1]");
  EXPECT_TRUE(parse_origin("https://hooks.example").secure());
  for (const char *wrong : {"", "hooks.example", "ftp://x", "https://", "https://x/y",
                            "https://a b", "https://x?y", "https://u@x"})
    EXPECT_THROW(parse_origin(wrong), std::invalid_argument) << wrong;
}

TEST(OwnOrigin, IsUnencryptedOnThisMachineOnly) {
  EXPECT_EQ(own_origin("", "127.0.0.1", 7117).text(), "http://127.0.0.1:7117");
  EXPECT_EQ(own_origin("", "127.1.2.3", 7117).text(), "http://127.1.2.3:7117");
  EXPECT_EQ(own_origin("", "::1", 7117).text(), "http://[::1]:7117");
  for (const char *address : {"0.0.0.0", "::", "192.168.1.2", "localhost", "127.evil.example"})
    EXPECT_THROW(own_origin("", address, 7117), std::invalid_argument) << address;

  EXPECT_EQ(own_origin("https://hooks.example", "0.0.0.0", 1).text(), "https://hooks.example");
  for (const char *near : {"http://127.0.0.1:7117", "http://127.255.0.9", "http://[::1]:7117",
                           "http://localhost", "http://localhost:8080"})
    EXPECT_EQ(own_origin(near, "0.0.0.0", 1).text(), near);
  for (const char *open :
       {"http://hooks.example", "http://192.168.1.2:7117", "http://0.0.0.0:7117", "http://[::]",
        "http://127.0.0.1.evil.example", "http://127.1", "http://localhost.evil.example",
        "http://[::ffff:127.0.0.1]", "http://[::1", "HTTP://Hooks.Example"})
    EXPECT_THROW(own_origin(open, "127.0.0.1", 1), std::invalid_argument) << open;
}

TEST(LinkTo, HasItsTokenWhereNoServerSeesIt) {
  EXPECT_EQ(link_to(own, "abc"), "http://127.0.0.1:7117/#/open/abc");
}

TEST(Access, IsByTheExactHostOnly) {
  EXPECT_EQ(of_host("127.0.0.1:7117"), Access::allowed);
  for (const char *host : {"", "127.0.0.1", "127.0.0.1:7118", "127.0.0.1:7117.evil.example",
                           "evil.example:7117", "[::1]:7117", "127.0.0.1:7117,evil.example"})
    EXPECT_EQ(of_host(host), Access::wrong_host) << host;
}

TEST(Access, SendsPagesFromLocalhostToTheOneOrigin) {
  EXPECT_EQ(of_host("localhost:7117", true), Access::other_name);
  EXPECT_EQ(of_host("LocalHost:7117", true), Access::other_name);
  EXPECT_EQ(of_host("localhost:7117"), Access::wrong_host);
  EXPECT_EQ(of_host("localhost:7117", true, "POST"), Access::wrong_host);
  EXPECT_EQ(of_host("localhost:1", true), Access::wrong_host);
  EXPECT_EQ(localhost_of(parse_origin("http://[::1]:7117")), "localhost:7117");
  EXPECT_EQ(localhost_of(parse_origin("https://hooks.example")), "");
  EXPECT_EQ(localhost_of(parse_origin("http://127.0.0.1.evil.example:80")), "");
}

TEST(Access, IsForNoOtherOrigin) {
  EXPECT_EQ(of_origin(""), Access::allowed);
  EXPECT_EQ(of_origin("http://127.0.0.1:7117", "same-origin"), Access::allowed);
  EXPECT_EQ(of_origin("", "none"), Access::allowed);
  for (const char *origin : {"null", "http://evil.example", "https://127.0.0.1:7117",
                             "http://127.0.0.1:7118", "http://localhost:7117"})
    EXPECT_EQ(of_origin(origin), Access::wrong_origin) << origin;
  EXPECT_EQ(of_origin("", "cross-site"), Access::wrong_origin);
  EXPECT_EQ(of_origin("", "same-site"), Access::wrong_origin);
}

TEST(Access, LetsAPersonComeToAPageFromElsewhere) {
  EXPECT_EQ(of_origin("", "cross-site", true), Access::allowed);
  EXPECT_EQ(of_origin("http://evil.example", "cross-site", true), Access::wrong_origin);
}

}  // namespace
}  // namespace host::server
