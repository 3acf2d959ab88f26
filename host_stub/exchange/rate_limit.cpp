// Sliding logs for small limits, the generic cell rate algorithm (ITU-T I.371) for large ones.
#include "exchange/rate_limit.hpp"

#include <algorithm>
#include <ranges>
#include <stdexcept>
#include <utility>

namespace host {

namespace {

constexpr std::uint32_t largest_exact_limit = 64;
constexpr int swept_per_call = 2;
constexpr std::size_t most_spare = 256;

}  // namespace

RateLimiter::RateLimiter(std::vector<RateRule> rules) {
  for (RateRule &rule : rules) {
    if (rule.limit == 0 || rule.window.count() <= 0)
      throw std::invalid_argument("rate limit '" + rule.id + "': limit and window must be above 0");
    const bool is_share = rule.poll_share > 0 && rule.poll_share <= 1;  // false for NaN
    if (!is_share)
      throw std::invalid_argument("rate limit '" + rule.id +
                                  "': poll_share must be above 0 and at most 1");
    const auto for_polls = static_cast<std::uint32_t>(rule.limit * rule.poll_share);
    const bool exact = rule.limit <= largest_exact_limit;
    const Pace all = pace(rule.limit, rule.window);
    const Pace polls = pace(std::max(1U, for_polls), rule.window);
    rules_.push_back({std::move(rule), exact, all, polls});
  }
}

// A burst and the steady rate after it must fit in one window together; otherwise a window could
// have twice the limit.
RateLimiter::Pace RateLimiter::pace(std::uint32_t limit, Duration window) {
  const std::uint32_t burst = std::max(1U, limit / 4);
  const std::uint32_t steady = std::max(1U, limit - burst);
  const Duration gap = (window + Duration(steady - 1)) / steady;
  return {limit, gap, gap * (burst - 1)};
}

bool RateRule::counts(std::string_view operation, bool read) const {
  if (applies_to.empty()) return true;
  if (read && !counts_reads) return false;
  return std::find(applies_to.begin(), applies_to.end(), operation) != applies_to.end();
}

void RateLimiter::prune(const Rule &rule, Use &use, TimePoint now) {
  const auto first = std::find_if(use.log.begin(), use.log.end(), [&](const Stamp &stamp) {
    return stamp.at + rule.given.window > now;
  });
  use.log.erase(use.log.begin(), first);
}

RateLimiter::TimePoint RateLimiter::free_at(const Rule &rule, const Use &use, RequestKind kind,
                                            TimePoint now) {
  const bool poll = kind == RequestKind::poll;
  if (!rule.exact) {
    TimePoint due = use.all_paid_until - rule.all.tolerance;
    if (poll) due = std::max(due, use.polls_paid_until - rule.polls.tolerance);
    return std::max(due, now);
  }
  // There is room once the limit-th newest request has left the window.
  TimePoint due = now;
  std::uint32_t all = 0;
  std::uint32_t polls = 0;
  for (const Stamp &stamp : use.log | std::views::reverse) {
    const bool last = ++all == rule.all.limit;
    const bool last_poll = poll && stamp.poll && ++polls == rule.polls.limit;
    if (last || last_poll) due = std::max(due, stamp.at + rule.given.window);
  }
  return due;
}

RateLimiter::TimePoint RateLimiter::count(const Rule &rule, Use &use, RequestKind kind,
                                          TimePoint now) {
  const bool poll = kind == RequestKind::poll;
  if (rule.exact) {
    use.log.push_back({now, poll});
    return now + rule.given.window;
  }
  use.all_paid_until = std::max(use.all_paid_until, now) + rule.all.gap;
  if (poll) use.polls_paid_until = std::max(use.polls_paid_until, now) + rule.polls.gap;
  return std::max(use.all_paid_until, use.polls_paid_until);
}

RateLimiter::TimePoint RateLimiter::reserve(std::string_view account_id, RequestKind kind,
                                            std::string_view operation, TimePoint now, bool read) {
  drop_idle(now);
  Account &who = account(account_id);
  TimePoint due = std::max(now, who.cool_until);
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (!rules_[i].given.counts(operation, read)) continue;
    prune(rules_[i], who.uses[i], now);
    due = std::max(due, free_at(rules_[i], who.uses[i], kind, now));
  }
  if (kind == RequestKind::poll && who.action_due >= now)
    due = std::max(due, who.action_due + std::chrono::milliseconds(1));
  if (kind == RequestKind::action) who.action_due = due > now ? due : TimePoint();
  if (due > now) return due;
  for (std::size_t i = 0; i < rules_.size(); ++i)
    if (rules_[i].given.counts(operation, read))
      who.rest_at = std::max(who.rest_at, count(rules_[i], who.uses[i], kind, now));
  return now;
}

void RateLimiter::cool_down(std::string_view account_id, TimePoint until) {
  Account &who = account(account_id);
  who.cool_until = std::max(who.cool_until, until);
}

RateLimiter::Account &RateLimiter::account(std::string_view id) {
  if (const auto found = by_id_.find(id); found != by_id_.end()) return *found->second;
  if (spare_.empty()) spare_.push_back({{}, std::vector<Use>(rules_.size()), {}, {}, {}});
  Account &made = spare_.back();
  made.id = id;
  by_id_.emplace(made.id, std::prev(spare_.end()));
  accounts_.splice(accounts_.end(), spare_, std::prev(spare_.end()));
  return made;
}

// Resets the account's state; keeps its buffers.
void RateLimiter::rest(Account &account) {
  for (Use &use : account.uses) {
    use.log.clear();
    use.all_paid_until = use.polls_paid_until = {};
  }
  account.cool_until = account.action_due = account.rest_at = {};
}

void RateLimiter::drop_idle(TimePoint now) {
  for (int i = 0; i < swept_per_call && !accounts_.empty(); ++i) {
    const auto oldest = accounts_.begin();
    if (std::max({oldest->rest_at, oldest->cool_until, oldest->action_due}) >= now) {
      // The others were checked more recently and are probably busy as well; they are first next
      // time.
      accounts_.splice(accounts_.end(), accounts_, oldest);
      return;
    }
    by_id_.erase(oldest->id);
    rest(*oldest);
    if (spare_.size() < most_spare) {
      spare_.splice(spare_.end(), accounts_, oldest);
    } else {
      accounts_.erase(oldest);
    }
  }
}

}  // namespace host
