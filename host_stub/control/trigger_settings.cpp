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

Cost cost_of(const json::object &trigger, std::int64_t interval) {
  Cost out;
  out.polls_per_day =
      std::round(day_s * 1000 / static_cast<double>(std::max<std::int64_t>(interval, 1)));
  const json::object *cost = object_at(trigger, "cost");
  if (cost == nullptr) return out;
  const json::value *idle = cost->if_contains("idle_requests");
  if (idle != nullptr && idle->is_number()) out.idle_requests = idle->to_number<double>();
  out.idle_text = text_at(*cost, "idle_requests");
  out.change_requests = text_at(*cost, "change_requests");
  const json::value *shared = cost->if_contains("shared");
  out.shared = shared != nullptr && shared->is_bool() && shared->get_bool();
  return out;
}

json::object cost_json(const Cost &cost) {
  json::object out{{"polls_per_day", json_number(cost.polls_per_day)}};
  if (cost.idle_requests) {
    out["idle_requests"] = json_number(*cost.idle_requests);
    out["idle_requests_per_day"] = json_number(*cost.idle_requests * cost.polls_per_day);
  } else if (!cost.idle_text.empty()) {
    out["idle_requests"] = cost.idle_text;
  }
  if (!cost.change_requests.empty()) out["change_requests"] = cost.change_requests;
  out["shared"] = cost.shared;
  return out;
}

std::string cost_text(const Cost &cost) {
  std::string out = rounded(cost.polls_per_day) + " polls a day";
  if (cost.idle_requests) {
    out += ", each " + rounded(*cost.idle_requests) +
           (*cost.idle_requests == 1 ? " request" : " requests") +
           " while nothing changes: " + rounded(*cost.idle_requests * cost.polls_per_day) +
           " a day";
  } else if (!cost.idle_text.empty()) {
    out += ", each while nothing changes: " + cost.idle_text;
  }
  if (!cost.change_requests.empty()) out += "; when something changed: " + cost.change_requests;
  if (cost.shared) out += "; shared with the account's other triggers";
  return out;
}

}  // namespace host
