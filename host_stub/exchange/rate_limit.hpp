// How fast an account may send: the manifest's rate limits, kept per account, so that the vendor
// need not enforce them. Decides about times only; it knows no clock and puts nobody to sleep.
//
// Strict: in no stretch of a rule's window are more requests let go than its limit. A small limit
// is a log of the last requests and allows the whole limit at once. A large one (over 64) is two
// numbers: it allows a quarter of the limit at once and the rest evenly over the window, and since
// it is at rest again as soon as the account is, memory is only spent on accounts that are busy.
//
// For one thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "exchange/request_kind.hpp"

namespace host {

struct RateRule {
  std::string id;
  std::chrono::milliseconds window{0};
  std::uint32_t limit = 0;
  double poll_share = 0.5;  // the part of the limit that polls may use; at least one request
  std::vector<std::string> applies_to;  // operation ids; empty: every request
  // JSON Pointer into the operation's input: one budget for each value there. Kept by a RateBook
  // only; without one, all values share a budget.
  std::string per = {};
};

class RateLimiter {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // Throws std::invalid_argument, naming the rule, for a limit or window of 0, or a share outside
  // of (0, 1].
  explicit RateLimiter(std::vector<RateRule> rules);

  // When the request may go: `now`, and then it is counted; or a later time, and then it is not,
  // and the caller asks again at that time. While an action waits, polls come after it.
  TimePoint reserve(std::string_view account, RequestKind kind, std::string_view operation,
                    TimePoint now);

  // The vendor said that the account is too fast: nothing of it goes before `until`.
  void cool_down(std::string_view account, TimePoint until);

  // Accounts in memory. Those at rest are dropped in passing: each call of `reserve` looks at the
  // one or two that were looked at longest ago.
  std::size_t accounts() const noexcept { return accounts_.size(); }

 private:
  using Duration = TimePoint::duration;

  // How many may go: `burst` at once, then one in each `gap`.
  struct Pace {
    std::uint32_t limit;
    Duration gap;
    Duration tolerance;  // (burst - 1) gaps
  };
  struct Rule {
    RateRule given;
    bool exact;  // a log of the requests rather than two numbers
    Pace all;
    Pace polls;
  };
  struct Stamp {
    TimePoint at;
    bool poll;
  };
  struct Use {                 // of one rule by one account
    std::vector<Stamp> log;    // exact rules, oldest first
    TimePoint all_paid_until;  // others: every request moves it one gap ahead
    TimePoint polls_paid_until;
  };
  struct Account {
    std::string id;
    std::vector<Use> uses;  // as rules_
    TimePoint cool_until;
    TimePoint action_due;  // a waiting action will ask again then
    TimePoint rest_at;     // when the rules will have forgotten it
  };

  static Pace pace(std::uint32_t limit, Duration window);
  static void prune(const Rule &rule, Use &use, TimePoint now);
  static TimePoint free_at(const Rule &rule, const Use &use, RequestKind kind, TimePoint now);
  // Returns when the rule will have forgotten it.
  static TimePoint count(const Rule &rule, Use &use, RequestKind kind, TimePoint now);
  static bool applies(const Rule &rule, std::string_view operation);
  Account &account(std::string_view id);
  static void rest(Account &account);
  void drop_idle(TimePoint now);

  std::vector<Rule> rules_;
  using Accounts = std::list<Account>;
  Accounts accounts_;  // the one looked at longest ago first
  Accounts spare_;     // dropped ones, whose memory the next ones take over
  boost::unordered_flat_map<std::string_view, Accounts::iterator> by_id_;  // views into the list
};

}  // namespace host
