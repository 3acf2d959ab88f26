// TOP: newest first until a page is wholly known, where the order was seen and not assumed.
#include "strategy.hpp"

namespace cpi::detection {

extern const Strategy top_strategy = {
    .judge = judge_set,
    .usual = {.fresh = true},
    .possible = {.fresh = true, .changed = true, .removed = true},
    .needs_order = true,
    .stops_at_known = true,
};

}  // namespace cpi::detection
