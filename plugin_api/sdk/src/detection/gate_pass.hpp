// The pass over a gate: which of the lists behind it have to be read, and which are there no more.
//
// It asks nothing by itself. Whoever has a channel gets a page and gives it here, and scans the
// lists that are due:
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

// What a page of the gate holds.
struct GatePage {
  std::vector<GateRow> rows;        // that pass its `where` and are of its days
  std::vector<std::uint64_t> keys;  // of all
  std::vector<std::uint64_t> left;  // that are there, and do not pass
  std::size_t refused = 0;          // without a key
  std::optional<std::uint64_t> total;
};
// `scope`: the input, for `where`. Throws Failure where there is no list. [any]
GatePage read_gate_page(const PollPlan &plan, const boost::json::object &scope,
                        const DigestKey &key, std::int64_t now, const Page &page);
// Gives templates /window/from and /window/to, where the gate has days.
void put_gate_window(const GatePlan &gate, boost::json::object &scope, std::int64_t now);

// For a person: what a list is called, and what it is to the service. `gate`: its row.
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
  // What came; nothing where there is no such page.
  void take(std::optional<Page> page, std::int64_t now);

  // Of the page that came: none where it is as it was, or is no page of the gate.
  const std::vector<GateRow> &rows() const noexcept { return page_.rows; }
  // Whether the list behind a row has to be scanned. It is to be shown to templates then.
  bool is_due(const GateRow &row) const;
  void show(const GateRow &row);
  // A list that was refused is left alone for a while.
  bool rests(const GateRow &row, std::int64_t now);
  void count_answer(Shard &shard);
  void refuse(Shard &shard, const GateRow &row, const Failure &failure, std::int64_t now);
  // Behind the rows of this page.
  void advance();
  // A budget ends the poll among the rows of this page: the next one begins with it.
  void stop();

  // Every page is as it was: there is nothing to do.
  bool is_untouched() const noexcept { return lazy_; }
  // Where the gate is one counter for one list: what it counts.
  std::string all_counters() const;
  // Forgets the lists that are no more. Throws Failure where none of the lists could be read.
  void end(std::int64_t now);

 private:
  void begin();
  void see_page(bool first);
  void forget_lists(bool sure, std::int64_t now);

  const PollPlan &plan_;
  const GatePlan &gate_;
  PollParts &parts_;
  PageWalk walk_;
  bool more_ = true;
  bool first_;         // request of a pass that begins with the first page
  bool from_start_;    // it began with the first page
  bool lazy_;          // every page so far is as it was
  bool whole_ = true;  // no page was passed over unread
  std::string position_;
  std::size_t matched_ = 0;
  std::string joined_;  // keys and counters of all rows
  std::vector<std::uint64_t> last_keys_;
  std::unordered_set<std::uint64_t> left_;  // rows that are there and do not pass
  std::size_t answered_ = 0;                // lists that could be read
  std::optional<Failure> refusal_;          // of the last one that could not

  // The page that came last.
  GatePage page_;
  boost::json::array documents_;  // its rows, for templates
  bool repeats_ = false;
  bool ends_here_ = false;
};

}  // namespace cpi::detection
