// The scan of one list: page after page, and what follows when it has been read.
//
// It asks nothing by itself. Whoever has a channel gets a page and gives it here:
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

// The gate row that a list lies behind; empty where there is none.
struct BehindGate {
  std::string key;
  std::string counters;
};

class ListScan {
 public:
  // `shard`: null while every page may be as it was, and then the body of the cursor is not needed.
  // Throws Failure where the input has no sense.
  ListScan(PollParts &parts, Shard *shard, BehindGate behind, std::int64_t now);
  ListScan(const ListScan &) = delete;
  ListScan &operator=(const ListScan &) = delete;

  // ---- One reading: of the list, or of one day of its window ----

  void start();
  // False where the budget has no page left: then the scan goes on with the next poll.
  bool may_ask();
  Extra extra() const { return reading_->walk.extra(); }
  const PageMark *expected() const noexcept;
  // Whether the failure of a request only says that the list has no such page.
  bool is_end(const Failure &failure) const noexcept {
    return !reading_->first && is_past_the_end(failure);
  }
  enum class Next : std::uint8_t { ask, finished, stopped };
  // What came; nothing where there is no such page. Throws Failure where it is no list.
  Next take(std::optional<Page> page);

  // ---- Where the window is read day by day ----

  void count_day() noexcept { ++days_read_; }
  // A day was refused. The others are read all the same; false where none of them could be.
  bool may_go_on_without_day();
  void skip_day(const std::string &why);
  // Goes on to the next day; false when there is none.
  bool next_day();

  // ---- At the end ----

  // Every page is as it was: there is nothing to do.
  bool is_untouched() const noexcept { return shard_ == nullptr; }
  // Whether the counters have to be read again, to see that the list did not move meanwhile.
  bool needs_check() const;
  bool counters_are(std::string_view counters) const noexcept;
  void found_moved() noexcept { shard_->scan.stable = false; }
  // False when the list has to be read once more at once.
  bool close(std::int64_t now);

  const Terms &terms() const noexcept { return terms_; }
  Purpose purpose() const noexcept { return purpose_; }

 private:
  friend class PageSight;

  // What a page was like.
  struct PageFacts {
    std::size_t rows = 0;
    std::size_t refused = 0;  // without a key
    std::size_t fresh = 0;
    std::size_t known = 0;
    std::size_t repeated = 0;  // from the page before
    std::size_t outdated = 0;  // beyond the horizon
    std::optional<std::uint64_t> total;
  };
  // From the first page on, or from where it was stopped.
  struct Reading {
    PageWalk walk;
    bool first = true;                // request
    std::size_t fresh = 0;            // rows that were not known
    std::vector<std::uint64_t> keys;  // of the last page
    std::uint64_t last_digest = 0;
    std::uint64_t reached = 0;  // rows from the start of the list
  };

  bool is_daily() const noexcept { return plan_.window && plan_.window->each_day; }
  void begin();
  Next pass_over(PageMark mark);
  PageFacts see_page(const Page &page);
  bool has_new_row(const Page &page) const;
  bool is_last(const PageFacts &facts) const;
  bool is_enough(const PageFacts &facts) const;
  void note_end();
  bool were_out_of_sight(const Page &page) const;
  bool has_key(const Slots &slots, std::string &text) const;

  bool has_unseen() const;
  bool counters_agree() const;
  void hold_day();
  void close_full(std::int64_t now);
  void settle_order();
  void forget_old_days();
  void settle_absences(std::int64_t now);
  unsigned absences_needed(std::int64_t now);
  void note_hollow();

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
  std::size_t days_read_ = 0;           // of them
  std::optional<std::size_t> scanned_;  // rows; unknown where the scan was resumed
};

}  // namespace cpi::detection
