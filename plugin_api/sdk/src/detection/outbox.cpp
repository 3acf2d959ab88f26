#include "outbox.hpp"

#include <algorithm>
#include <utility>

#include "strategies.hpp"

namespace cpi::detection {

void Outbox::withdraw(std::uint64_t shard, std::uint64_t row) {
  std::erase_if(events_, [&](const Pending &event) {
    return event.shard == shard && event.becomes.key == row;
  });
  rows_.erase(row);
}

void Outbox::withdraw_all_of(std::uint64_t shard) {
  std::erase_if(events_, [&](const Pending &event) {
    const bool of_it = event.shard == shard;
    if (of_it) rows_.erase(event.becomes.key);
    return of_it;
  });
}

void Outbox::clear() {
  events_.clear();
  rows_.clear();
  taken_ = 0;
}

void Outbox::sort() {
  const bool ranked =
      std::ranges::none_of(events_, [](const Pending &event) { return event.rank.empty(); });
  if (!ranked) return;
  // Of equal ranks, the later one in the list is older if the newest come first.
  std::vector<std::pair<Scalar, std::ptrdiff_t>> places;
  places.reserve(events_.size());
  for (std::size_t i = 0; i < events_.size(); ++i) {
    const auto index = static_cast<std::ptrdiff_t>(i);
    places.emplace_back(rank_of(events_[i].rank), events_[i].falling ? -index - 1 : index);
  }
  std::ranges::sort(places, [](const auto &a, const auto &b) {
    const int by_rank = compare(a.first, b.first);
    return by_rank != 0 ? by_rank < 0 : a.second < b.second;
  });
  std::vector<Pending> sorted;
  sorted.reserve(events_.size());
  for (const auto &[rank, place] : places) {
    const std::ptrdiff_t index = place < 0 ? -place - 1 : place;
    sorted.push_back(std::move(events_[static_cast<std::size_t>(index)]));
  }
  events_ = std::move(sorted);
}

Batch Outbox::take_batch(std::size_t most, Position &position, std::int64_t now) {
  position.need_body();
  Cursor &cursor = position.cursor();
  ++cursor.generation;
  const std::string generation = "." + std::to_string(cursor.generation);
  const std::size_t end = std::min(taken_ + most, events_.size());
  Batch batch;
  batch.events.reserve(end - taken_);
  std::unordered_set<std::uint64_t> forgotten;
  std::unordered_set<std::uint64_t> shards;
  for (; taken_ < end; ++taken_) {
    Pending &event = events_[taken_];
    batch.events.push_back({.key = std::move(event.key) + generation,
                            .subject = std::move(event.subject),
                            .data = std::move(event.data)});
    Shard &shard = cursor.at(event.shard);
    if (event.forget) {
      forgotten.insert(event.becomes.key);
      shards.insert(shard.id);
    } else {
      shard.memory.put(std::move(event.becomes));
    }
  }
  for (const std::uint64_t id : shards) {
    cursor.at(id).memory.erase_if(
        [&](const Remembered &row) { return forgotten.contains(row.key); });
  }
  if (all_taken()) {
    batch.cursor = position.encode(now);
    return batch;
  }
  std::vector<std::uint64_t> waiting;  // lists with events still to come
  for (std::size_t i = taken_; i < events_.size(); ++i) {
    const std::uint64_t id = events_[i].shard;
    if (std::ranges::find(waiting, id) == waiting.end()) waiting.push_back(id);
  }
  batch.cursor = position.encode_before(waiting, now);
  return batch;
}

}  // namespace cpi::detection
