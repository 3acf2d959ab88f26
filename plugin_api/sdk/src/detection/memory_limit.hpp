// How many rows a trigger can remember (PollPlan::limit): lists that a service counts as longer are
// refused before they are read.
//
//   baseline   the counts of all lists together; the first list is read only if all of them fit.
//              Then the gate is read to its end first, for its counts alone
//   later      the count of each list before it is read. A list that has grown too long is refused
//              like one that the service refuses (rule 7): the others go on
//   no gate    the `total` of the first page
//
// A count is only used if every row that it counts would be remembered (is_counted).
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_set>

#include "cpi/language/failure.hpp"
#include "cpi/sdk/paging.hpp"
#include "gate_pass.hpp"
#include "poll_parts.hpp"

namespace cpi::detection {

// True if every row of a list is remembered, so that its count can be held against the limit. [any]
bool is_counted(const PollPlan &plan) noexcept;

// The rows of this list that can be remembered, beside those of the other lists. The body of the
// cursor must be decoded.
std::size_t room_for(const PollParts &parts, const Shard &shard) noexcept;

// A list that has `rows` rows, while there is room for fewer. [any]
Failure list_too_long(const PollPlan &plan, std::uint64_t rows, std::size_t room);
// All lists together. [any]
Failure lists_too_long(const PollPlan &plan, std::uint64_t rows, std::size_t lists);
// A list that turned out to be too long while it was read. [any]
Failure read_too_many(const PollPlan &plan);
// True for these failures. [any]
bool is_too_long(const Failure &failure) noexcept;

// Throws list_too_long if the gate counts more rows of its list than there is room for.
void expect_room(const PollParts &parts, const Shard &shard, const GateRow &row);

// Adds up the counts of a gate, page by page:
//
//   while (counts.take(page)) page = ask for counts.extra();
class GateCounts {
 public:
  explicit GateCounts(const PollPlan &plan);
  GateCounts(const GateCounts &) = delete;
  GateCounts &operator=(const GateCounts &) = delete;

  // True if there may be another page.
  bool take(const GatePage &page);
  Extra extra() const { return walk_.extra(); }
  // Throws lists_too_long if the lists do not fit.
  void expect_room() const;

 private:
  const PollPlan &plan_;
  PageWalk walk_;
  std::unordered_set<std::uint64_t> keys_;     // of all rows of the gate
  std::unordered_set<std::uint64_t> counted_;  // of its lists
  std::uint64_t rows_ = 0;
  std::size_t lists_ = 0;
};

}  // namespace cpi::detection
