// The pass over a gate: which of its lists have to be read, and which were removed.
//
// It sends no requests. The caller requests the pages, passes them here, and scans the due lists:
//
//   while (pass.may_ask()) {
//     pass.take(ask for pass.extra());
//     for (row : pass.rows()) if (pass.is_due(row)) scan the list behind it;
//     pass.advance();
//   }
//   pass.end(now);
//
// The theory of operation is in gate_pass.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include <boost/json/array.hpp>

#include "cpi/language/failure.hpp"
#include "cpi/sdk/paging.hpp"
#include "page.hpp"
#include "poll_parts.hpp"
#include "strategies.hpp"

namespace cpi::detection {

// The contents of a page of the gate.
struct GatePage {
  std::vector<GateRow> rows;        // that pass `where` and are in the window
  std::vector<std::uint64_t> keys;  // of all rows
  std::vector<std::uint64_t> left;  // that exist but do not pass
  std::size_t refused = 0;          // without a key
  std::optional<std::uint64_t> total;
};
// `scope`: the input, for `where`. Throws Failure if there is no list. [any]
GatePage read_gate_page(const PollPlan &plan, const boost::json::object &scope,
                        const DigestKey &key, std::int64_t now, const Page &page);
// Adds /window/from and /window/to for templates, if the gate has a window.
void put_gate_window(const GatePlan &gate, boost::json::object &scope, std::int64_t now);

// The name and id of a list, for messages. `gate`: its row.
std::string name_of_list(const GateRow &row, const boost::json::object &scope);

class GatePass {
 public:
  GatePass(PollParts &parts, std::int64_t now);
  GatePass(const GatePass &) = delete;
  GatePass &operator=(const GatePass &) = delete;

  bool may_ask() const noexcept { return more_; }
  Extra extra() const { return walk_.extra(); }
  const PageMark *expected() const noexcept;
  bool is_end(const Failure &failure) const noexcept { return !first_ && is_past_the_end(failure); }
  // Takes a page; empty if there is no such page.
  void take(std::optional<Page> page, std::int64_t now);

  // The rows of the current page; none if it is unchanged or not a page of the gate.
  const std::vector<GateRow> &rows() const noexcept { return page_.rows; }
  const GatePage &page() const noexcept { return page_; }
  // True at the first page of a pass that begins with it.
  bool is_at_its_start() const noexcept { return from_start_ && parts_.marks.count() <= 1; }
  // True if the list of a row has to be scanned. Templates must see the row then.
  bool is_due(const GateRow &row) const;
  void show(const GateRow &row);
  // Records a refused list, which is not read for a while.
  bool rests(const GateRow &row, std::int64_t now);
  void count_answer(Shard &shard);
  // Keeps the name of a list for as long as it, or a part of it, is refused.
  void name_parts(Shard &shard, const GateRow &row);
  void refuse(Shard &shard, const GateRow &row, const Failure &failure, std::int64_t now);
  // Continues after the rows of this page.
  void advance();
  // A budget ended the poll within this page: the next poll begins with it.
  void stop();

  // True if every page is unchanged: there is nothing to do.
  bool is_untouched() const noexcept { return lazy_; }
  // If the gate is one counter for one list: the counter.
  std::string all_counters() const;
  // Removes lists that no longer exist. Throws Failure if no list could be read.
  void end(std::int64_t now);

 private:
  void begin();
  void see_page(bool first);
  void set_refused_name(Shard &shard, const std::string &name);
  void forget_lists(bool sure, std::int64_t now);

  const PollPlan &plan_;
  const GatePlan &gate_;
  PollParts &parts_;
  PageWalk walk_;
  bool more_ = true;
  bool first_;         // the first request of a pass that begins with the first page
  bool from_start_;    // the pass began with the first page
  bool lazy_;          // every page so far is unchanged
  bool whole_ = true;  // no page was skipped
  std::string position_;
  std::size_t matched_ = 0;
  std::string joined_;  // keys and counters of all rows
  std::vector<std::uint64_t> last_keys_;
  std::unordered_set<std::uint64_t> left_;  // rows that exist but do not pass
  std::size_t answered_ = 0;                // lists that could be read
  std::optional<Failure> refusal_;          // of the last one that could not be read

  // The current page.
  GatePage page_;
  boost::json::array documents_;  // its rows, for templates
  bool repeats_ = false;
  std::size_t alike_ = 0;  // pages in a row with the rows of the page before
  bool ends_here_ = false;
};

}  // namespace cpi::detection
