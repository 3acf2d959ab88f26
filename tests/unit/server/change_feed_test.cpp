#include "server/change_feed.hpp"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "../store/fixture.hpp"

namespace host::server {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
namespace json = boost::json;

class ChangeFeedTest : public host::test::StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    feed.start(open_store(folder.path()),
               {.poll =
                    [](const PollNote &note) {
                      return json::object{{"of", note.trigger}};
                    },
                .event =
                    [](const EventRecord &event) {
                      return json::object{{"of", event.key}};
                    },
                .trigger =
                    [](const TriggerRecord &trigger) {
                      return json::object{{"of", to_string(trigger.state)}};
                    },
                .connection =
                    [](const ConnectionRecord &connection) {
                      return json::object{{"of", connection.label}};
                    }});
    listener = feed.listen("");
  }

  RequestUse use;  // as the poller counts it
  void polled(std::uint32_t requests = 0, bool baseline = false) {
    OperationOutcome outcome;
    outcome.kind = OperationOutcome::Kind::done;
    if (baseline)
      use.add_baseline(requests);
    else
      use.add({.requests = requests});
    feed.polled({.trigger = *store.trigger("trg_1"),
                 .outcome = outcome,
                 .requests = requests,
                 .use = use,
                 .baseline = baseline,
                 .state = TriggerState::active});
  }

  // The messages that come until there are so many, as "event of"; and their numbers.
  std::vector<std::string> hear(std::size_t count, ChangeFeed::Listener *by = nullptr) {
    std::vector<std::string> out;
    const auto late = std::chrono::steady_clock::now() + 10s;
    while (out.size() < count && std::chrono::steady_clock::now() < late) {
      const auto text = (by != nullptr ? by : listener.get())->next(100ms);
      if (!text) break;
      add(*text, out);
    }
    return out;
  }

  void add(std::string_view text, std::vector<std::string> &out) {
    for (auto end = text.find("\n\n"); end != std::string_view::npos; end = text.find("\n\n")) {
      const std::string_view message = text.substr(0, end);
      text.remove_prefix(end + 2);
      const auto field = [&](std::string_view name) {
        const auto from = message.find(name) + name.size();
        return std::string(message.substr(from, message.find('\n', from) - from));
      };
      numbers.push_back(field("id: "));
      const json::value data = json::parse(field("data: "));
      const json::value *of = data.as_object().if_contains("of");
      out.push_back(field("event: ") +
                    (of != nullptr ? " " + std::string(of->as_string()) : std::string()));
    }
  }

  ChangeFeed feed;
  std::unique_ptr<ChangeFeed::Listener> listener;
  std::vector<std::string> numbers;
};

TEST_F(ChangeFeedTest, WhatIsChangedAfterAPollIsToldAfterIt) {
  polled();
  store.set_trigger_state(row, TriggerState::paused);
  EXPECT_THAT(hear(2), ElementsAre("poll trg_1", "trigger paused"));
}

TEST_F(ChangeFeedTest, TellsWhateverAnyProcessWrites) {
  poll({"key"});
  EXPECT_THAT(hear(1), ElementsAre("event key"));
  store.add(host::test::a_connection("con_2"));
  EXPECT_THAT(hear(1), ElementsAre("connection someone@example.com"));
  store.remove_connection("con_2");
  EXPECT_THAT(hear(1), ElementsAre("connection_removed"));
}

TEST_F(ChangeFeedTest, WhoComesBackHearsWhatWasMissed) {
  store.set_trigger_state(row, TriggerState::paused);
  EXPECT_THAT(hear(1), ElementsAre("trigger paused"));
  const std::string last = numbers.back();
  store.set_trigger_state(row, TriggerState::active);
  EXPECT_THAT(hear(1), ElementsAre("trigger initialising"));
  const auto again = feed.listen(last);
  EXPECT_THAT(hear(1, again.get()), ElementsAre("trigger initialising"));
}

TEST_F(ChangeFeedTest, WhoComesBackToAnotherProcessReadsEverythingAnew) {
  for (const char *unknown : {"elsewhere.1", "nonsense", "1", "."}) {
    const auto again = feed.listen(unknown);
    EXPECT_THAT(hear(1, again.get()), ElementsAre("reset")) << unknown;
  }
}

TEST_F(ChangeFeedTest, HasRoomForSoManyListenersAndEndsThemAll) {
  std::vector<std::unique_ptr<ChangeFeed::Listener>> others;
  for (std::size_t i = 1; i < ChangeFeed::most_listeners; ++i) others.push_back(feed.listen(""));
  EXPECT_EQ(feed.listen(""), nullptr);
  others.pop_back();
  EXPECT_NE(feed.listen(""), nullptr);
  feed.stop();
  EXPECT_FALSE(listener->next(10s));
  EXPECT_EQ(feed.listen(""), nullptr);
}

TEST_F(ChangeFeedTest, KnowsHowTheLastPollWent) {
  EXPECT_FALSE(feed.last_poll(row));
  polled();
  ASSERT_TRUE(feed.last_poll(row));
  EXPECT_EQ(feed.last_poll(row)->trigger, "trg_1");
  EXPECT_EQ(feed.counts().polls, 1U);
}

TEST_F(ChangeFeedTest, TellsTheRequestsOfThePollsAsThePollerCountsThem) {
  polled(100, true);
  EXPECT_EQ(feed.last_poll(row)->requests, 100U);
  EXPECT_EQ(feed.last_poll(row)->use.polls(), 0U);
  polled(2);
  polled(3);
  EXPECT_EQ(feed.last_poll(row)->requests, 3U);
  EXPECT_EQ(feed.last_poll(row)->use.polls(), 2U);
  EXPECT_EQ(feed.last_poll(row)->use.average(), 2.5);
  polled(100, true);
  EXPECT_EQ(feed.last_poll(row)->use.polls(), 0U) << "with another input it is another trigger";
}

}  // namespace
}  // namespace host::server
