#include "cost.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <stdexcept>
#include <string>

namespace model {
namespace {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t begins_at_ms = 1'790'000'000'000;
constexpr std::int64_t interval_ms = 5 * minute_ms;
constexpr std::int64_t day_ms = 24 * 60 * minute_ms;
constexpr std::int64_t trusted_ms = 6 * 60 * minute_ms;
constexpr int trusted_polls = 25;

class Account {
 public:
  Account(const Plugin &plugin, const TriggerSpec &spec, const Extent &extent)
      : plugin_(plugin), world_(spec, extent, begins_at_ms / 1000) {
    stored_.id = spec.id;
    stored_.input = json::serialize(spec.input);
    stored_.now_ms = begins_at_ms;
    stored_.max_requests = 1'000'000;
    stored_.max_events = 1'000'000;
    stored_.entropy = "sixteen bytes of 1";
    stored_.serve = [this](const Request &request) {
      ++cost_.requests;
      cost_.shareable = cost_.shareable && request.shareable;
      return world_.serve(request);
    };
    stored_.survives = [] { return true; };
  }

  PollCost poll(cpi_poll_mode mode) {
    cost_ = {};
    for (bool more = true; more;) {
      const Polled polled = plugin_.poll(stored_, mode);
      if (polled.failure) throw std::runtime_error(stored_.id + ": " + *polled.failure);
      cost_.events += polled.events.size();
      more = polled.more;
    }
    pass(interval_ms);
    return cost_;
  }

  void make_news(const Case &happens) {
    for (std::size_t i = 0; i < happens.changed_lists; ++i) world_.make_news(i, happens.new_rows);
  }
  void pass(std::int64_t ms) {
    stored_.now_ms += ms;
    world_.clock = stored_.now_ms / 1000;
  }

 private:
  const Plugin &plugin_;
  World world_;
  Stored stored_;
  PollCost cost_;
};

}  // namespace

bool selects_one(const TriggerSpec &spec) {
  return spec.gate && std::ranges::any_of(spec.gate->where, [&](const Condition &condition) {
           return std::ranges::find(spec.gate->key, condition.pointer) != spec.gate->key.end();
         });
}

Measured measure(const Plugin &plugin, const TriggerSpec &spec, const Case &measured) {
  Account account(plugin, spec, measured.extent);
  Measured out;
  out.baseline = account.poll(CPI_POLL_BASELINE);
  account.poll(CPI_POLL_NORMAL);
  for (std::size_t days = 0; days < measured.quiet_days; ++days) {
    account.pass(day_ms);
    account.poll(CPI_POLL_NORMAL);
  }
  account.poll(CPI_POLL_NORMAL);
  out.idle = account.poll(CPI_POLL_NORMAL);
  account.make_news(measured);
  out.changed = account.poll(CPI_POLL_NORMAL);
  for (int polls = 0; polls < 3; ++polls) out.after.push_back(account.poll(CPI_POLL_NORMAL));
  // After six hours and 24 polls nothing that was learned is trusted (rule 9 of the detection).
  account.pass(trusted_ms);
  for (int polls = 0; polls < trusted_polls; ++polls) {
    const PollCost next = account.poll(CPI_POLL_NORMAL);
    if (next.requests > out.full.requests) out.full = next;
  }
  return out;
}

}  // namespace model
