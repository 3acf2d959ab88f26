#include "server/gate.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <string>

#include "../store/fixture.hpp"
#include "control/program_tokens.hpp"

namespace host::server {
namespace {

class AtTheGate : public testing::Test {
 protected:
  IncomingRequest request(std::string method, std::string path) const {
    IncomingRequest out;
    out.method = std::move(method);
    out.path = path;
    out.target = std::move(path);
    out.headers.emplace("host", "127.0.0.1:7117");
    return out;
  }
  IncomingRequest signed_in(std::string method, std::string path) const {
    IncomingRequest out = request(std::move(method), std::move(path));
    out.headers.emplace("cookie", "other=1; connector_session=" + opened.cookie);
    out.headers.emplace("x-session-key", opened.key);
    return out;
  }
  std::string refused_class(const IncomingRequest &asked) {
    const auto answer = gate.check(asked);
    if (!answer) return "passed";
    return std::string(boost::json::parse(answer->body).at("error").at("class").as_string());
  }

  host::test::Folder folder;
  SqliteStore store{folder.path()};
  BrowserSessions sessions{folder.path()};
  Callers callers{sessions, folder.path()};
  Gate gate{callers, parse_origin("http://127.0.0.1:7117"), "Run `connector-host link --open`.",
            sessions.start()};
  BrowserSessions::Opened opened = sessions.open(store);
};

TEST_F(AtTheGate, TheApiNeedsASession) {
  EXPECT_EQ(refused_class(request("GET", "/api/server")), "no_session");
  EXPECT_EQ(refused_class(request("GET", "/api/nothing")), "no_session");
  EXPECT_EQ(refused_class(request("GET", "/metrics")), "no_session");
  EXPECT_EQ(refused_class(signed_in("GET", "/api/server")), "passed");
  EXPECT_EQ(refused_class(request("GET", "/")), "passed");
  EXPECT_EQ(refused_class(request("GET", "/apix")), "passed");
}

TEST_F(AtTheGate, EveryRequestNeedsBothHalvesOfItsOwnSession) {
  for (const char *method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}) {
    IncomingRequest asked = signed_in(method, "/api/triggers");
    EXPECT_EQ(refused_class(asked), "passed") << method;
    IncomingRequest without_cookie = asked;
    without_cookie.headers.erase("cookie");
    EXPECT_EQ(refused_class(without_cookie), "no_session") << method;
    asked.headers.erase("x-session-key");
    EXPECT_EQ(refused_class(asked), "no_session") << method;
    const auto proof = asked.headers.emplace(
        "x-session-proof", BrowserSessions::proof_of(opened.key, sessions.start()));
    EXPECT_EQ(refused_class(asked), "passed") << method;
    proof->second = BrowserSessions::proof_of(opened.key, "another start");
    EXPECT_EQ(refused_class(asked), "no_session") << method;
    asked.headers.emplace("x-session-key", sessions.open(store).key);
    EXPECT_EQ(refused_class(asked), "no_session") << method;
  }
}

TEST_F(AtTheGate, AnonymousClientsSendALinkAndNoMore) {
  IncomingRequest asked = request("POST", "/api/session");
  EXPECT_EQ(refused_class(asked), "too_large") << "of no length that is known";
  const auto length = asked.headers.emplace("content-length", "60");
  EXPECT_EQ(refused_class(asked), "invalid_input") << "not JSON";
  asked.headers.emplace("content-type", "application/json");
  EXPECT_EQ(refused_class(asked), "passed");
  for (const char *wrong : {"1025", "99999999999999999999", "-1", "x", "60,60"}) {
    length->second = wrong;
    EXPECT_EQ(refused_class(asked), "too_large") << wrong;
  }
  length->second = "60";
  asked.headers.emplace("origin", "http://127.0.0.1:7118");
  EXPECT_EQ(refused_class(asked), "forbidden");
}

TEST_F(AtTheGate, ProgramsNeedTheTokenOfTheDataFolderOnly) {
  IncomingRequest asked = request("POST", "/api/triggers");
  asked.headers.emplace("authorization", "Bearer " + std::string(sessions.bearer()));
  EXPECT_EQ(refused_class(asked), "passed");
  asked.headers.find("authorization")->second += 'x';
  EXPECT_EQ(refused_class(asked), "no_session");
}

TEST_F(AtTheGate, ProgramsNeedATokenOnly) {
  const Secret token =
      create_program_token(store, "prometheus", TokenScope::read, unix_ms_now(), 0);
  for (const char *path : {"/metrics", "/api/server"}) {
    IncomingRequest asked = request("GET", path);
    const auto header =
        asked.headers.emplace("authorization", "Bearer " + std::string(token.reveal()));
    EXPECT_EQ(refused_class(asked), "passed") << path;
    header->second.back() = header->second.back() == 'A' ? 'B' : 'A';
    const auto answer = gate.check(asked);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 401);
    EXPECT_EQ(answer->headers.front(), (std::pair<std::string, std::string>{
                                           "WWW-Authenticate", "Bearer error=\"invalid_token\""}));
    EXPECT_EQ(answer->body.find(header->second.substr(7)), std::string::npos);
  }
}

TEST_F(AtTheGate, ATokenDoesNotOpenTheGateForAnotherSite) {
  IncomingRequest asked = request("GET", "/api/server");
  asked.headers.emplace("authorization", "Bearer " + std::string(sessions.bearer()));
  asked.headers.emplace("origin", "http://evil.example");
  EXPECT_EQ(refused_class(asked), "forbidden");
}

TEST_F(AtTheGate, ABodyIsJson) {
  IncomingRequest asked = signed_in("POST", "/api/triggers");
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
  IncomingRequest asked = signed_in("GET", "/api/server");
  asked.headers.emplace("origin", "http://evil.example");
  EXPECT_EQ(refused_class(asked), "forbidden");
  asked = signed_in("GET", "/");
  asked.headers.find("host")->second = "evil.example:7117";
  EXPECT_EQ(refused_class(asked), "forbidden");
}

TEST_F(AtTheGate, WhoHasNoSessionIsToldHowToGetOne) {
  const auto answer = gate.check(request("GET", "/api/server"));
  ASSERT_TRUE(answer);
  EXPECT_NE(answer->body.find("connector-host link --open"), std::string::npos);
  EXPECT_EQ(answer->headers.front(),
            (std::pair<std::string, std::string>{session_start_header, sessions.start()}));
}

}  // namespace
}  // namespace host::server
