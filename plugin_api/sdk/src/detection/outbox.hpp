// Events that wait to be stored.
//
// Rule 3: a row is remembered as reported only with the batch that reports it, so events that were
// not stored are found again. Until then the outbox keeps which rows have an event, and the values
// to remember.
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
  bool forget = false;   // remove the row after its event is stored
  bool falling = false;  // its list has the newest first
  std::string rank;
  std::string key;  // without generation
  std::string subject;
  std::string data;
};

class Outbox {
 public:
  // True if the row has an event, or one that is about to be made.
  bool holds(std::uint64_t row) const noexcept { return rows_.contains(row); }
  // Announces an event of the row.
  void expect(std::uint64_t row) { rows_.insert(row); }
  void add(Pending event) { events_.push_back(std::move(event)); }
  // Withdraws the row's event: another row with the same key counts instead.
  void withdraw(std::uint64_t shard, std::uint64_t row);
  // Discards the events of a list that could not be read to its end.
  void withdraw_all_of(std::uint64_t shard);
  void clear();

  bool empty() const noexcept { return events_.empty(); }
  std::size_t size() const noexcept { return events_.size(); }

  // Sorts the oldest first, if rows have ranks and none was removed. Call before the first batch.
  void sort();
  // Up to `most` events, and the cursor after exactly these.
  Batch take_batch(std::size_t most, Position &position, std::int64_t now);
  bool all_taken() const noexcept { return taken_ == events_.size(); }

 private:
  std::vector<Pending> events_;
  std::unordered_set<std::uint64_t> rows_;
  std::size_t taken_ = 0;
};

}  // namespace cpi::detection
