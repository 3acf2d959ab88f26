#include "position.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "strategies.hpp"

namespace cpi::detection {

Opened Position::open(std::string_view bytes) {
  std::string_view body;
  const Opened opened = open_cursor(bytes, plan_.fingerprint, cursor_, body);
  unread_ = body;
  return opened;
}

void Position::start_over(std::string_view entropy, std::int64_t now) {
  cursor_ = {};
  cursor_.key = digest_key(entropy);
  cursor_.forced_at = now;
  // Above all generations of an earlier baseline, so that no event key is used twice.
  cursor_.generation = static_cast<std::uint64_t>(std::max<std::int64_t>(0, now) / 1000);
  unread_.reset();
  rows_ = 0;
  touched_ = true;
}

void Position::need_body() {
  if (!unread_) return;
  if (!open_body(*unread_, plan_.shape, cursor_)) throw Damaged{};
  unread_.reset();
  for (const Shard &shard : cursor_.shards) rows_ += shard.memory.size();
}

void Position::forget(Shard &shard, const std::vector<std::uint64_t> &rows) {
  if (rows.empty()) return;
  const std::unordered_set<std::uint64_t> doomed(rows.begin(), rows.end());
  shard.memory.erase_if([&](const Remembered &row) { return doomed.contains(row.key); });
  discount_rows(rows.size());
  touched_ = true;
}

bool Position::has_nothing_pending() const {
  if (!trusted_ || cursor_.pass_open || !cursor_.complete) return false;
  return std::ranges::all_of(cursor_.shards, [](const Shard &shard) {
    return shard.ready && !shard.again && !shard.scan.running && shard.missing == 0 &&
           shard.refusals == 0 && shard.refused.empty();
  });
}

std::string Position::encode(std::int64_t now) {
  cursor_.nothing_pending = has_nothing_pending();
  const Shard *only = plan_.gate ? nullptr : cursor_.find(0);
  cursor_.order = only != nullptr ? only->order : Order::unknown;
  cursor_.has_single_reads = false;
  if (plan_.watch) {
    for (Shard &shard : cursor_.shards) {
      shard.memory.each([&](const Remembered &row) {
        cursor_.has_single_reads =
            cursor_.has_single_reads || (!row.seen && !watched_key(plan_, row).empty());
      });
    }
  }
  cursor_.written_at = now;
  return cursor_.encode(plan_.fingerprint, plan_.shape);
}

std::string Position::encode_before(std::span<const std::uint64_t> shards, std::int64_t now) {
  struct Kept {
    std::uint64_t shard;
    bool again;
    Scan scan;
  };
  std::vector<Kept> kept;
  for (const std::uint64_t id : shards) {
    Shard &shard = cursor_.at(id);
    kept.push_back({id, shard.again, std::exchange(shard.scan, {})});
    shard.again = true;
  }
  const bool pass_open = std::exchange(cursor_.pass_open, false);
  std::string pass = std::exchange(cursor_.pass, {});
  std::string out = encode(now);
  cursor_.pass_open = pass_open;
  cursor_.pass = std::move(pass);
  for (Kept &each : kept) {
    Shard &shard = cursor_.at(each.shard);
    shard.again = each.again;
    shard.scan = std::move(each.scan);
  }
  return out;
}

}  // namespace cpi::detection
