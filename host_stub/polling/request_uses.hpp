// The RequestUse of a worker's triggers, and what of it the database does not have yet.
//
// Idle polls write nothing, so not every poll makes a difference here:
// 1. A trigger's counts are to be stored when what people are shown of them has changed: the
//    requests of the last poll, or the rounded average; and when the polls behind the average have
//    doubled since they were stored. A trigger whose polls make the same requests each time is soon
//    stored no more.
// 2. Whoever stores takes all that is to be stored, in one transaction.
// 3. At most `most` triggers are kept: those that were polled first. Beyond that the counts would
//    cost more memory than everything else that a trigger needs.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "polling/request_use.hpp"
#include "store/records.hpp"

namespace host {

class RequestUses {
 public:
  static constexpr std::size_t most = 10'000;

  // Reads what is stored of a trigger, when it is polled for the first time.
  using Stored = std::function<std::optional<RequestCounts>(std::int64_t row)>;
  explicit RequestUses(Stored stored, std::size_t limit = most)
      : stored_(std::move(stored)), limit_(limit) {}

  // As in RequestUse; the trigger's use after it, an empty one beyond the limit. A baseline is
  // always to be stored: what was stored before it has been deleted with the old cursor.
  RequestUse add(std::int64_t row, RequestUse::Poll poll);
  RequestUse add_failed(std::int64_t row, std::uint32_t requests);
  RequestUse add_baseline(std::int64_t row, std::uint32_t requests);
  // The triggers that are no longer polled.
  void keep_only(const std::function<bool(std::int64_t row)> &polled);

  bool changed() const noexcept { return !changed_.empty(); }
  // Ordered by row; from now on they count as stored.
  std::vector<TriggerRequests> take_changed();
  // They could not be stored.
  void put_back(const std::vector<TriggerRequests> &taken);

 private:
  struct Entry {
    RequestUse use;
    std::optional<RequestCounts> stored;
  };

  Entry *entry(std::int64_t row);  // null beyond the limit
  RequestUse counted(std::int64_t row, const Entry &entry);

  Stored stored_;
  std::size_t limit_;
  std::unordered_map<std::int64_t, Entry> by_row_;
  std::set<std::int64_t> changed_;  // rows
};

}  // namespace host
