// Events that wait to be stored.
//
// Rule 3: a row is remembered as reported only with the batch that reports it, so whatever is not
// stored is found again. Until then this knows which rows have an event, and what is to be
// remembered of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "cpi/sdk/channel.hpp"
#include "cpi/sdk/detection/memory.hpp"
#include "position.hpp"

namespace cpi::detection {

struct Pending {
  std::uint64_t shard = 0;
  Remembered becomes;
  bool forget = false;   // the row, once its event is stored
  bool falling = false;  // its list has the newest first
  std::string rank;
  std::string key;  // without generation
  std::string subject;
  std::string data;
};

class Outbox {
 public:
  // Whether the row has an event, made or about to be.
  bool holds(std::uint64_t row) const noexcept { return rows_.contains(row); }
  // An event of the row is about to be made.
  void expect(std::uint64_t row) { rows_.insert(row); }
  void add(Pending event) { events_.push_back(std::move(event)); }
  // Another row with the same key stands for it.
  void withdraw(std::uint64_t shard, std::uint64_t row);
  // What was found in a list that could not be read to its end.
  void withdraw_all_of(std::uint64_t shard);
  void clear();

  bool empty() const noexcept { return events_.empty(); }
  std::size_t size() const noexcept { return events_.size(); }

  // The oldest first, where every event has a rank. Before the first batch.
  void sort();
  // Up to `most` events, and the cursor that has passed just these.
  Batch take_batch(std::size_t most, Position &position, std::int64_t now);
  bool all_taken() const noexcept { return taken_ == events_.size(); }

 private:
  std::vector<Pending> events_;
  std::unordered_set<std::uint64_t> rows_;
  std::size_t taken_ = 0;
};

}  // namespace cpi::detection
