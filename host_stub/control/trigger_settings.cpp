#include "control/trigger_settings.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <chrono>
#include <cmath>
#include <system_error>
#include <vector>

#include "base/json_member.hpp"
#include "control/failure.hpp"
#include "text/time_text.hpp"

namespace host {

namespace {

namespace json = boost::json;

constexpr double day_s = 86'400;
constexpr double longest_interval_s = 31 * day_s;
constexpr double usual_interval_s = 300;
constexpr double least_interval_s = 60;  // where the trigger names none

double number_at(const json::object &object, std::string_view key, double otherwise) {
  const json::value *value = object.if_contains(key);
  return value != nullptr && value->is_number() ? value->to_number<double>() : otherwise;
}

// The name in the manifest, and in --start.
std::string_view manifest_name(StartMode mode) {
  return to_string(mode);
}
std::string_view flag_name(StartMode mode) {
  return mode == StartMode::last_n ? "last:N" : to_string(mode);
}

std::vector<StartMode> allowed_starts(const json::object &trigger) {
  std::vector<StartMode> out;
  const json::object *start = object_at(trigger, "start");
  const json::value *allow = start == nullptr ? nullptr : start->if_contains("allow");
  for (const StartMode mode : {StartMode::now, StartMode::last_n, StartMode::all}) {
    const bool listed = allow != nullptr && allow->is_array() &&
                        std::ranges::any_of(allow->get_array(), [mode](const json::value &name) {
                          return name.is_string() && name.get_string() == manifest_name(mode);
                        });
    // A trigger without `start` supports "now", as all triggers do.
    if (listed || (allow == nullptr && mode == StartMode::now)) out.push_back(mode);
  }
  return out;
}

std::string rounded(double number) {
  if (number == std::floor(number)) return std::to_string(static_cast<std::int64_t>(number));
  std::string out = std::to_string(number);
  out.erase(out.find_last_not_of('0') + 1);
  return out;
}

json::value json_number(double number) {
  if (number == std::floor(number)) return static_cast<std::int64_t>(number);
  return number;
}

}  // namespace

Start parse_start(std::string_view text, const json::object &trigger) {
  const std::vector<StartMode> allowed = allowed_starts(trigger);
  std::string choices;
  for (const StartMode mode : allowed)
    choices += (choices.empty() ? "" : ", ") + std::string(flag_name(mode));

  Start start;
  if (text.empty()) {
    const json::object *declared = object_at(trigger, "start");
    const std::string name(declared == nullptr ? "" : text_at(*declared, "default"));
    // The user chooses the number; for a manifest that defaults to last_n it is one.
    start.mode = from_string<StartMode>(name).value_or(StartMode::now);
    start.count = start.mode == StartMode::last_n ? 1 : 0;
    return start;
  }
  if (text == "now") {
    start.mode = StartMode::now;
  } else if (text == "all") {
    start.mode = StartMode::all;
  } else if (text.starts_with("last:")) {
    start.mode = StartMode::last_n;
    const std::string_view digits = text.substr(5);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), start.count);
    if (error != std::errc() || end != digits.data() + digits.size() || start.count == 0 ||
        start.count > 1'000'000)
      throw wrong_call("\"" + std::string(text) +
                       "\" is not a valid start: N in last:N must be a number from "
                       "1 to 1000000.");
  } else {
    throw wrong_call("\"" + std::string(text) + "\" is not a valid start. Choose " + choices + '.');
  }
  if (std::ranges::find(allowed, start.mode) == allowed.end())
    throw wrong_call("This trigger cannot start with \"" + std::string(text) + "\". Choose " +
                     choices + '.');
  return start;
}

std::int64_t interval_ms(std::optional<double> seconds, const json::object &trigger) {
  const double wanted = seconds ? *seconds : number_at(trigger, "interval_s", usual_interval_s);
  const double least = number_at(trigger, "min_interval_s", least_interval_s);
  if (!(wanted >= least))
    throw wrong_call("The interval of " + rounded(wanted) +
                     " seconds is too short: the minimum for this trigger is " + rounded(least) +
                     " seconds.");
  if (wanted > longest_interval_s)
    throw wrong_call("An interval of " + rounded(wanted) + " seconds is longer than a month.");
  return std::llround(wanted * 1000);
}

Cost cost_of(const json::object &trigger, std::int64_t interval, const json::object &input) {
  Cost out;
  out.polls_per_day =
      std::round(day_s * 1000 / static_cast<double>(std::max<std::int64_t>(interval, 1)));
  out.stated = cpi::manifest::stated_cost(trigger);
  const cpi::manifest::Amounts amounts = cpi::manifest::large_account(out.stated, input);
  if (const auto requests = cpi::manifest::requests_a_day(
          out.stated, amounts, static_cast<double>(std::max<std::int64_t>(interval, 1)) / 1000))
    out.requests_per_day = std::round(*requests);
  // Each poll reads everything where the polls are that far apart.
  const bool always_full =
      out.stated.full && interval >= out.stated.full_every_s * std::int64_t{1000};
  const auto &idle = always_full ? out.stated.full : out.stated.idle;
  if (idle) out.idle_requests = cpi::manifest::requests_of(*idle, amounts);
  if (out.stated.change)
    out.change_requests = cpi::manifest::requests_of(*out.stated.change, amounts);
  out.may_choose = !out.stated.chosen_by.empty() && amounts.read_lists > 1;
  return out;
}

bool needs_acceptance(const Cost &cost) {
  // Nobody can calculate with words: a person has to read them.
  if (cost.stated.idle && !cost.stated.idle->words.empty()) return true;
  return cost.requests_per_day && *cost.requests_per_day > cpi::manifest::costly_requests_a_day;
}

namespace {

// Of a count that does not grow.
std::optional<double> fixed_requests(const std::optional<cpi::manifest::RequestCount> &count) {
  if (!count || !count->words.empty() || !count->more.empty()) return std::nullopt;
  return count->requests;
}

bool grows(const cpi::manifest::StatedCost &stated) {
  return (stated.idle && !stated.idle->more.empty()) || (stated.full && !stated.full->more.empty());
}

}  // namespace

json::object cost_json(const Cost &cost) {
  json::object out{{"polls_per_day", json_number(cost.polls_per_day)}};
  const auto put = [&out](const char *name, const auto &count, const std::string &words) {
    if (!count) return;
    const auto fixed = fixed_requests(count);
    out[name] = fixed ? json_number(*fixed) : json::value(words);
  };
  const cpi::manifest::StatedCost &stated = cost.stated;
  put("idle_requests", stated.idle, stated.idle ? text_of(*stated.idle) : "");
  if (const auto idle = fixed_requests(stated.idle))
    out["idle_requests_per_day"] = json_number(*idle * cost.polls_per_day);
  if (stated.change) out["change_requests"] = change_text(stated);
  if (stated.full) {
    put("full_requests", stated.full, text_of(*stated.full));
    out["full_every_s"] = stated.full_every_s;
  }
  out["shared"] = stated.shared;
  if (cost.requests_per_day && grows(stated))
    out["large_account"] = {{"of_each", cpi::manifest::of_each_in_large_account},
                            {"requests_per_day", json_number(*cost.requests_per_day)}};
  out["needs_acceptance"] = needs_acceptance(cost);
  return out;
}

std::string excess_text(const Cost &cost, const RequestUse &use) {
  constexpr std::uint32_t few = 10;
  constexpr double many_times = 3;
  if (use.latest().empty() || !cost.idle_requests) return {};
  std::uint32_t made = UINT32_MAX;
  double stated = 0;
  for (const RequestUse::Poll &poll : use.latest()) {
    const double expected = poll.found
                                ? std::max(*cost.idle_requests, cost.change_requests.value_or(0))
                                : *cost.idle_requests;
    if (poll.requests <= few || poll.requests < many_times * expected) return {};
    made = std::min(made, poll.requests);
    stated = std::max(stated, expected);
  }
  std::string text = "Each of the last " + std::to_string(use.latest().size()) + " polls made " +
                     std::to_string(made) + " requests or more; stated are at most " +
                     rounded(stated);
  if (grows(cost.stated))
    text += " in an account with " + std::to_string(cpi::manifest::of_each_in_large_account) +
            " of each";
  return text +
         ". Either the account has much more than that, or the service answers in a way that the "
         "connector does not expect. A longer interval lowers the number of requests.";
}

std::string cost_text(const Cost &cost) {
  const cpi::manifest::StatedCost &stated = cost.stated;
  const std::string polls = rounded(cost.polls_per_day) + " polls a day";
  if (!stated.idle && !stated.change) return polls;
  std::string out;
  if (stated.idle) {
    out = text_of(*stated.idle, " a poll when nothing changed");
    const double idle = stated.idle->requests * cost.polls_per_day;
    if (fixed_requests(stated.idle))
      out += ": " + rounded(idle) + " a day in " + polls;
    else
      out += ", in " + polls;
  } else {
    out = polls;
  }
  if (stated.change) out += "; when something changed: " + change_text(stated);
  if (stated.full)
    out += "; " + full_every_text(stated) + ", when everything is read: " + text_of(*stated.full);
  if (stated.shared) out += "; shared with the account's other triggers";
  if (cost.requests_per_day && grows(stated))
    out += "; in an account with " + std::to_string(cpi::manifest::of_each_in_large_account) +
           " of each: " + rounded(*cost.requests_per_day) + " a day while nothing changes";
  return out;
}

}  // namespace host
