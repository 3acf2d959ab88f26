#include "server/callers.hpp"

#include <gtest/gtest.h>

#include <string>

#include "../store/fixture.hpp"
#include "control/program_tokens.hpp"

namespace host::server {
namespace {

class CallersOfTheApi : public testing::Test {
 protected:
  static IncomingRequest with(std::string authorization) {
    IncomingRequest request;
    request.method = "GET";
    request.path = request.target = "/api/server";
    request.headers.emplace("authorization", std::move(authorization));
    return request;
  }
  static IncomingRequest with_token(const Secret &token) {
    return with("Bearer " + std::string(token.reveal()));
  }
  void add_session(IncomingRequest &request) {
    const auto opened = sessions.open(store);
    request.headers.emplace("cookie", std::string(session_cookie) + '=' + opened.cookie);
    request.headers.emplace(session_key_header, opened.key);
  }
  Secret created(const std::string &name, TokenScope scope, std::int64_t expires_at = 0) {
    return create_program_token(store, name, scope, now, expires_at);
  }

  std::int64_t now = 1'800'000'000'000;
  host::test::Folder folder;
  SqliteStore store{folder.path()};
  BrowserSessions sessions{folder.path()};
  Callers callers{sessions, folder.path(), false, [this] { return now; }};
};

TEST_F(CallersOfTheApi, AreProgramsWithTheScopeOfTheirToken) {
  for (const auto &[scope, does] :
       {std::pair{TokenScope::read, 1}, {TokenScope::run, 2}, {TokenScope::admin, 3}}) {
    const Caller caller = callers.of(with_token(created(std::string(to_string(scope)), scope)));
    EXPECT_EQ(caller.kind, Caller::Kind::token);
    EXPECT_EQ(caller.token->name, to_string(scope));
    EXPECT_TRUE(caller.may(std::nullopt));
    EXPECT_EQ(caller.may(TokenScope::read), does >= 1);
    EXPECT_EQ(caller.may(TokenScope::run), does >= 2);
    EXPECT_EQ(caller.may(TokenScope::admin), does >= 3);
  }
}

TEST_F(CallersOfTheApi, AreNobodyWithATokenThatIsRevokedByAnotherProcess) {
  const Secret token = created("backup", TokenScope::read);
  EXPECT_TRUE(callers.of(with_token(token)).scope);
  SqliteStore other{folder.path()};
  revoke_program_token(other, "backup");
  const Caller caller = callers.of(with_token(token));
  EXPECT_FALSE(caller.scope);
  EXPECT_FALSE(caller.may(TokenScope::read));
  EXPECT_NE(caller.refused_token.find("revoked"), std::string::npos);
  EXPECT_FALSE(callers.of(with_token(token)).scope) << "nor does a stream go on";
}

TEST_F(CallersOfTheApi, AreNobodyWithATokenThatHasExpired) {
  const Secret token = created("backup", TokenScope::admin, now + 60'000);
  now += 59'999;
  EXPECT_TRUE(callers.of(with_token(token)).scope);
  EXPECT_TRUE(callers.of(with_token(token)).scope);
  now += 1;
  const Caller caller = callers.of(with_token(token));
  EXPECT_FALSE(caller.scope);
  EXPECT_NE(caller.refused_token.find("\"backup\" expired at 20"), std::string::npos);
  EXPECT_FALSE(callers.of(with_token(token)).scope);
}

TEST_F(CallersOfTheApi, SessionsBesideATokenDoNotCount) {
  IncomingRequest request = with_token(created("reader", TokenScope::read));
  add_session(request);
  EXPECT_EQ(callers.of(request).kind, Caller::Kind::token);
  EXPECT_FALSE(callers.of(request).may(TokenScope::run));
  for (const char *authorization : {"Bearer x", "Bearer ", "bearer", "BEARER x"}) {
    IncomingRequest wrong = with(authorization);
    add_session(wrong);
    EXPECT_EQ(callers.of(wrong).kind, Caller::Kind::nobody) << authorization;
    EXPECT_FALSE(callers.of(wrong).scope) << authorization;
  }
}

TEST_F(CallersOfTheApi, AProxysOwnPasswordLeavesTheSession) {
  for (const char *authorization : {"Basic bmluYTpuaW5h", "Bearers x", ""}) {
    IncomingRequest request = with(authorization);
    EXPECT_EQ(callers.of(request).kind, Caller::Kind::nobody) << authorization;
    add_session(request);
    EXPECT_EQ(callers.of(request).kind, Caller::Kind::session) << authorization;
    EXPECT_TRUE(callers.of(request).may(TokenScope::admin));
  }
}

TEST_F(CallersOfTheApi, TheNameOfTheSchemeHasNoCase) {
  const Secret token = created("backup", TokenScope::read);
  for (const char *scheme : {"Bearer ", "bearer ", "BEARER  "})
    EXPECT_EQ(callers.of(with(scheme + std::string(token.reveal()))).kind, Caller::Kind::token)
        << scheme;
}

TEST_F(CallersOfTheApi, BehindTlsTheCookieHasTheNameThatOnlyThisHostCanSet) {
  Callers behind_tls{sessions, folder.path(), true};
  const auto opened = sessions.open(store);
  const auto kind = [&](Callers &of, const std::string &name) {
    IncomingRequest request;
    request.headers.emplace("cookie", name + '=' + opened.cookie);
    request.headers.emplace(session_key_header, opened.key);
    return of.of(request).kind;
  };
  EXPECT_EQ(kind(behind_tls, "__Host-connector_session"), Caller::Kind::session);
  EXPECT_EQ(kind(behind_tls, "connector_session"), Caller::Kind::nobody);
  EXPECT_EQ(kind(callers, "connector_session"), Caller::Kind::session);
}

TEST_F(CallersOfTheApi, TheTokenOfTheDataFolderMayDoEverything) {
  const Caller caller = callers.of(with("Bearer " + std::string(sessions.bearer())));
  EXPECT_EQ(caller.kind, Caller::Kind::data_folder);
  EXPECT_TRUE(caller.may(TokenScope::admin));
}

}  // namespace
}  // namespace host::server
