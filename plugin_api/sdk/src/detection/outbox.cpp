#include "outbox.hpp"

#include <algorithm>
#include <ranges>
#include <span>
#include <utility>
#include <vector>

#include "rank.hpp"

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

namespace {

// An event's place among all: its rank, then its place in the list.
struct Place {
  Rank rank;
  std::ptrdiff_t index = 0;  // below 0: of a list that has the newest first, from its end

  std::size_t position() const noexcept {
    return static_cast<std::size_t>(index < 0 ? -index - 1 : index);
  }
};

// A row whose stamp is missing or odd stands beside the row before it in its list, or, if there is
// none, the row after it.
void fill_ranks(std::span<Place> places) {
  const auto most =
      std::ranges::max(places, {}, [](const Place &each) { return each.rank.kind(); }).rank.kind();
  const Place *neighbour = nullptr;
  const auto fill = [&](Place &place) {
    if (place.rank.kind() == most) {
      neighbour = &place;
    } else if (neighbour != nullptr) {
      place.rank = neighbour->rank;
    }
  };
  std::ranges::for_each(places, fill);
  std::ranges::for_each(places | std::views::reverse, fill);
}

}  // namespace

void Outbox::sort() {
  const bool ranked =
      std::ranges::none_of(events_, &Pending::forget) &&
      std::ranges::any_of(events_, [](const Pending &event) { return !event.rank.empty(); });
  if (!ranked) return;
  std::vector<Place> places;
  places.reserve(events_.size());
  std::size_t first = 0;  // of the current list
  for (std::size_t i = 0; i < events_.size(); ++i) {
    const auto index = static_cast<std::ptrdiff_t>(i);
    // Of equal ranks, the later one in the list is older if the newest come first.
    places.push_back({Rank(events_[i].rank), events_[i].falling ? -index - 1 : index});
    if (i + 1 < events_.size() && events_[i + 1].shard == events_[i].shard) continue;
    fill_ranks(std::span(places).subspan(first));
    first = i + 1;
  }
  std::ranges::sort(places, [](const Place &a, const Place &b) {
    const int by_rank = Rank::compare(a.rank, b.rank);
    return by_rank != 0 ? by_rank < 0 : a.index < b.index;
  });
  std::vector<Pending> sorted;
  sorted.reserve(events_.size());
  for (const Place &place : places) sorted.push_back(std::move(events_[place.position()]));
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
