#include "watch_round.hpp"

#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>

namespace cpi::detection {

namespace json = boost::json;

namespace {

// The rows of an answer, judged against what is remembered of them.
class WatchedRowSink final : public RowSink {
 public:
  WatchedRowSink(const PollPlan &plan, const Terms &terms, const DigestKey &key, Shard &shard)
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
    const bool is_reportable =
        judgement.change == Change::changed && plan_.emits_changed && holds(terms_.when, slots);
    if (is_reportable) {
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

WatchRound::WatchRound(PollParts &parts, Shard &shard, const Terms &terms, std::int64_t now)
    : plan_(parts.plan), parts_(parts), shard_(shard), terms_(terms) {
  bool forgot = false;
  rows_ = choose_watched(plan_, shard, terms.today, now, forgot);
  // A row that was forgotten, or is on the pages again, is not read singly any more.
  const auto is_over = [&](const RefusedPart &part) {
    const Remembered *row = shard.memory.find(part.id);
    return row == nullptr || row->seen;
  };
  if (std::erase_if(shard.refused, is_over) > 0) forgot = true;
  if (forgot) parts.position.touch();
}

std::size_t WatchRound::end() const noexcept {
  return std::min(at_ + plan_.watch->batch, rows_.size());
}

void WatchRound::show() {
  json::array keys;
  for (std::size_t i = at_; i < end(); ++i) keys.emplace_back(rows_[i].key);
  parts_.scope["watch"] = {{"key", rows_[at_].key}, {"keys", std::move(keys)}};
}

// The service answered for these rows.
void WatchRound::end_refusals() {
  for (std::size_t i = at_; i < end(); ++i) {
    if (shard_.end_refusal(rows_[i].row)) parts_.position.touch();
  }
}

void WatchRound::take(const Page &page) {
  const WatchPlan &watch = *plan_.watch;
  const DigestKey &key = parts_.position.cursor().key;
  WatchedRowSink sink(plan_, terms_, key, shard_);
  const RowsRead read = page.read(watch.layout, key, plan_.service->errors, sink);
  parts_.rows_seen += read.rows;
  end_refusals();
  if (sink.moved) parts_.position.touch();
  for (const Wanted &wanted : sink.wanted) parts_.outbox.expect(wanted.becomes.key);
  parts_.events.make(shard_, std::move(sink.wanted), page, watch.layout, parts_.outbox);
  parts_.position.forget(shard_, sink.forgotten);
}

// Of several that were asked for at once, nobody knows which one is gone.
void WatchRound::found_gone() {
  end_refusals();
  if (plan_.watch->batch == 1) parts_.position.forget(shard_, {rows_[at_].row});
}

void WatchRound::found_refused(const std::string &why, std::int64_t now) {
  for (std::size_t i = at_; i < end(); ++i) {
    shard_.count_refusal(rows_[i].row, now);
    parts_.refusals.add(shard_.id, rows_[i].row, why);
  }
  parts_.position.touch();
  parts_.notes.add(rows_[at_].key + " could not be read: " + why + " It will be tried again.");
}

void WatchRound::next() {
  at_ += plan_.watch->batch;
}

}  // namespace cpi::detection
