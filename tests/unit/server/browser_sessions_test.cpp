#include "server/browser_sessions.hpp"

#include <gtest/gtest.h>

#include <string>

namespace host::server {
namespace {

class Sessions : public testing::Test {
 protected:
  BrowserSessions::Time now{};
  BrowserSessions sessions{[this] { return now; }};
  bool found(const BrowserSessions::Opened &opened) {
    return sessions.find(opened.cookie, opened.key).has_value();
  }
};

TEST_F(Sessions, AreOpenedByALinkOnce) {
  const std::string link = sessions.new_link();
  EXPECT_FALSE(sessions.open(""));
  EXPECT_FALSE(sessions.open(link + 'x'));
  const auto opened = sessions.open(link);
  ASSERT_TRUE(opened);
  EXPECT_NE(opened->cookie, link);
  EXPECT_NE(opened->key, link);
  EXPECT_NE(opened->key, opened->cookie);
  EXPECT_FALSE(sessions.open(link));
  EXPECT_TRUE(found(*opened));
}

TEST_F(Sessions, LinksEnd) {
  const std::string link = sessions.new_link(std::chrono::minutes{1});
  now += std::chrono::minutes{1};
  EXPECT_FALSE(sessions.open(link));
}

TEST_F(Sessions, AreCookieAndKeyTogether) {
  const auto first = sessions.open(sessions.new_link());
  const auto second = sessions.open(sessions.new_link());
  EXPECT_TRUE(found(*first));
  EXPECT_FALSE(sessions.find(first->cookie, second->key));
  EXPECT_FALSE(sessions.find(first->cookie, ""));
  EXPECT_FALSE(sessions.find(first->cookie, first->cookie));
  EXPECT_FALSE(sessions.find("", first->key));
  EXPECT_FALSE(sessions.find(first->key, first->key));
  EXPECT_FALSE(sessions.find("", ""));
  EXPECT_TRUE(sessions.lasts(first->cookie, first->key));
  EXPECT_FALSE(sessions.lasts(first->cookie, second->key));
}

TEST_F(Sessions, LastWhileTheyAreUsed) {
  const auto opened = sessions.open(sessions.new_link());
  for (int i = 0; i < 5; ++i) {
    now += BrowserSessions::idle_lifetime - std::chrono::seconds{1};
    EXPECT_TRUE(found(*opened));
  }
  now += BrowserSessions::idle_lifetime - std::chrono::seconds{1};
  EXPECT_TRUE(sessions.lasts(opened->cookie, opened->key)) << "which does not renew it";
  now += std::chrono::seconds{1};
  EXPECT_FALSE(sessions.lasts(opened->cookie, opened->key));
  EXPECT_FALSE(found(*opened));
}

TEST_F(Sessions, AreClosed) {
  const auto opened = sessions.open(sessions.new_link());
  sessions.close("another");
  EXPECT_TRUE(found(*opened));
  sessions.close(opened->cookie);
  EXPECT_FALSE(found(*opened));
}

TEST_F(Sessions, AreBoundedAndTheOneIdleLongestGoes) {
  const auto first = sessions.open(sessions.new_link());
  now += std::chrono::seconds{1};
  const auto second = sessions.open(sessions.new_link());
  for (std::size_t i = 2; i <= BrowserSessions::most_sessions; ++i) {
    now += std::chrono::seconds{1};
    sessions.open(sessions.new_link());
  }
  EXPECT_FALSE(found(*first));
  EXPECT_TRUE(found(*second));
  const std::string oldest = sessions.new_link(std::chrono::seconds{10});
  for (std::size_t i = 0; i < BrowserSessions::most_links; ++i)
    sessions.new_link(std::chrono::seconds{20});
  EXPECT_FALSE(sessions.open(oldest));
}

TEST_F(Sessions, TheTokenForProgramsIsAnother) {
  EXPECT_TRUE(sessions.is_bearer(std::string(sessions.bearer())));
  EXPECT_FALSE(sessions.is_bearer(""));
  EXPECT_FALSE(sessions.is_bearer(std::string(sessions.bearer()) + 'x'));
  EXPECT_FALSE(sessions.find(sessions.bearer(), sessions.bearer()));
  EXPECT_FALSE(sessions.is_bearer(sessions.open(sessions.new_link())->key));
}

}  // namespace
}  // namespace host::server
