#include "server/gate.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <string>

namespace host::server {
namespace {

class AtTheGate : public testing::Test {
 protected:
  HttpRequest request(std::string method, std::string path) const {
    HttpRequest out;
    out.method = std::move(method);
    out.path = path;
    out.target = std::move(path);
    out.headers.emplace("host", "127.0.0.1:7117");
    return out;
  }
  HttpRequest signed_in(std::string method, std::string path) {
    HttpRequest out = request(std::move(method), std::move(path));
    out.headers.emplace("cookie", "other=1; connector_session=" + cookie);
    if (out.method != "GET") out.headers.emplace("x-csrf-token", sessions.find(cookie)->csrf);
    return out;
  }
  std::string refused_class(const HttpRequest &asked) {
    const auto answer = gate.check(asked);
    if (!answer) return "passed";
    return std::string(boost::json::parse(answer->body).at("error").at("class").as_string());
  }

  BrowserSessions sessions;
  Gate gate{sessions, parse_origin("http://127.0.0.1:7117")};
  std::string cookie = *sessions.open(sessions.new_link());
};

TEST_F(AtTheGate, TheApiNeedsASession) {
  EXPECT_EQ(refused_class(request("GET", "/api/server")), "no_session");
  EXPECT_EQ(refused_class(request("GET", "/api/nothing")), "no_session");
  EXPECT_EQ(refused_class(request("GET", "/metrics")), "no_session");
  EXPECT_EQ(refused_class(signed_in("GET", "/api/server")), "passed");
  EXPECT_EQ(refused_class(request("GET", "/")), "passed");
  EXPECT_EQ(refused_class(request("GET", "/apix")), "passed");
}

TEST_F(AtTheGate, AWriteNeedsTheTokenOfItsOwnSession) {
  HttpRequest asked = signed_in("POST", "/api/triggers");
  EXPECT_EQ(refused_class(asked), "passed");
  asked.headers.erase("x-csrf-token");
  EXPECT_EQ(refused_class(asked), "no_csrf");
  const std::string other = *sessions.open(sessions.new_link());
  asked.headers.emplace("x-csrf-token", sessions.find(other)->csrf);
  EXPECT_EQ(refused_class(asked), "no_csrf");
  for (const char *method : {"PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}) {
    HttpRequest without = signed_in(method, "/api/triggers");
    without.headers.erase("x-csrf-token");
    EXPECT_EQ(refused_class(without), "no_csrf") << method;
  }
}

TEST_F(AtTheGate, ProgramsNeedTheTokenOfTheDataFolderOnly) {
  HttpRequest asked = request("POST", "/api/triggers");
  asked.headers.emplace("authorization", "Bearer " + std::string(sessions.bearer()));
  EXPECT_EQ(refused_class(asked), "passed");
  asked.headers.find("authorization")->second += 'x';
  EXPECT_EQ(refused_class(asked), "no_session");
}

TEST_F(AtTheGate, ABodyIsJson) {
  HttpRequest asked = signed_in("POST", "/api/triggers");
  asked.headers.emplace("content-length", "2");
  EXPECT_EQ(refused_class(asked), "invalid_input");
  const auto type = asked.headers.emplace("content-type", "text/plain");
  EXPECT_EQ(refused_class(asked), "invalid_input");
  type->second = "application/jsonp";
  EXPECT_EQ(refused_class(asked), "invalid_input");
  type->second = "application/json; charset=utf-8";
  EXPECT_EQ(refused_class(asked), "passed");
  asked.headers.emplace("content-encoding", "gzip");
  EXPECT_EQ(refused_class(asked), "invalid_input");
}

TEST_F(AtTheGate, OtherNamesAndOriginsGetNothing) {
  HttpRequest asked = signed_in("GET", "/api/server");
  asked.headers.emplace("origin", "http://evil.example");
  EXPECT_EQ(refused_class(asked), "forbidden");
  asked = signed_in("GET", "/");
  asked.headers.find("host")->second = "evil.example:7117";
  EXPECT_EQ(refused_class(asked), "forbidden");
}

TEST_F(AtTheGate, ALinkOpensASession) {
  HttpRequest asked = request("GET", "/");
  asked.query.emplace("token", sessions.new_link());
  const auto opened = gate.check(asked);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->status, 303);
  const auto again = gate.check(asked);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->status, 403);
  // Who is in already is not shown the door.
  HttpRequest inside = signed_in("GET", "/");
  inside.query = asked.query;
  EXPECT_EQ(gate.check(inside)->status, 303);
}

TEST_F(AtTheGate, CookiesAreSecureBehindTls) {
  Gate behind(sessions, parse_origin("https://hooks.example"));
  HttpRequest asked = request("GET", "/");
  asked.headers.find("host")->second = "hooks.example";
  asked.query.emplace("token", sessions.new_link());
  const auto opened = behind.check(asked);
  ASSERT_TRUE(opened);
  std::string set;
  for (const auto &[name, value] : opened->headers)
    if (name == "Set-Cookie") set = value;
  EXPECT_TRUE(set.ends_with("; HttpOnly; SameSite=Strict; Secure")) << set;
}

}  // namespace
}  // namespace host::server
