// Reading one by one the rows that left the pages before they were final.
#include <algorithm>

#include "cpi/sdk/failure.hpp"
#include "poll_run.hpp"

namespace cpi::detection {

namespace json = boost::json;

namespace {

// The rows of an answer, judged against what is remembered of them.
class WatchSight final : public RowSink {
 public:
  WatchSight(const PollPlan &plan, const Terms &terms, const DigestKey &key, Shard &shard)
      : plan_(plan), terms_(terms), key_(key), shard_(shard) {}

  void on_row(std::size_t index, const Slots &slots) override {
    std::string text;
    if (!append_key(plan_.key, plan_.lower_key, slots, text)) return;
    const std::uint64_t row = row_hash(key_, shard_.id, text);
    const Remembered *old = shard_.memory.find(row);
    if (old == nullptr) return;
    const bool twice =
        std::ranges::any_of(wanted, [&](const Wanted &each) { return each.becomes.key == row; });
    if (twice) return;
    Judgement judgement = judge({plan_, terms_, key_, slots, row, old});
    const bool final = watched_key(plan_, judgement.becomes).empty();
    const bool told =
        judgement.change == Change::changed && plan_.emits_changed && holds(terms_.when, slots);
    if (told) {
      wanted.push_back({.index = index,
                        .change = judgement.change,
                        .becomes = std::move(judgement.becomes),
                        .before = old->values,
                        .key = std::move(text),
                        .rank = plan_.order ? slots[*plan_.order].text : std::string(),
                        .forget = final});
    } else if (final) {
      forgotten.push_back(row);
    } else if (judgement.change == Change::changed || judgement.refresh) {
      shard_.memory.put(std::move(judgement.becomes));
      moved = true;
    }
  }

  std::vector<Wanted> wanted;
  std::vector<std::uint64_t> forgotten;
  bool moved = false;

 private:
  const PollPlan &plan_;
  const Terms &terms_;
  const DigestKey &key_;
  Shard &shard_;
};

}  // namespace

Task<void> PollRun::watch(Shard &shard) {
  const WatchPlan &watch = *plan_.watch;
  bool forgot = false;
  const std::vector<Watched> rows = choose_watched(plan_, shard, terms_.today, forgot);
  dirty_ = dirty_ || forgot;
  for (std::size_t at = 0; at < rows.size(); at += watch.batch) {
    const std::size_t end = std::min(at + watch.batch, rows.size());
    json::array keys;
    for (std::size_t i = at; i < end; ++i) keys.emplace_back(rows[i].key);
    scope_["watch"] = {{"key", rows[at].key}, {"keys", std::move(keys)}};
    std::optional<Fetched> page;
    const Extra none;
    bool refused = false;
    try {
      page.emplace(co_await fetch(watch.request, watch.paging, none, nullptr));
    } catch (const Failure &failure) {
      if (!is_of_one_list(failure)) throw;
      refused = failure.error_class != ErrorClass::not_found;
      if (refused) {
        note(rows[at].key + " could not be read: " + failure.message +
             " It will be tried again with the next poll.");
      }
    }
    if (refused) continue;
    if (!page) {  // it is no more
      std::vector<std::uint64_t> gone;
      for (std::size_t i = at; i < end; ++i) gone.push_back(rows[i].row);
      if (watch.batch == 1) forget(shard, gone);
      continue;
    }
    WatchSight sight(plan_, terms_, cursor_.key, shard);
    const RowsRead read = read_rows(watch.layout, cursor_.key, page->body(), sight);
    if (!read.ok()) page->refuse(plan_.service->errors, read.problem);
    seen_ += read.rows;
    dirty_ = dirty_ || sight.moved;
    for (const Wanted &wanted : sight.wanted) queued_.insert(wanted.becomes.key);
    tell(shard, std::move(sight.wanted), *page, watch.paging);
    forget(shard, sight.forgotten);
  }
}

}  // namespace cpi::detection
