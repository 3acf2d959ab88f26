// WATCH: rows that left the pages before they were final are asked for by name.
#include <algorithm>

#include "strategy.hpp"

namespace cpi::detection {

std::string_view watched_key(const PollPlan &plan, const Remembered &row) {
  std::string_view rest = row.values;
  boost::json::value ignored;
  for (std::size_t i = 0; i < plan.remember.size(); ++i) {
    if (!unpack(rest, ignored)) return {};
  }
  return rest;
}

std::vector<Watched> choose_watched(const PollPlan &plan, Shard &shard, std::int64_t today,
                                    std::int64_t now_unix_ms, bool &forgot) {
  const WatchPlan &watch = *plan.watch;
  const std::size_t before = shard.memory.size();
  shard.memory.erase_if([&](const Remembered &row) {
    if (row.seen) return false;
    // Of a list that moved while it was read, an unseen row may be there all the same.
    if (watched_key(plan, row).empty()) return !shard.again;
    return watch.give_up_days > 0 &&
           today - static_cast<std::int64_t>(row.version) > watch.give_up_days;
  });
  forgot = shard.memory.size() != before;
  std::vector<Watched> behind;  // before single_reads_from: their turn comes last
  std::vector<Watched> chosen;
  shard.memory.each([&](Remembered &row) {
    if (row.seen) return;
    std::string key(watched_key(plan, row));
    if (key.empty() || shard.is_resting(row.key, now_unix_ms)) return;
    auto &to = row.key < shard.single_reads_from ? behind : chosen;
    to.push_back({row.key, std::move(key)});
  });
  std::ranges::move(behind, std::back_inserter(chosen));
  const std::size_t most = watch.max * watch.batch;
  if (chosen.size() > most) {
    shard.single_reads_from = chosen[most].row;
    chosen.resize(most);
    forgot = true;  // the turn moved: worth keeping
  }
  return chosen;
}

namespace {

void compile_watch(const PlanPart &part, PollPlan &plan, const Service &service) {
  part.only({"request", "answer_rows", "final", "max", "batch", "give_up_days"});
  if (plan.key.size() != 1) part.refuse("watch needs a key of one pointer");
  WatchPlan watch;
  watch.request = part.request("request", service);
  if (part.has("answer_rows")) watch.paging.rows = part.pointer("answer_rows");
  watch.final = conditions_in(part, "final", plan.layout);
  watch.max = static_cast<std::size_t>(part.whole("max", 20, 1, 10'000));
  watch.batch = static_cast<std::size_t>(part.whole("batch", 1, 1, 10'000));
  watch.give_up_days = static_cast<int>(part.whole("give_up_days", 0, 0, 3650));
  plan.watch = std::move(watch);
}

}  // namespace

extern const Strategy watch_strategy = {
    .judge = judge_hash,
    .usual = {.changed = true},
    .possible = {.fresh = true, .changed = true},
    .limit = partial_list,
    .pages = 1,
    .compile = compile_watch,
};

}  // namespace cpi::detection
