#include "server/browser_sessions.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "../store/fixture.hpp"

namespace host::server {
namespace {

using namespace std::chrono_literals;

class Sessions : public testing::Test {
 protected:
  Sessions() { restart(); }
  void restart() {
    sessions.emplace(folder.path(), limits,
                     BrowserSessions::Clocks{[this] { return now; }, [this] { return unix_ms; }});
  }
  void pass(std::chrono::milliseconds span) {
    now += span;
    unix_ms += span.count();
  }
  bool found(const BrowserSessions::Opened &opened) {
    return sessions->find(opened.cookie, {.key = opened.key}).has_value();
  }
  // As a request does.
  bool used(const BrowserSessions::Opened &opened) {
    const auto session = sessions->find(opened.cookie, {.key = opened.key});
    if (session) sessions->note_use(store, *session);
    return session.has_value();
  }

  host::test::Folder folder;
  SqliteStore store{folder.path()};
  BrowserSessions::Time now{};
  std::int64_t unix_ms = 1'800'000'000'000;
  const SessionLimits limits{12h, 30 * 24h};
  std::optional<BrowserSessions> sessions;
};

TEST_F(Sessions, AreOpenedByALinkOnce) {
  const std::string link = sessions->new_link();
  EXPECT_FALSE(sessions->use_link(""));
  EXPECT_FALSE(sessions->use_link(link + 'x'));
  EXPECT_TRUE(sessions->use_link(link));
  EXPECT_FALSE(sessions->use_link(link));
  const auto opened = sessions->open(store);
  EXPECT_NE(opened.key, opened.cookie);
  EXPECT_TRUE(found(opened));
}

TEST_F(Sessions, LinksEnd) {
  const std::string link = sessions->new_link(1min);
  pass(1min);
  EXPECT_FALSE(sessions->use_link(link));
}

TEST_F(Sessions, LinksAreBoundedAndTheOldestGoes) {
  const std::string oldest = sessions->new_link(10s);
  for (std::size_t i = 0; i < BrowserSessions::most_links; ++i) sessions->new_link(20s);
  EXPECT_FALSE(sessions->use_link(oldest));
}

TEST_F(Sessions, AreCookieAndKeyTogether) {
  const auto first = sessions->open(store);
  const auto second = sessions->open(store);
  EXPECT_TRUE(found(first));
  const auto refused = [&](std::string_view cookie, std::string_view key) {
    return !sessions->find(cookie, {.key = key});
  };
  EXPECT_TRUE(refused(first.cookie, second.key));
  EXPECT_TRUE(refused(first.cookie, ""));
  EXPECT_TRUE(refused(first.cookie, first.cookie));
  EXPECT_TRUE(refused("", first.key));
  EXPECT_TRUE(refused(first.key, first.key));
  EXPECT_TRUE(refused("", ""));
}

TEST_F(Sessions, AProofOfTheKeyIsEnoughForThisStartOnly) {
  const auto opened = sessions->open(store);
  const auto other = sessions->open(store);
  const auto proved = [&](const std::string &proof) {
    return sessions->find(opened.cookie, {.proof = proof}).has_value();
  };
  const std::string start = sessions->start();
  const std::string proof = BrowserSessions::proof_of(opened.key, start);
  EXPECT_TRUE(proved(proof));
  EXPECT_FALSE(proved(""));
  EXPECT_FALSE(proved(proof + 'A'));
  EXPECT_FALSE(proved(BrowserSessions::proof_of(other.key, start)));
  EXPECT_FALSE(proved(BrowserSessions::proof_of(opened.key, "a value of another program")));
  EXPECT_FALSE(sessions->find(opened.cookie, {.key = proof}));
  EXPECT_FALSE(sessions->find("", {.proof = proof}));
  restart();
  EXPECT_NE(sessions->start(), start);
  EXPECT_FALSE(proved(proof)) << "what was sent before opens nothing now";
  EXPECT_TRUE(proved(BrowserSessions::proof_of(opened.key, sessions->start())));
}

// HMAC-SHA-256 of "start" under SHA-256 of "key", as any other library computes it.
TEST_F(Sessions, AProofIsWhatTheDescriptionSays) {
  EXPECT_EQ(BrowserSessions::proof_of("key", "start"),
            "h9fLxb_gNW4g0Td2GodXESnERVSKt47qNovaHbICjf8");
}

TEST_F(Sessions, SurviveARestart) {
  const auto opened = sessions->open(store);
  pass(1h);
  restart();
  EXPECT_TRUE(found(opened));
  const std::string link = sessions->new_link();
  restart();
  EXPECT_FALSE(sessions->use_link(link)) << "links do not";
}

TEST_F(Sessions, LastWhileTheyAreUsed) {
  const auto opened = sessions->open(store);
  for (int i = 0; i < 5; ++i) {
    pass(limits.idle - 1s);
    EXPECT_TRUE(used(opened));
  }
  pass(limits.idle - 1s);
  EXPECT_TRUE(found(opened)) << "which does not renew it";
  pass(1s);
  EXPECT_FALSE(found(opened));
}

TEST_F(Sessions, EndAtTheLatestThirtyDaysAfterTheyWereOpened) {
  const auto opened = sessions->open(store);
  for (int hours = 0; hours < 30 * 24 - 10; hours += 10) {
    EXPECT_TRUE(used(opened)) << hours;
    pass(10h);
  }
  EXPECT_TRUE(used(opened));
  EXPECT_EQ(sessions->ends_at(*sessions->find(opened.cookie, {.key = opened.key})),
            unix_ms + std::chrono::milliseconds(10h).count());
  pass(10h - 1ms);
  EXPECT_TRUE(used(opened));
  pass(1ms);
  EXPECT_FALSE(found(opened));
}

TEST_F(Sessions, AreStoredAsUsedOnceAMinute) {
  const auto opened = sessions->open(store);
  const auto stored = [&] { return store.session(opened.record.cookie_hash)->used_at; };
  const std::int64_t begin = unix_ms;
  pass(59'999ms);
  used(opened);
  EXPECT_EQ(stored(), begin);
  pass(1ms);
  used(opened);
  EXPECT_EQ(stored(), unix_ms);
}

TEST_F(Sessions, EndAtOnceWhenAnotherProcessRemovesThem) {
  const auto opened = sessions->open(store);
  SqliteStore other{folder.path()};
  other.remove_session(opened.record.cookie_hash);
  EXPECT_FALSE(found(opened));
}

TEST_F(Sessions, ThatEndedAreRemoved) {
  const auto first = sessions->open(store);
  pass(limits.idle - 1ms);
  const auto second = sessions->open(store);
  EXPECT_TRUE(sessions->remove_ended(store).empty());
  pass(1ms);
  const auto ended = sessions->remove_ended(store);
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(BrowserSessions::short_name(ended[0]), BrowserSessions::short_name(first.record));
  EXPECT_TRUE(found(second));
}

TEST_F(Sessions, AreBoundedAndTheOneIdleLongestGoes) {
  const auto first = sessions->open(store);
  pass(1s);
  const auto second = sessions->open(store);
  for (std::size_t i = 2; i < BrowserSessions::most_sessions; ++i) {
    pass(1s);
    EXPECT_TRUE(sessions->open(store).ended.empty());
  }
  pass(1s);
  EXPECT_EQ(sessions->open(store).ended.size(), 1U);
  EXPECT_FALSE(found(first));
  EXPECT_TRUE(found(second));
}

TEST_F(Sessions, AreNotInTheDatabaseThemselves) {
  const auto opened = sessions->open(store);
  const auto has = [&](const Bytes &stored, std::string_view secret) {
    return std::string(stored.begin(), stored.end()).find(secret) != std::string::npos;
  };
  EXPECT_FALSE(has(opened.record.cookie_hash, opened.cookie));
  EXPECT_FALSE(has(opened.record.key_hash, opened.key));
  EXPECT_EQ(opened.record.key_hash.size(), 32U);
}

TEST_F(Sessions, TheTokenOfTheDataFolderIsAnother) {
  const std::string bearer(sessions->bearer());
  EXPECT_TRUE(sessions->is_bearer(bearer));
  EXPECT_FALSE(sessions->is_bearer(""));
  EXPECT_FALSE(sessions->is_bearer(bearer + 'x'));
  EXPECT_FALSE(sessions->find(bearer, {.key = bearer}));
  EXPECT_FALSE(sessions->is_bearer(sessions->open(store).key));
}

}  // namespace
}  // namespace host::server
