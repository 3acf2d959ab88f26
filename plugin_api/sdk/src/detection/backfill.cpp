#include "backfill.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>
#include <vector>

#include "rank.hpp"

namespace cpi::detection {

namespace {

constexpr std::uint64_t most_backfilled = 10'000;  // newest rows; a larger number: all

// Orders by rank, then by arrival.
bool is_newer(const Newest &a, const Newest &b) {
  const int by_rank = Rank::compare(Rank(a.rank), Rank(b.rank));
  return by_rank != 0 ? by_rank > 0 : a.sequence > b.sequence;
}

}  // namespace

Backfill::Backfill(const Begin &begin, const PollPlan &plan) noexcept {
  if (begin.mode != CPI_POLL_BACKFILL || !plan.emits_new) return;
  rows_ = begin.backfill_count > most_backfilled ? UINT64_MAX : begin.backfill_count;
}

void Backfill::offer(Cursor &cursor, std::uint64_t shard, std::uint64_t row,
                     std::string rank) const {
  if (!wanted() || of_everything()) return;
  std::vector<Newest> &newest = cursor.newest;
  newest.push_back({shard, row, cursor.sequence++, std::move(rank)});
  std::ranges::push_heap(newest, is_newer);  // the oldest on top
  if (newest.size() > rows_) {
    std::ranges::pop_heap(newest, is_newer);
    newest.pop_back();
  }
}

bool Backfill::leave_out(Cursor &cursor) const {
  if (!wanted()) return false;
  std::unordered_set<std::uint64_t> rows;
  for (const Newest &newest : cursor.newest) {
    rows.insert(newest.key);
    if (Shard *shard = cursor.find(newest.shard)) shard->again = true;
  }
  // A row that is held is reported when it is seen again, wherever it stands in its list.
  for (Shard &shard : cursor.shards) {
    shard.memory.each([&](Remembered &row) {
      if (rows.contains(row.key)) row.waits = row.held = true;
    });
  }
  cursor.newest.clear();
  return !rows.empty();
}

}  // namespace cpi::detection
