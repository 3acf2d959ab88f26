// The scan of one list, page by page, and the evaluation at its end.
//
// It sends no requests. The caller requests the pages and passes them here:
//
//   scan.start();
//   while (scan.may_ask()) { page = ask for scan.extra(); if (scan.take(page) != ask) break; }
//
// The theory of operation is in list_scan.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cpi/sdk/paging.hpp"
#include "page.hpp"
#include "poll_parts.hpp"
#include "row_judge.hpp"

namespace cpi::detection {

// The gate row of a list; empty if there is no gate.
struct BehindGate {
  std::string key;
  std::string counters;
};

class ListScan {
 public:
  // `shard`: null while all pages may be unchanged, when the body of the cursor is not needed.
  // Throws Failure for an invalid input.
  ListScan(PollParts &parts, Shard *shard, BehindGate behind, std::int64_t now);
  ListScan(const ListScan &) = delete;
  ListScan &operator=(const ListScan &) = delete;

  // ---- One scan: of the list, or of one day of its window ----

  void start();
  // False if the budget has no page left: then the next poll continues the scan.
  bool may_ask();
  Extra extra() const { return reading_->walk.extra(); }
  const PageMark *expected() const noexcept;
  // True if the failure of a request only means that the list has no such page.
  bool is_end(const Failure &failure) const noexcept {
    return !reading_->first && is_past_the_end(failure);
  }
  enum class Next : std::uint8_t { ask, finished, stopped };
  // Takes a page; empty if there is no such page. Throws Failure if it is not a list.
  Next take(std::optional<Page> page);

  // ---- If the window is read day by day ----

  // The current day was read to its end.
  void count_day();
  // A refused day that is not asked for yet, while other days are; pass_over_day() keeps it in the
  // window.
  bool is_resting_day(std::int64_t now) const noexcept;
  void pass_over_day();
  // Records a refused day. The other days are still read; false if none of them could be.
  bool may_go_on_without_day();
  void skip_day(const std::string &why, std::int64_t now);
  // Continues with the next day; false if there is none.
  bool next_day();

  // ---- At the end ----

  // True if every page is unchanged: there is nothing to do.
  bool is_untouched() const noexcept { return shard_ == nullptr; }
  // True if the counters have to be read again, to detect a change of the list during the scan.
  bool needs_check() const;
  bool counters_are(std::string_view counters) const noexcept;
  void found_moved() noexcept { shard_->scan.stable = false; }
  // False if the list has to be read again immediately.
  bool close(std::int64_t now);

  const Terms &terms() const noexcept { return terms_; }
  Purpose purpose() const noexcept { return purpose_; }

 private:
  friend class PageRowSink;

  // Statistics of a page.
  struct PageFacts {
    std::size_t rows = 0;
    std::size_t refused = 0;  // without a key
    std::size_t fresh = 0;
    std::size_t known = 0;
    std::size_t changed = 0;   // of the known
    std::size_t repeated = 0;  // also on the previous page
    std::size_t outdated = 0;  // beyond the horizon
    std::optional<std::uint64_t> total;
  };
  // Since the first page, or since the scan was resumed.
  struct Reading {
    PageWalk walk;
    bool first = true;                // first request
    std::size_t fresh = 0;            // unknown rows
    std::vector<std::uint64_t> keys;  // of the last page
    std::size_t alike = 0;            // pages in a row with the rows of the page before
    std::uint64_t last_digest = 0;
    std::uint64_t reached = 0;  // rows from the start of the list
    std::string known_rank;     // order value of the last known row
  };

  bool is_daily() const noexcept { return plan_.window && plan_.window->each_day; }
  void begin();
  Next pass_over(PageMark mark);
  PageFacts see_page(const Page &page);
  bool has_new_row(const Page &page) const;
  bool is_last(const PageFacts &facts) const;
  bool is_enough(const PageFacts &facts) const;
  std::optional<std::int64_t> risen() const;
  bool is_owed(std::size_t found) const;
  bool is_owed_at_the_end() const;
  void note_end();
  bool were_out_of_sight(const Page &page) const;
  bool has_key(const Slots &slots, std::string &text) const;

  bool has_other_day() const noexcept;
  bool has_unseen() const;
  std::optional<std::int64_t> hidden_rows() const;
  bool counters_agree() const;
  bool is_counted_still() const;
  void learn_surplus();
  void spend_surplus();
  void hold_day();
  void close_full(std::int64_t now);
  void update_order();
  void forget_old_days();
  void apply_absences(std::int64_t now);
  unsigned absences_needed(std::int64_t now);
  void note_suspect_empty();

  const PollPlan &plan_;
  PollParts &parts_;
  Shard *shard_;
  BehindGate behind_;
  Terms terms_;
  RowJudge judge_;
  Purpose purpose_ = Purpose::normal;
  Days window_;
  std::optional<Reading> reading_;
  std::size_t days_begun_ = 0;          // in this poll
  std::size_t days_read_ = 0;           // of those begun
  std::optional<std::size_t> scanned_;  // rows; unknown if the scan was resumed
  bool awaits_rows_ = false;            // rows are missing, and not yet believed to be gone
  bool passed_horizon_ = false;         // a row beyond it was seen since the scan began
};

}  // namespace cpi::detection
