// Reading one list, page by page, and what follows when it has been read.
#include <algorithm>
#include <unordered_set>
#include <utility>

#include "cpi/sdk/failure.hpp"
#include "poll_run.hpp"

namespace cpi::detection {

namespace {

constexpr std::uint8_t baseline_attempts = 3;

// The counters of the one row that GatePlan::after answers with.
class CountersSight final : public RowSink {
 public:
  CountersSight(const GatePlan &gate, const DigestKey &key) : gate_(gate), key_(key) {}
  void on_row(std::size_t, const Slots &slots) override {
    counters = pack_counters(gate_, key_, slots);
  }
  std::string counters;

 private:
  const GatePlan &gate_;
  const DigestKey &key_;
};

}  // namespace

// One page's rows, as they come from the parser.
class PageSight final : public RowSink {
 public:
  PageSight(PollRun &run, Shard &shard)
      : run_(run), plan_(run.plan_), shard_(shard), scan_(shard.scan) {}

  void on_row(std::size_t index, const Slots &slots) override {
    ++facts.rows;
    key_text_ = run_.gate_key_;
    if (plan_.key.empty()) {
      if (key_text_.empty()) key_text_ = "value";
    } else if (!append_key(plan_.key, plan_.lower_key, slots, key_text_)) {
      ++facts.refused;
      keys.push_back(0);
      return;
    }
    const std::uint64_t row = row_hash(run_.cursor_.key, shard_.id, key_text_);
    keys.push_back(row);
    if (repeated(index, row)) {
      ++facts.repeated;
      return;
    }
    // What is not in the list says nothing about its order either.
    const bool listed = holds(run_.terms_.where, slots);
    if (plan_.order && listed) observe_order(scan_, slots[*plan_.order]);
    if (!note_day(slots)) {
      ++facts.outdated;
    } else if (listed) {
      see(index, row, slots);
    }
  }

  PageFacts facts;
  std::vector<std::uint64_t> keys;
  std::vector<Wanted> wanted;

 private:
  // The first rows of a page are the last ones of the page before, unless the list moved.
  bool repeated(std::size_t index, std::uint64_t row) {
    if (index >= scan_.tail.size() || moved_) return false;
    if (scan_.tail[index] == row) return true;
    moved_ = true;
    scan_.last_rank.clear();
    return false;
  }

  // False for a row beyond the horizon.
  bool note_day(const Slots &slots) {
    const bool windowed = plan_.window.has_value();
    if (!windowed && !plan_.horizon) return true;
    const auto day = day_of(slots[windowed ? plan_.window->by : plan_.horizon->by]);
    if (!day) return true;
    // Rows that the service gives though they are before the window have been forgotten.
    if (windowed && *day < run_.window_.first - 1) return false;
    const std::int64_t capped = std::min(*day, run_.terms_.today + 1);
    // Rule 3: of a list with the newest first, only the first page moves the watermark.
    const bool moves = scan_.pages == 0 || shard_.order != Order::falling;
    if (moves && capped > static_cast<std::int64_t>(shard_.watermark_day)) {
      shard_.watermark_day = static_cast<std::uint32_t>(capped);
      run_.dirty_ = true;
    }
    return windowed ||
           *day >= static_cast<std::int64_t>(shard_.watermark_day) - *run_.terms_.horizon_days;
  }

  void see(std::size_t index, std::uint64_t row, const Slots &slots) {
    if (run_.queued_.contains(row)) {
      ++facts.fresh;
      return;
    }
    Remembered *old = shard_.memory.find(row);
    if (old != nullptr) {
      old->seen = true;
      if (old->absent > 0) run_.dirty_ = true;
      old->absent = 0;
    }
    Judgement judgement = judge({plan_, run_.terms_, run_.cursor_.key, slots, row, old});
    if (judgement.becomes.key == 0) {
      ++facts.known;
      return;
    }
    judgement.becomes.seen = true;
    const bool fresh = judgement.change == Change::fresh;
    ++(fresh ? facts.fresh : facts.known);
    const bool emits = (fresh && run_.plan_.emits_new) ||
                       (judgement.change == Change::changed && run_.plan_.emits_changed);
    const bool told = emits && holds(run_.terms_.when, slots);
    const std::string_view rank =
        plan_.order ? std::string_view(slots[*plan_.order].text) : std::string_view();
    if (told && !run_.silent_ && !shard_.quiet) {
      run_.queued_.insert(row);
      wanted.push_back({.index = index,
                        .change = judgement.change,
                        .becomes = std::move(judgement.becomes),
                        .before = old != nullptr ? old->values : std::string(),
                        .key = key_text_,
                        .rank = std::string(rank),
                        .forget = false});
      return;
    }
    if (!fresh && judgement.change == Change::none && !judgement.refresh) return;
    if (fresh) ++run_.remembered_;
    if (told && fresh && run_.silent_ && run_.backfill_ > 0)
      run_.offer_newest(shard_, row, std::string(rank));
    shard_.memory.put(std::move(judgement.becomes));
    run_.dirty_ = true;
  }

  PollRun &run_;
  const PollPlan &plan_;
  Shard &shard_;
  Scan &scan_;
  std::string key_text_;
  bool moved_ = false;
};

void PollRun::begin_scan(Shard &shard) {
  Scan &scan = shard.scan;
  if (scan.running) {
    // Stored as stopped, and going on; but not where it goes on to its next day at once.
    if (!std::exchange(next_day_, false)) dirty_ = true;
  } else {
    scan = {};
    scan.running = true;
    scan.full = plan_.strategy != Strategy::top || shard.order != Order::falling || silent_ ||
                shard.again || shard.quiet || !shard.ready || !terms_.where.empty();
    scan.gate = gate_counters_;
    shard.memory.each([](Remembered &row) { row.seen = false; });
    if (plan_.window) {
      const Days days = window_days(*plan_.window, shard, terms_.today);
      scan.first_day = static_cast<std::uint32_t>(std::max<std::int64_t>(0, days.first));
      if (!shard.ready && silent_) shard.floor_day = scan.first_day;
      scan.day = scan.first_day;
    }
  }
  if (plan_.window) {
    // The first day stays while the scan lasts, or its pages would be those of another list.
    window_ = {scan.first_day, terms_.today + plan_.window->ahead_days};
    put_window(scope_, window_, scan.day);
  }
}

Task<void> PollRun::scan(Shard *shard) {
  terms_ = place_terms(plan_, scope_, channel_.now());
  for (;;) {
    const bool finished = co_await read_list(shard);
    if (!finished) {
      stopped_ = true;
      dirty_ = true;
      co_return;
    }
    if (shard == nullptr) co_return;  // every page is as it was
    Scan &scan = shard->scan;
    if (plan_.window && plan_.window->each_day) {
      if (scan.day < window_.last) {
        ++scan.day;
        next_day_ = true;
        scan.position.clear();
        scan.tail.clear();
        scan.last_rank.clear();
        continue;
      }
    }
    const bool to_check = plan_.gate && plan_.gate->after && !silent_ && scan.full && scan.stable &&
                          scan.pages > 1 && has_unseen(*shard);
    if (to_check && co_await counters_moved(scan.gate)) scan.stable = false;
    if (close_scan(*shard)) co_return;
  }
}

// False when a budget stopped it. `shard` is null while pages are as they were, and set with the
// first that is not.
Task<bool> PollRun::read_list(Shard *&shard) {
  if (shard != nullptr) begin_scan(*shard);
  const bool resumed = shard != nullptr && !shard->scan.position.empty();
  PageWalk walk(plan_.paging, any_number, overlap_of(plan_.paging));
  if (resumed) walk.resume(shard->scan.position);
  if (!plan_.gate) marks_.clear();
  fresh_ = 0;
  std::uint64_t last_digest = 0;
  for (;;) {
    if (!may_read()) {
      if (shard == nullptr) {  // more pages than the budget has: no use in comparing them
        need_body();
        cursor_.pages.clear();
        begin_scan(cursor_.at(0));
      }
      co_return false;
    }
    const std::size_t number = plan_.gate ? 0 : marks_.size();
    const bool known = shard == nullptr && number < cursor_.pages.size();
    const Extra extra = walk.extra();
    Fetched page = co_await fetch(plan_.request, extra, known ? &cursor_.pages[number] : nullptr);
    ++pages_read_;
    if (page.same) {
      marks_.push_back(page.mark);
      seen_ += page.mark.rows;
      const bool more = walk.advance(page.mark.rows, nullptr);
      const bool top =
          plan_.strategy == Strategy::top && cursor_.order == Order::falling && page.mark.rows > 0;
      const bool limited =
          plan_.pages > 0 && marks_.size() >= plan_.pages && cursor_.order != Order::violated;
      if (!more || top || limited) co_return true;
      continue;
    }
    if (shard == nullptr) {
      need_body();
      shard = &cursor_.at(0);
      // What is gone, or left the pages, can only be told by who looked at every page.
      if (number > 0 && (plan_.emits_removed || plan_.watch)) co_return co_await read_list(shard);
      begin_scan(*shard);
      shard->scan.marking = number == 0;
      shard->scan.pages = static_cast<std::uint32_t>(number);
    }
    Scan &scan = shard->scan;
    const PageFacts facts = see_page(*shard, page);
    const bool repeats = facts.rows > 0 && page.mark.digest == last_digest;
    last_digest = page.mark.digest;
    page.mark.rows = static_cast<std::uint32_t>(facts.rows);
    if (!plan_.gate) marks_.push_back(page.mark);
    bool more = false;
    if (plan_.paging.style == PagingStyle::after) {
      const boost::json::array rows = parse_rows(plan_.paging, page.body());
      more = walk.advance(facts.rows, rows.empty() ? nullptr : &rows.back());
    } else {
      more = walk.advance(facts.rows, nullptr);
    }
    if (repeats) {
      note("The service answers every page alike: its first page is taken for the whole list.");
      scan.stable = true;
      more = false;
    }
    if (!more || enough(*shard, facts)) co_return true;
    scan.position = walk.position();
    if (full_house()) co_return false;
  }
}

PageFacts PollRun::see_page(Shard &shard, const Fetched &page) {
  Scan &scan = shard.scan;
  PageSight sight(*this, shard);
  const RowsRead read = read_rows(plan_.layout, cursor_.key, page.body(), sight);
  if (!read.ok()) page.refuse(plan_.service->errors, read.problem);
  const PageFacts &facts = sight.facts;
  seen_ += facts.rows;
  refused_ += facts.refused;
  fresh_ += facts.fresh;

  // Rule 1. Rows that were pushed on by newer ones are only read twice; all else may hide a row.
  const std::vector<std::uint64_t> &tail = scan.tail;
  const bool in_place =
      sight.keys.size() >= tail.size() && std::equal(tail.begin(), tail.end(), sight.keys.begin());
  if (!in_place) {
    const auto pushed = std::ranges::search(sight.keys, tail);
    if (scan.full || pushed.empty()) scan.stable = false;
  }
  if (facts.rows > 0 && facts.refused == facts.rows) scan.stable = false;
  if (!scan.full && scan.rising) {
    shard.order = Order::violated;
    scan.full = true;
    dirty_ = true;
    note("The list is not in the order it was in: from now on it is read whole.");
  }
  const std::size_t kept = std::min(sight.keys.size(), overlap_of(plan_.paging));
  scan.tail.assign(sight.keys.end() - static_cast<std::ptrdiff_t>(kept), sight.keys.end());
  ++scan.pages;

  tell(shard, std::move(sight.wanted), page, plan_.paging);
  if (remembered_ + pending_.size() > plan_.limit) {
    throw Failure(ErrorClass::too_large, Fault::user,
                  "The list has more than " + std::to_string(plan_.limit) +
                      " rows, more than this trigger can remember.",
                  "Narrow the trigger down, for instance to one list.");
  }
  return facts;
}

bool PollRun::enough(const Shard &shard, const PageFacts &facts) const {
  const Scan &scan = shard.scan;
  // The first pages are the newest rows only where the order says so.
  const bool ordered = !plan_.order || (!scan.rising && shard.order != Order::violated);
  if (plan_.pages > 0 && scan.pages >= plan_.pages && ordered) return true;
  if (!scan.full && facts.fresh == 0 && facts.known > 0) return true;
  const bool falling = shard.order == Order::falling || (scan.falling && scan.pages > 0);
  return plan_.horizon && falling && !scan.rising && facts.rows > 0 &&
         facts.outdated + facts.repeated == facts.rows;
}

bool PollRun::has_unseen(Shard &shard) const {
  bool unseen = false;
  shard.memory.each([&](const Remembered &row) { unseen = unseen || !row.seen; });
  return unseen;
}

// Reads the counters of the one list again.
Task<bool> PollRun::counters_moved(std::string counters) {
  const GatePlan &gate = *plan_.gate;
  const Extra none;
  Fetched page = co_await fetch(*gate.after, none, nullptr);
  CountersSight sight(gate, cursor_.key);
  const RowsRead read = read_rows(gate.layout, cursor_.key, page.body(), sight);
  if (!read.ok()) page.refuse(plan_.service->errors, read.problem);
  co_return read.rows != 1 || sight.counters != counters;
}

// False when the list has to be read once more at once.
bool PollRun::close_scan(Shard &shard) {
  Scan &scan = shard.scan;
  if (silent_ && !scan.stable && scan.attempt < baseline_attempts) {
    const auto attempt = static_cast<std::uint8_t>(scan.attempt + 1);
    scan = {};
    begin_scan(shard);
    scan.attempt = attempt;
    return false;
  }
  const bool was_again = shard.again;
  shard.again = false;
  if (!scan.stable) {
    shard.again = true;
    note(silent_ ? "The list kept moving while it was read: rows as old as the baseline may still "
                   "be reported as new."
                 : "The list moved while it was read: it is read again with the next poll.");
  } else if (scan.full) {
    close_full(shard);
  }
  if (was_again != shard.again || !shard.ready || shard.quiet || shard.gate != scan.gate) {
    dirty_ = true;
  }
  shard.ready = true;
  shard.quiet = false;
  shard.gate = scan.gate;
  if (!plan_.gate) keep_marks(scan);
  if (!plan_.watch) shard.memory.each([](Remembered &row) { row.seen = false; });
  scan = {};
  return true;
}

// The pages as they are now, for the next poll to compare with.
void PollRun::keep_marks(const Scan &scan) {
  if (!scan.stable || marks_.size() != scan.pages) {  // some were read by an earlier poll
    cursor_.pages.clear();
    return;
  }
  const bool prefix = !scan.full && marks_.size() < cursor_.pages.size();
  const auto end = prefix ? cursor_.pages.begin() + static_cast<std::ptrdiff_t>(marks_.size())
                          : cursor_.pages.end();
  if (std::equal(marks_.begin(), marks_.end(), cursor_.pages.begin(), end)) return;
  if (prefix) {
    std::ranges::copy(marks_, cursor_.pages.begin());
  } else {
    cursor_.pages = marks_;
  }
  marks_moved_ = true;
}

void PollRun::forget(Shard &shard, const std::vector<std::uint64_t> &rows) {
  if (rows.empty()) return;
  const std::unordered_set<std::uint64_t> doomed(rows.begin(), rows.end());
  shard.memory.erase_if([&](const Remembered &row) { return doomed.contains(row.key); });
  remembered_ -= std::min(remembered_, rows.size());
  dirty_ = true;
}

// Whether rows may be gone, when some pages were passed over as unchanged: not if as many rows are
// there as before and all that were read are known.
bool PollRun::may_lack_rows() const {
  const auto rows = [](const std::vector<PageMark> &pages) {
    std::size_t sum = 0;
    for (const PageMark &page : pages) sum += page.rows;
    return sum;
  };
  return fresh_ > 0 || marks_.size() != cursor_.pages.size() || rows(marks_) != rows(cursor_.pages);
}

void PollRun::close_full(Shard &shard) {
  const Scan &scan = shard.scan;
  if (plan_.order) {
    const Order before = shard.order;
    shard.order = judge_order(before, scan);
    if (shard.order != before) {
      dirty_ = true;
      const bool relied_on = plan_.strategy == Strategy::top || plan_.pages > 0 || plan_.horizon;
      if (relied_on && shard.order == Order::violated) {
        note("The list does not have the newest first: it is read whole at every poll.");
      }
    }
  }
  if (plan_.window) {
    // What no window will show again; a day more, for stamps in another zone.
    const Days next = window_days(*plan_.window, shard, terms_.today);
    const std::size_t before = shard.memory.size();
    shard.memory.erase_if([&](const Remembered &row) {
      return static_cast<std::int64_t>(row.version) < next.first - 1;
    });
    if (shard.memory.size() != before) dirty_ = true;
    remembered_ -= before - shard.memory.size();
    return;
  }
  if (plan_.watch) return;  // its rows leave the pages without being gone
  if (!scan.marking) {
    shard.again = may_lack_rows();
    return;
  }
  bool waiting = false;
  const auto gone = count_absences(shard.memory, plan_.absent, waiting);
  if (plan_.emits_removed && !silent_) {
    for (const std::uint64_t row : gone) tell_removed(shard, *shard.memory.find(row));
  } else {
    forget(shard, gone);
  }
  if (waiting) {
    shard.again = true;
    dirty_ = true;
  }
}

}  // namespace cpi::detection
