// EDGE: fires when a number crosses its threshold, and again only after it came back as far as the
// rearming value.
#include "strategies.hpp"

namespace cpi::detection {

namespace {

// Remembered::version of an edge.
constexpr std::uint32_t armed = 1;
constexpr std::uint32_t fired = 2;

bool value_of(const Sight &sight, double &out) {
  const Scalar &value = sight.slots[sight.terms.edge.slot];
  if (!sight.plan.edge->days_left) return to_number(value, out);
  // The clock is good enough here: whole days only, and nothing is lost by a day.
  const auto day = day_of(value);
  if (day) out = static_cast<double>(*day - sight.terms.today);
  return day.has_value();
}

}  // namespace

Judgement judge_edge(const Sight &sight) {
  Judgement judgement;
  double value = 0;
  if (!value_of(sight, value)) return judgement;
  const EdgeTerms &edge = sight.terms.edge;
  const bool above = sight.plan.edge->above;
  const bool across = above ? value > edge.threshold : value < edge.threshold;
  const bool back = above ? value <= edge.rearm : value >= edge.rearm;
  judgement.becomes.key = sight.row;
  if (sight.plan.shape.values) {
    judgement.becomes.values = pack_values(sight.plan, sight.key, sight.slots);
  }
  const std::uint32_t before = sight.old != nullptr ? sight.old->version : 0;
  const bool crossed = before == armed && across;
  judgement.becomes.version = across ? fired : back || before != fired ? armed : fired;
  if (sight.old == nullptr) {
    judgement.change = Change::fresh;
  } else if (crossed) {
    judgement.change = Change::changed;
  } else {
    judgement.refresh = judgement.becomes.version != before;
  }
  return judgement;
}

}  // namespace cpi::detection
