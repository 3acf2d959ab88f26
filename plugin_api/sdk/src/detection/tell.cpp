// From rows to stored events.
#include <algorithm>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/serialize.hpp>

#include "cpi/sdk/failure.hpp"
#include "poll_run.hpp"

namespace cpi::detection {

namespace json = boost::json;

namespace {

json::string_view name_of(Change change) {
  switch (change) {
    case Change::changed:
      return "changed";
    case Change::removed:
      return "removed";
    default:
      return "new";
  }
}

// Newer than: by rank, then by arrival.
bool newer(const Newest &a, const Newest &b) {
  const int by_rank = compare(rank_of(a.rank), rank_of(b.rank));
  return by_rank != 0 ? by_rank > 0 : a.sequence > b.sequence;
}

}  // namespace

// Only now is a document made, and only for a page that has something to tell.
void PollRun::tell(const Shard &shard, std::vector<Wanted> wanted, const Fetched &page,
                   const Paging &paging) {
  if (wanted.empty()) return;
  json::monotonic_resource arena;
  json::array rows = parse_rows(paging, page.body(), &arena);
  for (Wanted &each : wanted) {
    json::value row = std::move(rows[each.index]);
    // Or the event would be no JSON, and the connector to blame for it.
    if (!is_writable(row)) page.refuse(plan_.service->errors, "has a number that is too large");
    plan_.answer.mend(row);
    pend(shard, std::move(each), std::move(row));
  }
}

void PollRun::tell_removed(const Shard &shard, const Remembered &gone) {
  Wanted wanted;
  wanted.change = Change::removed;
  wanted.becomes.key = gone.key;
  wanted.before = gone.values;
  wanted.forget = true;
  auto kept = compare_values(plan_, gone.values, {}).first;
  // The key's text, from the values that are kept whole for this.
  Slots slots(plan_.layout.slots());
  json::value value;
  std::string_view values = gone.values;
  for (const std::size_t slot : plan_.key) {
    if (unpack(values, value)) slots[slot] = to_scalar(value);
  }
  wanted.key = gate_key_;
  append_key(plan_.key, plan_.lower_key, slots, wanted.key);
  queued_.insert(gone.key);
  pend(shard, std::move(wanted), std::move(kept));
}

void PollRun::pend(const Shard &shard, Wanted wanted, json::value row) {
  scope_["row"] = std::move(row);
  scope_["change"] = name_of(wanted.change);
  scope_["key"] = wanted.key;
  if (wanted.change == Change::fresh || plan_.remember.empty()) {
    scope_.erase("previous");
    scope_.erase("delta");
  } else {
    auto [previous, delta] = compare_values(plan_, wanted.before, wanted.becomes.values);
    scope_["previous"] = std::move(previous);
    scope_["delta"] = std::move(delta);
  }
  Pending pending;
  pending.shard = shard.id;
  pending.forget = wanted.forget;
  pending.falling = shard.order == Order::falling || (shard.scan.falling && !shard.scan.rising);
  pending.rank = std::move(wanted.rank);
  pending.key = std::move(wanted.key);
  pending.subject = event_subject();
  pending.data = json::serialize(event_data());
  pending.becomes = std::move(wanted.becomes);
  pending_.push_back(std::move(pending));
}

json::value PollRun::event_data() {
  json::value data;
  if (plan_.data) {
    data = plan_.data->place(Scope{scope_}).value_or(json::object{});
  } else {
    data = scope_["row"];
  }
  if (!data.is_object()) data = json::object{{"value", std::move(data)}};
  plan_.output.mend(data);
  return data;
}

std::string PollRun::event_subject() {
  std::string subject;
  for (const Placement &part : plan_.subject) {
    if (const auto placed = part.place(Scope{scope_})) subject += to_scalar(*placed).text;
  }
  return subject;
}

void PollRun::offer_newest(const Shard &shard, std::uint64_t row, std::string rank) {
  if (backfill_ == UINT64_MAX) return;
  auto &newest = cursor_.newest;
  newest.push_back({shard.id, row, cursor_.sequence++, std::move(rank)});
  std::ranges::push_heap(newest, newer);  // the oldest on top
  if (newest.size() > backfill_) {
    std::ranges::pop_heap(newest, newer);
    newest.pop_back();
  }
}

// ---- Storing --------------------------------------------------------------------------------

void PollRun::sort_pending() {
  const bool ranked = plan_.order && std::ranges::none_of(pending_, [](const Pending &pending) {
                        return pending.rank.empty();
                      });
  if (!ranked) return;
  // Of equals, the one further down is older where the newest come first.
  std::vector<std::pair<Scalar, std::ptrdiff_t>> places;
  places.reserve(pending_.size());
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    const auto index = static_cast<std::ptrdiff_t>(i);
    places.emplace_back(rank_of(pending_[i].rank), pending_[i].falling ? -index - 1 : index);
  }
  std::ranges::sort(places, [](const auto &a, const auto &b) {
    const int by_rank = compare(a.first, b.first);
    return by_rank != 0 ? by_rank < 0 : a.second < b.second;
  });
  std::vector<Pending> sorted;
  sorted.reserve(pending_.size());
  for (const auto &[rank, place] : places) {
    const std::ptrdiff_t index = place < 0 ? -place - 1 : place;
    sorted.push_back(std::move(pending_[static_cast<std::size_t>(index)]));
  }
  pending_ = std::move(sorted);
}

Task<void> PollRun::flush() {
  need_body();
  sort_pending();
  for (std::size_t told = 0; told < pending_.size();) {
    ++cursor_.generation;
    const std::string generation = "." + std::to_string(cursor_.generation);
    const std::size_t end = std::min(told + max_events_, pending_.size());
    Batch batch;
    batch.events.reserve(end - told);
    std::unordered_set<std::uint64_t> forgotten;
    std::unordered_set<std::uint64_t> shards;
    for (; told < end; ++told) {
      Pending &pending = pending_[told];
      batch.events.push_back({.key = std::move(pending.key) + generation,
                              .subject = std::move(pending.subject),
                              .data = std::move(pending.data)});
      Shard &shard = cursor_.at(pending.shard);
      if (pending.forget) {
        forgotten.insert(pending.becomes.key);
        shards.insert(shard.id);
      } else {
        shard.memory.put(std::move(pending.becomes));
      }
    }
    for (const std::uint64_t id : shards) {
      cursor_.at(id).memory.erase_if(
          [&](const Remembered &row) { return forgotten.contains(row.key); });
    }
    batch.cursor = told == pending_.size() ? encode() : encode_told(told);
    co_await channel_.store(std::move(batch));
  }
}

std::string PollRun::encode() {
  cursor_.settled = settled();
  const Shard *only = plan_.gate ? nullptr : cursor_.find(0);
  cursor_.order = only != nullptr ? only->order : Order::unknown;
  cursor_.watching = false;
  if (plan_.watch) {
    for (Shard &shard : cursor_.shards) {
      shard.memory.each([&](const Remembered &row) {
        cursor_.watching = cursor_.watching || (!row.seen && !watched_key(plan_, row).empty());
      });
    }
  }
  cursor_.written_at = channel_.now();
  return cursor_.encode(plan_.fingerprint, plan_.shape);
}

// The cursor after the first `told` events only: lists with events still to come are to be read
// again from their start, for whoever finds this one.
std::string PollRun::encode_told(std::size_t told) {
  Cursor &cursor = cursor_;
  struct Kept {
    std::uint64_t shard;
    bool again;
    Scan scan;
  };
  std::vector<Kept> kept;
  for (std::size_t i = told; i < pending_.size(); ++i) {
    Shard &shard = cursor.at(pending_[i].shard);
    const bool had = std::ranges::any_of(kept, [&](const Kept &k) { return k.shard == shard.id; });
    if (had) continue;
    kept.push_back({shard.id, shard.again, std::move(shard.scan)});
    shard.again = true;
    shard.scan = {};
  }
  const bool pass_open = std::exchange(cursor.pass_open, false);
  std::string pass = std::exchange(cursor.pass, {});
  std::string out = encode();
  cursor.pass_open = pass_open;
  cursor.pass = std::move(pass);
  for (Kept &each : kept) {
    Shard &shard = cursor.at(each.shard);
    shard.again = each.again;
    shard.scan = std::move(each.scan);
  }
  return out;
}

}  // namespace cpi::detection
