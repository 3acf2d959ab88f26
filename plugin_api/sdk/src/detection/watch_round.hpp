// One round of asking by name for rows that left the pages before they were final.
//
// It asks nothing by itself: whoever has a channel asks for what show() puts into the scope, and
// gives what came to take() or says that it is gone.
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
  WatchRound(PollParts &parts, Shard &shard, const Terms &terms);

  bool done() const noexcept { return at_ >= rows_.size(); }
  // Puts the key, or the keys of one request, into the scope.
  void show();
  // What came for them. Throws Failure where it cannot be read.
  void take(const Page &page);
  void found_gone();
  void found_refused(const std::string &why);
  void next();

 private:
  std::size_t end() const noexcept;

  const PollPlan &plan_;
  PollParts &parts_;
  Shard &shard_;
  const Terms &terms_;
  std::vector<Watched> rows_;
  std::size_t at_ = 0;
};

}  // namespace cpi::detection
