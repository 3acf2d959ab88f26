// A simulated account lives a random life while the six e-mail triggers poll it. Between two rests
// (an undisturbed while with a full reading in it) anything may happen; at each rest, what arrived
// is compared with what happened.
//
// Promised, for what comes and goes (lists, members, unsubscribes, campaigns):
//   lost      what is there at a rest and was not at the one before was told
//   twice     nothing is told more often than it happened
//   invented  nothing is told that did not happen since the last rest
// and for what changes (status, statistics): every event goes on from what the last one told, tells
// a value that the campaign had, and at a rest the last one told what is now true.
// and, both: what no counter masks is told by the very next poll.
// Stated blind spots: what comes and goes, or goes and comes back, between two rests; for the
// status of campaigns, those that never were on the first page of a poll.
//
// DETECTION_MODEL_SEEDS=1000 for the long run; DETECTION_MODEL_FIRST=n to begin with seed n.
#include <cstdlib>
#include <map>
#include <memory>

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "account.hpp"
#include "trigger.hpp"

namespace cpi::detection {
namespace {

namespace json = boost::json;

constexpr std::int64_t minute_ms = 60'000;
constexpr std::size_t page_size = 8;

std::uint64_t setting(const char *name, std::uint64_t otherwise) {
  const char *text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

// One trigger on one account through all its troubles.
class Life {
 public:
  Life(std::uint64_t seed, std::string_view id, std::string_view input)
      : account_(seed),
        trigger_(
            email_plan(id, page_size), [this](const Request &request) { return serve(request); },
            input) {
    trigger_.max_requests = static_cast<std::uint32_t>(2 + account_.pick(20));
    trigger_.max_events = static_cast<std::uint32_t>(1 + account_.pick(20));
    trigger_.survives_before = [this] { return !troubled_ || account_.pick(15) != 0; };
    trigger_.survives_after = [this] { return !troubled_ || account_.pick(15) != 0; };
  }

  Account &account() { return account_; }
  Trigger &trigger() { return trigger_; }

  // A poll as a host makes it; events that were stored are added to `arrived`.
  void poll(cpi_poll_mode mode) {
    for (int begins = 0;; ++begins) {
      ASSERT_LT(begins, 2000) << "the trigger never comes to an end";
      Polled polled = trigger_.once(mode);
      for (Event &event : polled.events) {
        EXPECT_TRUE(ids_.insert(event.key).second) << "the same event id twice: " << event.key;
        arrived.push_back(std::move(event));
      }
      if (!troubled_) {
        ASSERT_FALSE(polled.failure.has_value()) << polled.failure->message;
      }
      if (polled.failure || polled.died || !polled.more) break;
    }
    trigger_.now += 5 * minute_ms;
    account_.clock += 300;
  }

  void trouble(int polls) {
    troubled_ = true;
    for (int i = 0; i < polls; ++i) {
      for (std::uint64_t changes = account_.pick(4); changes > 0; --changes) account_.mutate();
      poll(CPI_POLL_NORMAL);
      if (testing::Test::HasFatalFailure()) return;
    }
    troubled_ = false;
  }

  void rest() {
    account_.show_hidden();
    trigger_.now += 7 * 60 * minute_ms;
    account_.clock += 7 * 3600;
    for (int i = 0; i < 8; ++i) {
      poll(CPI_POLL_NORMAL);
      if (testing::Test::HasFatalFailure()) return;
    }
  }

  void baseline() {
    // Faults and crashes, but a still account: what is as old as the baseline is well defined.
    troubled_ = true;
    still_ = true;
    for (int tries = 0; tries < 12; ++tries) trigger_.once(CPI_POLL_BASELINE);
    troubled_ = false;
    still_ = false;
    trigger_.baseline();
    // A list that was refused meanwhile gets its own baseline within the hour.
    trigger_.now += 61 * minute_ms;
    poll(CPI_POLL_NORMAL);
    EXPECT_TRUE(arrived.empty());
  }

  std::vector<Event> arrived;

 private:
  Answer serve(const Request &request) {
    if (troubled_) {
      if (!still_ && account_.pick(12) == 0) account_.mutate();
      switch (account_.pick(60)) {
        case 0:
          return {.status = 429, .body = R"({"message": "slow down", "error_code": 2020202020})"};
        case 1:
          return {.status = 500, .body = ""};
        case 2:
          return {.status = 0, .body = {}};
        case 3:
          return {.status = 200, .body = "<html>"};
        case 4: {
          Answer answer = account_.serve(request);
          answer.body.resize(answer.body.size() / 2);
          return answer;
        }
        default:
          break;
      }
    }
    return account_.serve(request);
  }

  Account account_;
  Trigger trigger_;
  bool troubled_ = false;
  bool still_ = false;
  std::set<std::string> ids_;
};

std::string key_of(const Event &event) {
  return event.key.substr(0, event.key.rfind('.'));
}

using Present = std::set<std::string>;

// What comes and goes.
struct Things {
  std::string_view trigger;
  std::string input = "{}";
  Present (*present)(const Account &account);
  const std::multiset<std::string> &(*happened)(const Account &account);
};

void live(std::uint64_t seed, const Things &things) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Life life(seed, things.trigger, things.input);
  const auto in_view = [&] {
    Present present = things.present(life.account());
    if (const auto *list = life.trigger().input.if_contains("list_id")) {
      const std::string prefix = json::serialize(*list) + "/";
      std::erase_if(present, [&](const std::string &key) { return !key.starts_with(prefix); });
    }
    return present;
  };
  if (things.input != "{}") {
    life.trigger().input["list_id"] = life.account().lists.front().id;
  }
  life.baseline();
  if (testing::Test::HasFatalFailure()) return;
  Present before = in_view();
  for (int phase = 0; phase < 4; ++phase) {
    life.account().forget_history();
    life.arrived.clear();
    life.trouble(static_cast<int>(3 + life.account().pick(12)));
    if (testing::Test::HasFatalFailure()) return;
    life.rest();
    if (testing::Test::HasFatalFailure()) return;
    const Present now = in_view();
    std::multiset<std::string> reported;
    for (const Event &event : life.arrived) reported.insert(key_of(event));
    for (const std::string &key : now) {
      if (!before.contains(key)) {
        EXPECT_GE(reported.count(key), 1u) << "lost: " << key << " in phase " << phase;
      }
    }
    const auto &happened = things.happened(life.account());
    for (auto key = reported.begin(); key != reported.end(); key = reported.upper_bound(*key)) {
      EXPECT_LE(reported.count(*key), happened.count(*key))
          << (happened.count(*key) == 0 ? "invented: " : "twice: ") << *key << " in phase "
          << phase;
    }
    if (testing::Test::HasFailure()) return;
    life.arrived.clear();
    life.account().make_plain_changes();
    life.poll(CPI_POLL_NORMAL);
    Present next = in_view();
    Present fresh;
    for (const std::string &key : next) {
      if (!now.contains(key)) fresh.insert(key);
    }
    Present prompt;
    for (const Event &event : life.arrived) prompt.insert(key_of(event));
    EXPECT_TRUE(!fresh.empty() || things.input != "{}");
    EXPECT_EQ(prompt, fresh) << "not told at once";
    if (testing::Test::HasFailure()) return;
    before = std::move(next);
  }
}

struct Change {
  std::string before;
  std::string now;
};

// What changes: by key, the value that the trigger is about.
struct Values {
  std::string_view trigger;
  std::map<std::string, std::string> (*values)(const Account &account);
  Change (*change)(const json::object &event);
  // Whether only the first page is sure to be followed.
  bool first_page = false;
};

// The campaigns that a trigger cannot have missed at a rest.
Present sure_campaigns(const Values &values, const Account &account) {
  Present sure;
  const bool all = !values.first_page || account.ignores_order;
  const std::size_t count = account.campaigns.size();
  for (std::size_t i = all || count < page_size ? 0 : count - page_size; i < count; ++i) {
    sure.insert(std::to_string(account.campaigns[i].id));
  }
  return sure;
}

void live(std::uint64_t seed, const Values &values) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Life life(seed, values.trigger, "{}");
  life.baseline();
  if (testing::Test::HasFatalFailure()) return;
  // What the trigger is known to know.
  std::map<std::string, std::string> before;
  const auto remember = [&](const std::map<std::string, std::string> &now) {
    const Present sure = sure_campaigns(values, life.account());
    std::map<std::string, std::string> known;
    for (const auto &[key, value] : now) {
      if (sure.contains(key) || before.contains(key)) known[key] = value;
    }
    before = std::move(known);
  };
  remember(values.values(life.account()));
  for (int phase = 0; phase < 4; ++phase) {
    life.account().forget_history();
    life.arrived.clear();
    life.trouble(static_cast<int>(3 + life.account().pick(12)));
    if (testing::Test::HasFatalFailure()) return;
    life.rest();
    if (testing::Test::HasFatalFailure()) return;
    std::map<std::string, std::string> reported = before;
    for (const Event &event : life.arrived) {
      const std::string key = key_of(event);
      const Change change = values.change(json_of(event.data).as_object());
      EXPECT_NE(change.before, change.now) << key;
      const auto last = reported.find(key);
      if (last != reported.end()) {
        EXPECT_EQ(last->second, change.before) << key;
      }
      reported[key] = change.now;
    }
    const auto now = values.values(life.account());
    for (const auto &[key, value] : now) {
      if (reported.contains(key)) {
        EXPECT_EQ(reported[key], value) << "lost: " << key << " in phase " << phase;
      }
    }
    if (testing::Test::HasFailure()) return;
    remember(now);
    life.arrived.clear();
    life.account().make_plain_changes();
    life.poll(CPI_POLL_NORMAL);
    const auto next = values.values(life.account());
    std::size_t changes = 0;
    for (const auto &[key, value] : before) changes += next.at(key) != value ? 1 : 0;
    EXPECT_EQ(life.arrived.size(), changes) << "not told at once";
    if (testing::Test::HasFailure()) return;
    remember(next);
  }
}

template <typename Kind>
void live_all(const Kind &kind) {
  const std::uint64_t first = setting("DETECTION_MODEL_FIRST", 1);
  const std::uint64_t seeds = setting("DETECTION_MODEL_SEEDS", 25);
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    live(seed, kind);
    if (testing::Test::HasFailure()) return;
  }
}

Present members_where(const Account &account, bool (*wanted)(const Member &)) {
  Present present;
  for (const MailingList &list : account.lists) {
    for (const Member &member : list.members) {
      if (!member.hidden && wanted(member)) present.insert(member_key(list, member));
    }
  }
  return present;
}

const Things new_lists = {
    .trigger = "mailing_list.created",
    .present =
        [](const Account &account) {
          Present present;
          for (const MailingList &list : account.lists) present.insert(std::to_string(list.id));
          return present;
        },
    .happened = [](const Account &account) -> const auto & { return account.lists_made; }};

const Things new_members = {
    .trigger = "subscriber.added",
    .present =
        [](const Account &account) {
          return members_where(account, [](const Member &) { return true; });
        },
    .happened = [](const Account &account) -> const auto & { return account.members_added; }};

const Things unsubscribes = {
    .trigger = "subscriber.unsubscribed",
    .present = [](const Account &account) { return members_where(account, unsubscribed); },
    .happened = [](const Account &account) -> const auto & { return account.members_left; }};

const Things new_campaigns = {
    .trigger = "campaign.created",
    .present =
        [](const Account &account) {
          Present present;
          for (const Campaign &each : account.campaigns) present.insert(std::to_string(each.id));
          return present;
        },
    .happened = [](const Account &account) -> const auto & { return account.campaigns_made; }};

TEST(Model, NewMailingList) {
  live_all(new_lists);
}
TEST(Model, NewSubscriberOfAnyList) {
  live_all(new_members);
}
TEST(Model, NewSubscriberOfOneList) {
  Things one = new_members;
  one.input = R"({"list_id": 0})";
  live_all(one);
}
TEST(Model, Unsubscribed) {
  live_all(unsubscribes);
}
TEST(Model, NewCampaign) {
  live_all(new_campaigns);
}

TEST(Model, CampaignStatusChanged) {
  live_all(Values{.trigger = "campaign.status_changed",
                  .values =
                      [](const Account &account) {
                        std::map<std::string, std::string> values;
                        for (const Campaign &each : account.campaigns) {
                          values[std::to_string(each.id)] = std::to_string(each.status);
                        }
                        return values;
                      },
                  .change =
                      [](const json::object &event) {
                        return Change{json::serialize(event.at("previous_status")),
                                      json::serialize(event.at("status"))};
                      },
                  .first_page = true});
}

TEST(Model, CampaignStatisticsChanged) {
  live_all(Values{.trigger = "campaign.statistics_changed",
                  .values =
                      [](const Account &account) {
                        std::map<std::string, std::string> values;
                        for (const Campaign &each : account.campaigns) {
                          std::string text;
                          for (const std::int64_t count : each.statistics)
                            text += std::to_string(count) + " ";
                          values[std::to_string(each.id)] = text;
                        }
                        return values;
                      },
                  .change =
                      [](const json::object &event) {
                        const auto text = [](const json::object &counts) {
                          std::string out;
                          for (const char *name : {"sent", "delivered", "opening",
                                                   "link_redirected", "unsubscribe", "error"}) {
                            out += json::serialize(counts.at(name)) + " ";
                          }
                          return out;
                        };
                        const json::object &now = event.at("current").as_object();
                        const json::object &before = event.at("previous").as_object();
                        for (const auto &member : event.at("delta").as_object()) {
                          EXPECT_EQ(
                              member.value().as_int64(),
                              now.at(member.key()).as_int64() - before.at(member.key()).as_int64());
                        }
                        return Change{text(before), text(now)};
                      }});
}

}  // namespace
}  // namespace cpi::detection
