#include "row_judge.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace cpi::detection {

void RowJudge::begin() {
  judged_.clear();
  left_.clear();
  held_.clear();
}

bool RowJudge::end() {
  const bool silently =
      std::ranges::any_of(judged_, [](const auto &each) { return each.second.silently; });
  judged_.clear();
  return silently;
}

void RowJudge::see_leave(const Shard &shard, std::uint64_t row) {
  if (shard.memory.find(row) != nullptr) left_.insert(row);
}

RowJudge::Seen RowJudge::see(Shard &shard, Purpose purpose, const KeyedRow &row,
                             std::vector<Wanted> &wanted) {
  if (held_.contains(row.row)) return Seen::known;
  // Rule 13, for a row that was already judged.
  const auto twin = judged_.find(row.row);
  if (twin != judged_.end()) {
    const Remembered *before = twin->second.before ? &*twin->second.before : nullptr;
    const Judgement judgement = judge_row(row, before);
    const Remembered &other = twin->second.becomes;
    if (judgement.becomes.key == 0) return Seen::fresh;
    // Of two rows that are alike, the one that passes counts.
    const bool passes = other.waits && !stands_before(plan_, other, judgement.becomes) &&
                        holds(terms_.when, row.slots);
    if (!passes && !stands_before(plan_, judgement.becomes, other)) return Seen::fresh;
    withdraw(shard, row.row, wanted);
  } else if (outbox_.holds(row.row)) {
    return Seen::fresh;
  }
  Remembered *old = shard.memory.find(row.row);
  const bool twice = old != nullptr && old->seen;
  if (old != nullptr) {
    old->seen = true;
    if (old->absent > 0) position_.touch();
    old->absent = 0;
  }
  Judgement judgement = judge_row(row, old);
  const bool passes = holds(terms_.when, row.slots);
  const bool waits = waits_on(shard, old, passes, twice);
  const bool rewritten = old != nullptr && waits != old->waits;
  if (judgement.becomes.key == 0) {
    if (!rewritten) return Seen::known;
    judgement.becomes = *old;
  }
  const bool fresh = judgement.change == Change::fresh;
  const bool changed = judgement.change == Change::changed;
  const Seen seen = fresh ? Seen::fresh : changed ? Seen::changed : Seen::known;
  // Rule 13: its key was already judged, and the other row counts.
  const bool differs = changed || judgement.refresh;
  if (twice && differs && !stands_before(plan_, judgement.becomes, *old)) return seen;
  judgement.becomes.seen = true;
  judgement.becomes.waits = waits;
  const bool held = old != nullptr && old->held;
  const bool first_pass = rewritten && passes && (held || !shard.filter_changed);
  judgement.becomes.held = held && !first_pass;
  const bool emits = (fresh && plan_.emits_new) || (changed && plan_.emits_changed) || first_pass;
  const bool is_reportable = emits && passes;
  if (row.doubtful && fresh && is_reportable && reports(purpose)) {
    judgement.becomes.waits = judgement.becomes.held = true;
    held_.insert(row.row);
    position_.count_row();
    position_.touch();
    shard.memory.put(std::move(judgement.becomes));
    return seen;
  }
  std::string rank = plan_.order ? row.slots[*plan_.order].text : std::string();
  if (is_reportable && reports(purpose)) {
    outbox_.expect(row.row);
    keep(row.row, old, judgement.becomes, false);
    wanted.push_back({.index = row.index,
                      .change = changed && plan_.emits_changed ? Change::changed : Change::fresh,
                      .becomes = std::move(judgement.becomes),
                      .before = old != nullptr ? old->values : std::string(),
                      .key = std::string(row.key),
                      .rank = std::move(rank),
                      .forget = false});
    return seen;
  }
  if (!fresh && !changed && !judgement.refresh && !rewritten) return seen;
  if (fresh) position_.count_row();
  if (is_reportable && fresh && purpose == Purpose::baseline) {
    backfill_.offer(position_.cursor(), shard.id, row.row, std::move(rank));
  }
  if (!reports(purpose) || !keep(row.row, old, judgement.becomes, true)) position_.touch();
  shard.memory.put(std::move(judgement.becomes));
  return seen;
}

Judgement RowJudge::judge_row(const KeyedRow &row, const Remembered *old) const {
  return judge({plan_, terms_, position_.cursor().key, row.slots, row.row, old});
}

// Rule 12: true if the row has never passed the filter, or passes no longer and is held. `twice`:
// another row with its key was seen before it in this scan.
bool RowJudge::waits_on(const Shard &shard, const Remembered *old, bool passes, bool twice) const {
  if (!plan_.emits_new || plan_.when.empty()) return false;
  if (old == nullptr || (shard.filter_changed && !twice)) return !passes;
  return old->waits && !passes;
}

// Stores the decision, in case the row's key appears again. False if a second row cannot differ.
bool RowJudge::keep(std::uint64_t row, const Remembered *old, const Remembered &becomes,
                    bool silently) {
  if (!plan_.shape.values && !plan_.shape.version) return false;
  Judged judged{.before = {}, .becomes = becomes, .silently = silently};
  if (old != nullptr) judged.before = *old;
  judged_.insert_or_assign(row, std::move(judged));
  return true;
}

// Resets the row to unseen: another row with its key counts.
void RowJudge::withdraw(Shard &shard, std::uint64_t row, std::vector<Wanted> &wanted) {
  const auto node = judged_.extract(row);
  std::erase_if(wanted, [&](const Wanted &each) { return each.becomes.key == row; });
  outbox_.withdraw(shard.id, row);
  if (node.mapped().before) {
    Remembered before = *node.mapped().before;
    before.seen = false;
    shard.memory.put(std::move(before));
  } else if (shard.memory.find(row) != nullptr) {
    shard.memory.erase(row);
    position_.discount_rows(1);
  }
}

}  // namespace cpi::detection
