#include "cpi/manifest/cost.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "json_access.hpp"

namespace cpi::manifest {
namespace {

std::string number_text(double number) {
  if (number == std::floor(number)) return std::to_string(static_cast<std::int64_t>(number));
  std::string out = std::to_string(number);
  out.erase(out.find_last_not_of('0') + 1);
  return out;
}

std::uint64_t natural_in(const json::object &object, std::string_view key,
                         std::uint64_t otherwise) {
  const auto found = integer_in(object, key);
  return found && *found >= 0 ? static_cast<std::uint64_t>(*found) : otherwise;
}

CostGrowth growth_of(const json::object &stated) {
  CostGrowth growth;
  growth.counts = text_in(stated, "counts");
  growth.noun = text_in(stated, stated.contains("each") ? "each" : "of");
  growth.requests = natural_in(stated, "requests", 1);
  growth.every = stated.contains("each") ? 1 : natural_in(stated, "every", 0);
  growth.beyond = natural_in(stated, "beyond", 0);
  growth.most = natural_in(stated, "most", UINT64_MAX);
  return growth;
}

std::optional<RequestCount> count_in(const json::object &cost, std::string_view key) {
  const json::value *stated = cost.if_contains(key);
  if (stated == nullptr) return std::nullopt;
  RequestCount count;
  if (stated->is_number()) {
    count.requests = stated->to_number<double>();
  } else if (const json::string *words = stated->if_string()) {
    count.words = view(*words);
  } else if (const json::object *object = stated->if_object()) {
    count.requests = static_cast<double>(natural_in(*object, "requests", 0));
    if (const json::array *more = array_in(*object, "more")) {
      for (const json::value &each : *more) {
        if (const json::object *growth = each.if_object()) count.more.push_back(growth_of(*growth));
      }
    }
  } else {
    return std::nullopt;
  }
  return count;
}

std::uint64_t amount_of(std::string_view counts, const Amounts &amounts) {
  if (counts == "lists") return amounts.lists;
  if (counts == "read_lists") return amounts.read_lists;
  if (counts == "changed_lists") return amounts.changed_lists;
  if (counts == "rows") return amounts.rows;
  if (counts == "new_rows") return amounts.new_rows;
  if (counts == "watched_rows") return amounts.watched_rows;
  return counts == "quiet_days" ? amounts.quiet_days : 0;
}

std::string growth_text(const CostGrowth &growth) {
  std::string text = std::to_string(growth.requests) + " more ";
  if (growth.every == 0) {
    return text + "if there are more than " + std::to_string(growth.beyond) + ' ' + growth.noun;
  }
  text += growth.every == 1 ? "for each " : "for every " + std::to_string(growth.every) + ' ';
  text += growth.noun;
  if (growth.beyond > 0) text += " beyond the first " + std::to_string(growth.beyond);
  if (growth.most != UINT64_MAX) text += " (at most " + std::to_string(growth.most) + ")";
  return text;
}

// The input in a condition on the key of a gate's row: `{$from: /input/course_id}`.
std::string chosen_by(const json::object &trigger) {
  const json::object *detect = object_in(trigger, "detect");
  const json::object *gate = detect == nullptr ? nullptr : object_in(*detect, "gate");
  const json::array *conditions = gate == nullptr ? nullptr : array_in(*gate, "where");
  if (conditions == nullptr) return {};
  const json::array *key = array_in(*gate, "key");
  for (const json::value &each : *conditions) {
    const json::object *condition = each.if_object();
    if (condition == nullptr || !lists(key, text_in(*condition, "pointer"))) continue;
    const json::object *selected = object_in(*condition, "in");
    const std::string_view from = selected == nullptr ? "" : text_in(*selected, "$from");
    constexpr std::string_view input = "/input/";
    if (from.starts_with(input)) return std::string(from.substr(input.size()));
  }
  return {};
}

}  // namespace

StatedCost stated_cost(const json::object &trigger) {
  StatedCost out;
  const json::object *cost = object_in(trigger, "cost");
  if (cost == nullptr) return out;
  out.idle = count_in(*cost, "idle_requests");
  out.change = count_in(*cost, "change_requests");
  out.change_polls = static_cast<int>(integer_in(*cost, "change_polls").value_or(1));
  out.full = count_in(*cost, "full_requests");
  if (out.full) out.full_every_s = integer_in(*cost, "full_every_s").value_or(21'600);
  out.shared = flag_in(*cost, "shared");
  out.chosen_by = chosen_by(trigger);
  return out;
}

std::optional<double> requests_of(const RequestCount &count, const Amounts &amounts) {
  if (!count.words.empty()) return std::nullopt;
  const bool in_changed_ones = std::ranges::any_of(
      count.more, [](const CostGrowth &growth) { return growth.counts == "changed_lists"; });
  const std::uint64_t lists = in_changed_ones ? amounts.changed_lists : amounts.read_lists;
  double sum = count.requests;
  for (const CostGrowth &growth : count.more) {
    const std::uint64_t amount = std::min(amount_of(growth.counts, amounts), growth.most);
    if (amount <= growth.beyond) continue;
    const std::uint64_t beyond = amount - growth.beyond;
    const std::uint64_t times =
        growth.every == 0 ? 1 : beyond / growth.every + (beyond % growth.every > 0 ? 1 : 0);
    const bool in_each = growth.counts == "rows" || growth.counts == "new_rows";
    sum += static_cast<double>(growth.requests) * static_cast<double>(times) *
           static_cast<double>(in_each ? lists : 1);
  }
  return sum;
}

namespace {

bool counts_lists(const std::optional<RequestCount> &count) {
  return count && std::ranges::any_of(count->more, [](const CostGrowth &growth) {
           return growth.counts == "read_lists" || growth.counts == "changed_lists";
         });
}

}  // namespace

Amounts large_account(const StatedCost &cost, const json::object &input) {
  constexpr std::uint64_t all = of_each_in_large_account;
  Amounts amounts{.lists = all,
                  .read_lists = all,
                  .changed_lists = all,
                  .rows = all,
                  .new_rows = all,
                  .watched_rows = all,
                  .quiet_days = 1};
  const json::value *chosen = cost.chosen_by.empty() ? nullptr : input.if_contains(cost.chosen_by);
  const bool only_one =
      !counts_lists(cost.idle) && !counts_lists(cost.change) && !counts_lists(cost.full);
  if (only_one || (chosen != nullptr && !chosen->is_null()))
    amounts.read_lists = amounts.changed_lists = 1;
  return amounts;
}

std::optional<double> requests_a_day(const StatedCost &cost, const Amounts &amounts,
                                     double interval_s) {
  constexpr double day_s = 86'400;
  const auto idle = cost.idle ? requests_of(*cost.idle, amounts) : std::nullopt;
  if (!idle) return std::nullopt;
  const double polls = day_s / interval_s;
  const auto full = cost.full ? requests_of(*cost.full, amounts) : idle;
  if (!full) return std::nullopt;
  const double full_polls =
      cost.full ? std::min(polls, day_s / static_cast<double>(cost.full_every_s)) : 0;
  return *idle * (polls - full_polls) + *full * full_polls;
}

std::string text_of(const RequestCount &count, std::string_view when) {
  if (!count.words.empty()) return count.words + std::string(when);
  std::string text = number_text(count.requests) + (count.requests == 1 ? " request" : " requests");
  text += when;
  for (std::size_t i = 0; i < count.more.size(); ++i) {
    text += i + 1 < count.more.size() || count.more.size() == 1 ? ", " : " ";
    if (i + 1 == count.more.size()) text += "and ";
    text += growth_text(count.more[i]);
  }
  return text;
}

std::string change_text(const StatedCost &cost) {
  if (!cost.change) return {};
  std::string text = text_of(*cost.change);
  if (cost.change_polls > 1) text += " (in " + std::to_string(cost.change_polls) + " polls)";
  return text;
}

std::string full_every_text(const StatedCost &cost) {
  if (!cost.full) return {};
  const std::int64_t seconds = cost.full_every_s;
  if (seconds % 3600 != 0) return "every " + std::to_string(seconds) + " seconds";
  const std::int64_t hours = seconds / 3600;
  return hours == 1 ? "every hour" : "every " + std::to_string(hours) + " hours";
}

}  // namespace cpi::manifest
