// EDGE: fires when a number crosses its threshold, and again only after it has returned to the
// rearm value.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cpi/language/failure.hpp"
#include "strategy.hpp"

namespace cpi::detection {

namespace json = boost::json;

namespace {

// Remembered::version of an edge.
constexpr std::uint32_t armed = 1;
constexpr std::uint32_t fired = 2;

// `detect.edge`.
struct EdgePlan {
  std::vector<std::pair<std::string, std::size_t>> values;  // name and slot
  std::optional<Placement> chosen;                          // name; absent: the only one
  bool days_left = false;
  bool above = false;
  Placement threshold;
  std::optional<Placement> rearm;  // absent: the threshold itself
};

// The same, evaluated with the trigger's input.
struct EdgeTerms {
  std::size_t slot = 0;
  double threshold = 0;
  double rearm = 0;
};

void compile_edge(const PlanPart &part, PollPlan &plan, const Service &) {
  part.only({"value", "as", "below", "above", "rearm"});
  EdgePlan edge;
  if (const json::value *value = part.find("value"); value != nullptr && value->is_object()) {
    const PlanPart choice = part.part("value");
    choice.only({"of", "by"});
    const PlanPart of = choice.part("of");
    if (of.object() != nullptr) {
      for (const auto &member : *of.object()) {
        edge.values.emplace_back(member.key(), plan.layout.want(of.pointer(member.key())));
      }
      if (edge.values.empty()) of.refuse("names no value");
    }
    edge.chosen = choice.node("by");
  } else {
    edge.values.emplace_back("", plan.layout.want(part.pointer("value")));
  }
  if (part.has("as")) {
    const std::string as = part.text("as");
    if (as != "number" && as != "days_left") {
      part.refuse("as", "must be number or days_left");
    }
    edge.days_left = as == "days_left";
  }
  edge.above = part.has("above");
  if (edge.above == part.has("below")) {
    part.refuse("needs one of below and above");
  } else {
    edge.threshold = part.node(edge.above ? "above" : "below");
  }
  if (part.has("rearm")) edge.rearm = part.node("rearm");
  plan.own = std::make_shared<const EdgePlan>(std::move(edge));
}

const EdgePlan &edge_of(const PollPlan &plan) noexcept {
  return *static_cast<const EdgePlan *>(plan.own.get());
}

std::shared_ptr<const void> place_edge(const PollPlan &plan, const json::object &scope) {
  const EdgePlan &edge = edge_of(plan);
  EdgeTerms terms;
  terms.slot = edge.values.front().second;
  if (edge.chosen) {
    const auto chosen = edge.chosen->place(Scope{scope});
    const auto *name = chosen ? chosen->if_string() : nullptr;
    const auto known = std::ranges::find_if(edge.values, [&](const auto &value) {
      return name != nullptr && value.first == std::string_view(*name);
    });
    if (known == edge.values.end()) {
      throw Failure(ErrorClass::invalid_input, Fault::user,
                    "The value to watch is none of those this trigger knows.");
    }
    terms.slot = known->second;
  }
  terms.threshold = number_at(edge.threshold, scope, "threshold");
  terms.rearm = edge.rearm ? number_at(*edge.rearm, scope, "rearming value", terms.threshold)
                           : terms.threshold;
  return std::make_shared<const EdgeTerms>(terms);
}

bool value_of_edge(const RowComparison &comparison, const EdgeTerms &terms, double &out) {
  const Scalar &value = comparison.slots[terms.slot];
  if (!edge_of(comparison.plan).days_left) return to_number(value, out);
  // The clock is exact enough here: only whole days count, and a difference of a day is harmless.
  const auto day = day_of(value);
  if (day) out = static_cast<double>(*day - comparison.terms.today);
  return day.has_value();
}

Judgement judge_edge(const RowComparison &comparison) {
  Judgement judgement;
  const EdgeTerms &edge = *static_cast<const EdgeTerms *>(comparison.terms.own.get());
  double value = 0;
  if (!value_of_edge(comparison, edge, value)) return judgement;
  const bool above = edge_of(comparison.plan).above;
  const bool across = above ? value > edge.threshold : value < edge.threshold;
  const bool back = above ? value <= edge.rearm : value >= edge.rearm;
  judgement.becomes.key = comparison.row;
  if (comparison.plan.shape.values) {
    judgement.becomes.values = pack_values(comparison.plan, comparison.key, comparison.slots);
  }
  const std::uint32_t before = comparison.old != nullptr ? comparison.old->version : 0;
  const bool crossed = before == armed && across;
  judgement.becomes.version = across ? fired : back || before != fired ? armed : fired;
  if (comparison.old == nullptr) {
    judgement.change = Change::fresh;
  } else if (crossed) {
    judgement.change = Change::changed;
  } else {
    judgement.refresh = judgement.becomes.version != before;
  }
  return judgement;
}

}  // namespace

extern const Strategy edge_strategy = {
    .judge = judge_edge,
    .usual = {.changed = true},
    .possible = {.changed = true},
    .limit = "an edge only emits changed",
    .needs_key = false,
    .compares_values = false,
    .no_version = "has no meaning for an edge",
    .keeps_version = true,
    .reads_every_page = true,  // input and day may change while the page does not
    .compile = compile_edge,
    .place = place_edge,
};

}  // namespace cpi::detection
