#include "server/oauth_flows.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace host::server {
namespace {

class Flows : public testing::Test {
 protected:
  std::shared_ptr<OAuthFlow> add(const std::string &id,
                                 std::chrono::seconds lifetime = std::chrono::seconds{600}) {
    cpi::manifest::AuthMethod method;
    method.type = "oauth2_authorization_code";
    EndpointSettings settings;
    settings.authorize_url = "https://service.example/authorize?a=1";
    auto flow = std::make_shared<OAuthFlow>();
    flow->id = id;
    flow->plugin = "service";
    flow->method = "oauth";
    flow->browser = "browser of " + id;
    flow->input = SecretObject({{"client_secret", "s3cret"}});
    flow->code = std::make_unique<AuthorizationCode>(method, settings, "client",
                                                     "http://127.0.0.1:1/callback");
    flow->until = std::chrono::steady_clock::now() + lifetime;
    flows.add(flow);
    return flow;
  }
  static std::string state_of(const OAuthFlow &flow) { return state_in(flow.code->url()); }

  OAuthFlows flows;
};

TEST_F(Flows, AreTakenOnceByTheirStateAndBrowser) {
  const auto first = add("one");
  const auto second = add("two");
  const std::string state = state_of(*first);
  EXPECT_NE(state, state_of(*second));
  EXPECT_EQ(flows.take("", first->browser), nullptr);
  EXPECT_EQ(flows.take(state, ""), nullptr);
  EXPECT_EQ(flows.take(state, second->browser), nullptr);
  EXPECT_EQ(flows.take(state, first->browser), first);
  EXPECT_EQ(flows.take(state, first->browser), nullptr);
}

TEST_F(Flows, EndByTime) {
  const auto flow = add("one", std::chrono::seconds{0});
  EXPECT_EQ(flows.take(state_of(*flow), flow->browser), nullptr);
}

TEST_F(Flows, LetTheirSecretsGo) {
  const auto flow = add("one");
  flows.take(state_of(*flow), flow->browser);
  flows.finished(flow, "con_1", {"a note"});
  EXPECT_TRUE(flow->input.object().empty());
  EXPECT_EQ(flow->code, nullptr);
  const auto shown = flows.show("one");
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->at("state").as_string(), "done");
  EXPECT_EQ(shown->at("connection").as_string(), "con_1");
  EXPECT_EQ(shown->at("notes").as_array().size(), 1U);
  EXPECT_FALSE(flows.show("two"));
}

TEST_F(Flows, AreGivenUp) {
  const auto flow = add("one");
  EXPECT_TRUE(flows.cancel("one"));
  EXPECT_FALSE(flows.cancel("one"));
  EXPECT_EQ(flows.take(state_of(*flow), flow->browser), nullptr);
}

TEST_F(Flows, AreBounded) {
  const auto first = add("first", std::chrono::seconds{1});
  for (std::size_t i = 0; i < OAuthFlows::most; ++i) add("more" + std::to_string(i));
  EXPECT_FALSE(flows.show("first"));
}

TEST(StateIn, IsTheParameterOfThatName) {
  EXPECT_EQ(state_in("https://x/?state=abc&y=1"), "abc");
  EXPECT_EQ(state_in("https://x/?y=1&state=abc#z"), "abc");
  EXPECT_EQ(state_in("https://x/?mystate=abc"), "");
  EXPECT_EQ(state_in(""), "");
}

}  // namespace
}  // namespace host::server
