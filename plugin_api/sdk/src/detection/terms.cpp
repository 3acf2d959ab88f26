#include "terms.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "cpi/json/rfc3339.hpp"
#include "cpi/language/failure.hpp"
#include "strategy.hpp"
#include "varint.hpp"

namespace cpi::detection {

namespace json = boost::json;

namespace {

constexpr std::int64_t day_ms = 86'400'000;

// Cursors keep the digest of this: what was written for a kind stays.
void write_conditions(const std::vector<PlacedCondition> &conditions, std::string &bytes) {
  for (const PlacedCondition &condition : conditions) {
    put_varint(condition.slot, bytes);
    put_varint(static_cast<std::uint64_t>(condition.kind), bytes);
    put_varint(condition.values.size(), bytes);
    for (const Scalar &value : condition.values) {
      put_varint(static_cast<std::uint64_t>(value.kind), bytes);
      put_text(value.text, bytes);
    }
    if (condition.kind != Condition::Kind::any) continue;
    put_varint(condition.any.size(), bytes);
    write_conditions(condition.any, bytes);
  }
}

bool reaches(const Scalar &found, const Scalar &least) {
  double number = 0;
  double wanted = 0;
  return to_number(found, number) && to_number(least, wanted) && compare(found, least) >= 0;
}

bool holds_one(const PlacedCondition &condition, const std::vector<Scalar> &slots) {
  if (condition.kind == Condition::Kind::any) {
    return std::ranges::any_of(condition.any,
                               [&](const PlacedCondition &each) { return holds_one(each, slots); });
  }
  const Scalar &found = slots[condition.slot];
  if (condition.kind == Condition::Kind::min) {
    return std::ranges::any_of(condition.values,
                               [&](const Scalar &least) { return reaches(found, least); });
  }
  const bool missing = found.kind == ScalarKind::absent;
  const bool in = std::ranges::any_of(condition.values, [&](const Scalar &value) {
    return value == found || (missing && value.kind == ScalarKind::null);
  });
  return in == (condition.kind == Condition::Kind::in);
}

}  // namespace

double number_at(const Placement &node, const json::object &scope, std::string_view what,
                 std::optional<double> otherwise) {
  const auto placed = node.place(Scope{scope});
  if (!placed && otherwise) return *otherwise;
  double number = 0;
  if (!placed || !to_number(to_scalar(*placed), number)) {
    throw Failure(ErrorClass::invalid_input, Fault::user,
                  "The " + std::string(what) + " must be a number.");
  }
  return number;
}

std::vector<PlacedCondition> place(const std::vector<Condition> &conditions,
                                   const json::object &scope) {
  std::vector<PlacedCondition> out;
  for (const Condition &condition : conditions) {
    if (condition.kind == Condition::Kind::any) {
      auto any = place(condition.any, scope);
      if (any.empty()) continue;
      PlacedCondition &made = out.emplace_back();
      made.kind = condition.kind;
      made.any = std::move(any);
      continue;
    }
    const auto placed = condition.values.place(Scope{scope});
    if (!placed) continue;
    PlacedCondition &made = out.emplace_back();
    made.slot = condition.slot;
    made.kind = condition.kind;
    if (const auto *list = placed->if_array()) {
      for (const json::value &value : *list) made.values.push_back(to_scalar(value));
    } else {
      made.values.push_back(to_scalar(*placed));
    }
  }
  return out;
}

std::uint32_t digest_of(const std::vector<PlacedCondition> &conditions) {
  constexpr DigestKey key = {0x66696c74, 0x65727321};
  std::string bytes;
  write_conditions(conditions, bytes);
  return static_cast<std::uint32_t>(siphash(key, bytes)) | 1;
}

Terms place_terms(const PollPlan &plan, const json::object &scope, std::int64_t now_unix_ms) {
  Terms terms;
  terms.where = place(plan.where, scope);
  terms.when = place(plan.when, scope);
  if (plan.watch) terms.final = place(plan.watch->final, scope);
  terms.today = now_unix_ms / day_ms;
  if (plan.horizon) {
    terms.horizon_days = std::llround(number_at(plan.horizon->days, scope, "number of days"));
  }
  if (plan.strategy->place != nullptr) terms.own = plan.strategy->place(plan, scope);
  return terms;
}

bool holds(const std::vector<PlacedCondition> &conditions, const std::vector<Scalar> &slots) {
  return std::ranges::all_of(
      conditions, [&](const PlacedCondition &condition) { return holds_one(condition, slots); });
}

std::optional<std::int64_t> day_of(const Scalar &stamp) {
  if (stamp.kind != ScalarKind::text) return std::nullopt;
  auto time = parse_lenient(stamp.text);
  if (!time) return std::nullopt;
  time->offset_minutes.reset();  // the day as written
  const std::int64_t ms = to_unix_ms(*time);
  return ms >= 0 ? ms / day_ms : -((-ms + day_ms - 1) / day_ms);
}

std::string day_text(std::int64_t day) {
  return format_date(from_unix_ms(day * day_ms));
}

}  // namespace cpi::detection
