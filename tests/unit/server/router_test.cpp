#include "server/router.hpp"

#include <gtest/gtest.h>

#include <string>

namespace host::server {
namespace {

class Routes : public testing::Test {
 protected:
  Routes() {
    router.add("GET", "/api/triggers", "list");
    router.add("POST", "/api/triggers", "add");
    router.add("GET", "/api/triggers/{trigger}", "show");
    router.add("POST", "/api/connections/{connection}/actions/{action}/run", "run");
  }
  std::string found(std::string_view method, std::string_view path) const {
    const auto match = router.find(method, path);
    return match.handler == nullptr ? "nothing" : *match.handler;
  }
  Router<std::string> router;
};

TEST_F(Routes, AreFoundByMethodAndWholePath) {
  EXPECT_EQ(found("GET", "/api/triggers"), "list");
  EXPECT_EQ(found("POST", "/api/triggers"), "add");
  EXPECT_EQ(found("HEAD", "/api/triggers"), "list");
  EXPECT_EQ(found("GET", "/api/triggers/trg_1"), "show");
  for (const char *path : {"", "/", "/api", "/api/trigger", "/api/triggers/", "/api/triggers/a/b",
                           "//api/triggers", "/api//triggers", "/API/triggers"})
    EXPECT_EQ(found("GET", path), "nothing") << path;
}

TEST_F(Routes, GiveTheirSegments) {
  const auto match = router.find("POST", "/api/connections/con_1/actions/list.add/run");
  ASSERT_NE(match.handler, nullptr);
  EXPECT_EQ(match.values.at("connection"), "con_1");
  EXPECT_EQ(match.values.at("action"), "list.add");
}

TEST_F(Routes, AreListedAsTheyWereAdded) {
  std::vector<std::string> all;
  router.for_each(
      [&](const std::string &method, const std::string &pattern, const std::string &handler) {
        all.push_back(method + ' ' + pattern + ' ' + handler);
      });
  EXPECT_EQ(all, (std::vector<std::string>{
                     "GET /api/triggers list", "POST /api/triggers add",
                     "GET /api/triggers/{trigger} show",
                     "POST /api/connections/{connection}/actions/{action}/run run"}));
}

TEST_F(Routes, SayWhichMethodsAPathHas) {
  const auto match = router.find("DELETE", "/api/triggers");
  EXPECT_EQ(match.handler, nullptr);
  EXPECT_EQ(match.methods, (std::vector<std::string>{"GET", "POST"}));
  EXPECT_TRUE(router.find("DELETE", "/nothing").methods.empty());
}

}  // namespace
}  // namespace host::server
