// Limits the request rate of an account to the manifest's rate limits, before the vendor enforces
// them. Only computes times; it uses no clock and does not wait.
//
// Strict: no interval of a window's length has more requests than the limit. A small limit keeps a
// log of the last requests and allows the whole limit at once. A large one (over 64) keeps two
// numbers: it allows a quarter of the limit at once and the rest evenly over the window. Only
// active accounts use memory.
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
  double poll_share = 0.5;  // the share of the limit that polls may use; at least one request
  std::vector<std::string> applies_to;  // operation ids; empty: every request
  // JSON Pointer into the operation's input: one budget for each value there. Only with a
  // RateStore; without one, all values share a budget.
  std::string per = {};
  // Whether reads of these operations count: requests that only look something up before an action
  // does its work use up none of its budget.
  bool counts_reads = true;

  // `read`: the request is a GET that may be repeated. [any]
  bool counts(std::string_view operation, bool read) const;
};

class RateLimiter {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // Throws std::invalid_argument, naming the rule, for a limit or window of 0, or a share outside
  // (0, 1].
  explicit RateLimiter(std::vector<RateRule> rules);

  // When the request may be sent: `now`, and then it is counted; or a later time, at which the
  // caller must ask again. While an action waits, polls come after it. `read`: see
  // RateRule::counts.
  TimePoint reserve(std::string_view account, RequestKind kind, std::string_view operation,
                    TimePoint now, bool read = false);

  // The vendor reported too many requests: nothing is sent for this account before `until`.
  void cool_down(std::string_view account, TimePoint until);

  // Accounts in memory. Idle ones are dropped gradually: each call of `reserve` checks the one or
  // two that were checked longest ago.
  std::size_t accounts() const noexcept { return accounts_.size(); }

 private:
  using Duration = TimePoint::duration;

  // The allowed rate: `burst` requests at once, then one per `gap`.
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
    TimePoint all_paid_until;  // other rules: every request moves it ahead by one gap
    TimePoint polls_paid_until;
  };
  struct Account {
    std::string id;
    std::vector<Use> uses;  // as rules_
    TimePoint cool_until;
    TimePoint action_due;  // when a waiting action will ask again
    TimePoint rest_at;     // when no rule counts any request of it
  };

  static Pace pace(std::uint32_t limit, Duration window);
  static void prune(const Rule &rule, Use &use, TimePoint now);
  static TimePoint free_at(const Rule &rule, const Use &use, RequestKind kind, TimePoint now);
  // Returns when the rule no longer counts the request.
  static TimePoint count(const Rule &rule, Use &use, RequestKind kind, TimePoint now);
  Account &account(std::string_view id);
  static void rest(Account &account);
  void drop_idle(TimePoint now);

  std::vector<Rule> rules_;
  using Accounts = std::list<Account>;
  Accounts accounts_;  // the one checked longest ago first
  Accounts spare_;     // dropped ones; their memory is reused
  boost::unordered_flat_map<std::string_view, Accounts::iterator> by_id_;  // views into the list
};

}  // namespace host
