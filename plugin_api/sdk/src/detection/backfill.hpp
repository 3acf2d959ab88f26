// Rule 1, `last:N`: a baseline that leaves the newest N rows out, so that the next polls find them.
#pragma once

#include <cstdint>
#include <string>

#include "cpi/sdk/channel.hpp"
#include "cpi/sdk/detection/cursor.hpp"
#include "cpi/sdk/detection/plan.hpp"

namespace cpi::detection {

class Backfill {
 public:
  Backfill() = default;  // none
  Backfill(const Begin &begin, const PollPlan &plan) noexcept;

  bool wanted() const noexcept { return rows_ > 0; }
  // All rows: nothing is remembered, and every row is reported.
  bool of_everything() const noexcept { return rows_ == UINT64_MAX; }

  // Adds a row of the baseline; the cursor keeps the newest ones.
  void offer(Cursor &cursor, std::uint64_t shard, std::uint64_t row, std::string rank) const;
  // Call at the end of the baseline. True if there are rows to report.
  bool leave_out(Cursor &cursor) const;

 private:
  std::uint64_t rows_ = 0;
};

}  // namespace cpi::detection
