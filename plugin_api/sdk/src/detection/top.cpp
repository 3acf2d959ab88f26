// TOP: newest first until a page is wholly known, where the order was seen and not assumed.
#include "strategy.hpp"

namespace cpi::detection {

Scalar rank_of(std::string_view text) {
  Scalar rank;
  rank.kind = is_integer(text) ? ScalarKind::integer : ScalarKind::text;
  rank.text = text;
  return rank;
}

void observe_order(Scan &scan, const Scalar &rank) {
  if (!rank.identifies()) {
    scan.rising = true;  // an order that some row does not show is none to rely on
    return;
  }
  if (!scan.last_rank.empty()) {
    const int against = compare(rank, rank_of(scan.last_rank));
    if (against > 0) scan.rising = true;
    if (against < 0) scan.falling = true;
  }
  scan.last_rank = rank.text;
}

Order judge_order(Order before, const Scan &scan) noexcept {
  if (before == Order::violated || scan.rising) return Order::violated;
  return scan.falling ? Order::falling : before;
}

extern const Strategy top_strategy = {
    .judge = judge_set,
    .usual = {.fresh = true},
    .possible = {.fresh = true, .changed = true, .removed = true},
    .needs_order = true,
    .stops_at_known = true,
};

}  // namespace cpi::detection
