// One round of single reads of rows that left the pages before they were final.
//
// It sends no requests: the caller requests the rows that show() puts into the scope, and passes
// the answer to take() or reports that the row no longer exists.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "page.hpp"
#include "poll_parts.hpp"
#include "strategies.hpp"

namespace cpi::detection {

class WatchRound {
 public:
  // Chooses the rows. `terms`: of the scan before it.
  WatchRound(PollParts &parts, Shard &shard, const Terms &terms, std::int64_t now);

  bool done() const noexcept { return at_ >= rows_.size(); }
  // Puts the key, or the keys of one request, into the scope.
  void show();
  // Takes the answer. Throws Failure if it cannot be read.
  void take(const Page &page);
  void found_gone();
  void found_refused(const std::string &why, std::int64_t now);
  void next();

 private:
  std::size_t end() const noexcept;
  void end_refusals();

  const PollPlan &plan_;
  PollParts &parts_;
  Shard &shard_;
  const Terms &terms_;
  std::vector<Watched> rows_;
  std::size_t at_ = 0;
};

}  // namespace cpi::detection
