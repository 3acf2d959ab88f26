// WIN: a window of days, wide enough for time zones and late rows; keys are removed with their day.
#include <algorithm>

#include "strategy.hpp"

namespace cpi::detection {

Days window_days(const WindowPlan &window, const Shard &shard, std::int64_t today) noexcept {
  const std::int64_t watermark = shard.watermark_day;
  const std::int64_t mark = watermark == 0 ? today : std::min(watermark, today);
  return {std::max<std::int64_t>(mark - window.back_days, shard.floor_day),
          today + window.ahead_days};
}

void put_window(boost::json::object &scope, Days days, std::int64_t day) {
  scope["window"] = {
      {"from", day_text(days.first)}, {"to", day_text(days.last)}, {"day", day_text(day)}};
}

Judgement judge_win(const RowComparison &comparison) {
  Judgement judgement =
      comparison.plan.shape.values ? judge_hash(comparison) : judge_known(comparison);
  const auto day = day_of(comparison.slots[comparison.plan.window->by]);
  judgement.becomes.key = comparison.row;
  judgement.becomes.version =
      static_cast<std::uint32_t>(std::max<std::int64_t>(0, day.value_or(comparison.terms.today)));
  // A row with a later timestamp must not be removed with its old day; one without a timestamp must
  // not be removed while it is listed.
  judgement.refresh =
      judgement.change == Change::none && comparison.old->version != judgement.becomes.version;
  return judgement;
}

namespace {

void compile_window(const PlanPart &part, PollPlan &plan, const Service &) {
  part.only({"by", "back_days", "ahead_days", "each_day"});
  plan.window = WindowPlan{.by = plan.layout.want(part.pointer("by")),
                           .back_days = static_cast<int>(part.whole("back_days", 1, 1, 3650)),
                           .ahead_days = static_cast<int>(part.whole("ahead_days", 1, 1, 3650)),
                           .each_day = part.yes("each_day", false)};
}

}  // namespace

extern const Strategy win_strategy = {
    .judge = judge_win,
    .usual = {.fresh = true},
    .possible = {.fresh = true, .changed = true},
    .limit = partial_list,
    .no_version = "cannot be had with win: use remember, or a longer key",
    .keeps_version = true,     // the day
    .reads_every_page = true,  // the window moves while the page does not
    .compile = compile_window,
};

}  // namespace cpi::detection
