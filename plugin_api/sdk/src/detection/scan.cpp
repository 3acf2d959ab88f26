// Reading one list, page by page, and what follows when it has been read.
#include <algorithm>
#include <optional>
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

// False for a row without a key, which cannot be told from others.
bool key_of(const PollPlan &plan, std::string_view gate_key, const Slots &slots,
            std::string &text) {
  text = gate_key;
  if (!plan.key.empty()) return append_key(plan.key, plan.lower_key, slots, text);
  if (text.empty()) text = "value";
  return true;
}

}  // namespace

// A page that is asked for only to see that there is none.
class EndSight final : public RowSink {
 public:
  EndSight(const PollRun &run, const Shard &shard) : run_(run), shard_(shard) {}

  void on_row(std::size_t, const Slots &slots) override {
    const bool named = key_of(run_.plan_, run_.gate_key_, slots, key_text_);
    const std::uint64_t row = named ? row_hash(run_.cursor_.key, shard_.id, key_text_) : 0;
    has_new = has_new || std::ranges::find(run_.page_keys_, row) == run_.page_keys_.end();
  }

  bool has_new = false;

 private:
  const PollRun &run_;
  const Shard &shard_;
  std::string key_text_;
};

// The numbers that were packed as the counters of a gate row.
std::vector<std::int64_t> numbers_in(std::string_view counters) {
  std::vector<std::int64_t> numbers;
  for (boost::json::value value; unpack(counters, value);) {
    numbers.push_back(value.is_int64() ? value.get_int64() : 0);
  }
  return numbers;
}

// How many rows of a page have a key and are what is looked for.
class CountSight final : public RowSink {
 public:
  explicit CountSight(const PollRun &run) : run_(run) {}

  void on_row(std::size_t, const Slots &slots) override {
    const bool named = key_of(run_.plan_, run_.gate_key_, slots, key_text_);
    if (named && holds(run_.terms_.where, slots)) ++rows;
  }

  std::int64_t rows = 0;

 private:
  const PollRun &run_;
  std::string key_text_;
};

// One page's rows, as they come from the parser.
class PageSight final : public RowSink {
 public:
  PageSight(PollRun &run, Shard &shard)
      : run_(run), plan_(run.plan_), shard_(shard), scan_(shard.scan) {}

  void on_row(std::size_t index, const Slots &slots) override {
    ++facts.rows;
    if (!key_of(plan_, run_.gate_key_, slots, key_text_)) {
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
    const bool recent = note_day(slots);
    if (!recent) ++facts.outdated;
    if (recent && listed) {
      see(index, row, slots);
    } else if (shard_.memory.find(row) != nullptr) {
      run_.left_.insert(row);
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
    const auto twin = run_.judged_.find(row);
    if (twin != run_.judged_.end()) {
      const Remembered *before = twin->second.before ? &*twin->second.before : nullptr;
      const Judgement judgement = judge_row(row, slots, before);
      if (judgement.becomes.key == 0 || !stands_before(judgement.becomes, twin->second.becomes)) {
        ++facts.fresh;
        return;
      }
      withdraw(row);
    } else if (run_.queued_.contains(row)) {
      ++facts.fresh;
      return;
    }
    Remembered *old = shard_.memory.find(row);
    const bool twice = old != nullptr && old->seen;
    if (old != nullptr) {
      old->seen = true;
      if (old->absent > 0) run_.dirty_ = true;
      old->absent = 0;
    }
    Judgement judgement = judge_row(row, slots, old);
    const bool passes = holds(run_.terms_.when, slots);
    const bool waits = waits_on(old, passes);
    const bool rewritten = old != nullptr && waits != old->waits;
    if (judgement.becomes.key == 0) {
      if (!rewritten) {
        ++facts.known;
        return;
      }
      judgement.becomes = *old;
    }
    const bool fresh = judgement.change == Change::fresh;
    const bool changed = judgement.change == Change::changed;
    ++(fresh ? facts.fresh : facts.known);
    // It was here already, and the other one stands for both.
    const bool differs = changed || judgement.refresh;
    if (twice && differs && !stands_before(judgement.becomes, *old)) return;
    judgement.becomes.seen = true;
    judgement.becomes.waits = waits;
    const bool first_pass = rewritten && passes && !shard_.refilter;
    const bool emits = (fresh && plan_.emits_new) || (changed && plan_.emits_changed) || first_pass;
    const bool told = emits && passes;
    const bool silent = run_.silent_ || shard_.quiet;
    const std::string_view rank =
        plan_.order ? std::string_view(slots[*plan_.order].text) : std::string_view();
    if (told && !silent) {
      run_.queued_.insert(row);
      keep(row, old, judgement.becomes, false);
      wanted.push_back({.index = index,
                        .change = changed && plan_.emits_changed ? Change::changed : Change::fresh,
                        .becomes = std::move(judgement.becomes),
                        .before = old != nullptr ? old->values : std::string(),
                        .key = key_text_,
                        .rank = std::string(rank),
                        .forget = false});
      return;
    }
    if (!fresh && !changed && !judgement.refresh && !rewritten) return;
    if (fresh) ++run_.remembered_;
    if (told && fresh && run_.silent_ && run_.backfill_ > 0)
      run_.offer_newest(shard_, row, std::string(rank));
    if (silent || !keep(row, old, judgement.becomes, true)) run_.dirty_ = true;
    shard_.memory.put(std::move(judgement.becomes));
  }

  Judgement judge_row(std::uint64_t row, const Slots &slots, const Remembered *old) const {
    return judge({plan_, run_.terms_, run_.cursor_.key, slots, row, old});
  }

  // Whether the row has still to pass the filter for the first time.
  bool waits_on(const Remembered *old, bool passes) const {
    if (!plan_.emits_new || plan_.when.empty()) return false;
    if (old == nullptr || shard_.refilter) return !passes;
    return old->waits && !passes;
  }

  // Keeps what was made of the row, in case that it comes once more. False where a second one
  // cannot differ.
  bool keep(std::uint64_t row, const Remembered *old, const Remembered &becomes, bool silently) {
    if (!plan_.shape.values && !plan_.shape.version) return false;
    Judged judged{.before = {}, .becomes = becomes, .silently = silently};
    if (old != nullptr) judged.before = *old;
    run_.judged_.insert_or_assign(row, std::move(judged));
    return true;
  }

  // The row is as if it had not been seen yet: another one with its key stands for it.
  void withdraw(std::uint64_t row) {
    const auto node = run_.judged_.extract(row);
    std::erase_if(wanted, [&](const Wanted &each) { return each.becomes.key == row; });
    std::erase_if(run_.pending_, [&](const Pending &each) {
      return each.shard == shard_.id && each.becomes.key == row;
    });
    run_.queued_.erase(row);
    if (node.mapped().before) {
      Remembered before = *node.mapped().before;
      before.seen = false;
      shard_.memory.put(std::move(before));
    } else if (shard_.memory.find(row) != nullptr) {
      shard_.memory.erase(row);
      --run_.remembered_;
    }
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
    if (!std::exchange(next_day_, false)) {
      dirty_ = true;
      judged_.clear();
      left_.clear();
      scanned_.reset();
      days_read_ = 0;
    }
  } else {
    judged_.clear();
    left_.clear();
    scanned_ = 0;
    days_read_ = 0;
    scan = {};
    scan.running = true;
    scan.full = plan_.strategy != Strategy::top || shard.order != Order::falling || silent_ ||
                shard.again || shard.quiet || !shard.ready || shard.refilter ||
                !terms_.where.empty();
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
    const bool finished = co_await read_day(shard);
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

// One reading of the window: where it is made day by day, a day that is refused stops no other.
Task<bool> PollRun::read_day(Shard *&shard) {
  const bool daily = plan_.window && plan_.window->each_day;
  std::optional<Failure> refusal;
  try {
    const bool finished = co_await read_list(shard);
    ++days_read_;
    co_return finished;
  } catch (const Failure &failure) {
    // In a baseline all of it is needed, or what is older than it would be told.
    if (!daily || silent_ || !is_of_one_list(failure)) throw;
    refusal = failure;
  }
  if (shard->held_day == 0) shard->held_day = shard->scan.day;
  const bool all = days_read_ == 0 && shard->scan.day >= window_.last &&
                   shard->held_day <= shard->scan.first_day;
  if (all) throw *refusal;
  note(day_text(shard->scan.day) + " could not be read: " + refusal->message +
       " The other days are read; this one will be tried again with the next poll.");
  dirty_ = true;
  co_return true;
}

// False when a budget stopped it. `shard` is null while pages are as they were, and set with the
// first that is not.
Task<bool> PollRun::read_list(Shard *&shard) {
  if (shard != nullptr) begin_scan(*shard);
  bool first = shard == nullptr || shard->scan.position.empty();
  PageWalk walk(plan_.paging, any_number, overlap_of(plan_.paging));
  if (!first) walk.resume(shard->scan.position);
  if (!plan_.gate) marks_.clear();
  fresh_ = 0;
  page_keys_.clear();
  std::uint64_t last_digest = 0;
  std::uint64_t reached = walk.reached(0);
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
    const bool confirming = walk.confirming();
    const Extra extra = walk.extra();
    std::optional<Fetched> fetched;
    try {
      fetched.emplace(co_await fetch(plan_.request, plan_.paging, extra,
                                     known ? &cursor_.pages[number] : nullptr));
    } catch (const Failure &failure) {
      if (first || !is_past_the_end(failure)) throw;
    }
    first = false;
    ++pages_read_;
    if (fetched && fetched->same) {
      const PageMark mark = fetched->mark;
      marks_.push_back(mark);
      seen_ += mark.rows;
      const bool last = number + 1 == cursor_.pages.size();
      const bool more = walk.advance(mark.rows, nullptr, {}, last);
      const bool top =
          plan_.strategy == Strategy::top && cursor_.order == Order::falling && mark.rows > 0;
      const bool limited =
          plan_.pages > 0 && marks_.size() >= plan_.pages && cursor_.order != Order::violated;
      if (last || !more || top || limited) co_return true;
      continue;
    }
    if (shard == nullptr) {
      need_body();
      shard = &cursor_.at(0);
      // What is gone, or left the pages, can only be told by who looked at every page.
      const bool anew = number > 0 && (!fetched || plan_.emits_removed || plan_.watch);
      if (anew) co_return co_await read_list(shard);
      begin_scan(*shard);
      shard->scan.marking = number == 0;
      shard->scan.pages = static_cast<std::uint32_t>(number);
    }
    Scan &scan = shard->scan;
    if (!fetched) {
      // Where pages overlap, this one was to have rows that were there a moment ago.
      if (!confirming && overlap_of(plan_.paging) > 0) scan.stable = false;
      note_end(*shard, reached);
      co_return true;
    }
    Fetched &page = *fetched;
    if (confirming && (page.mark.digest == last_digest || has_no_new_row(*shard, page))) {
      note_end(*shard, reached);
      co_return true;
    }
    if (scan.pages == 0 && were_out_of_sight(*shard, page)) {
      shard->quiet = true;
      note(
          "The list was empty when it was last read, although rows were counted. What it has now "
          "is "
          "recorded and not reported.");
    }
    const PageFacts facts = see_page(*shard, page);
    const bool repeats = facts.rows > 0 && page.mark.digest == last_digest;
    last_digest = page.mark.digest;
    page.mark.rows = static_cast<std::uint32_t>(facts.rows);
    if (!plan_.gate) marks_.push_back(page.mark);
    boost::json::value last_row;
    const bool by_last_row = plan_.paging.style == PagingStyle::after;
    if (by_last_row) {
      boost::json::array rows = parse_rows(plan_.paging, page.body());
      if (!rows.empty()) last_row = std::move(rows.back());
    }
    reached = std::max(reached, walk.reached(facts.rows));
    bool more = walk.advance(facts.rows, by_last_row ? &last_row : nullptr, facts.total,
                             ends_here(*shard, facts, reached));
    if (repeats) {
      note("The service answers every page alike: its first page is taken for the whole list.");
      scan.stable = true;
      more = false;
    }
    if (!more) note_end(*shard, reached);
    if (!more || enough(*shard, facts)) co_return true;
    scan.position = walk.position();
    if (full_house()) co_return false;
  }
}

// Whether a short page that ends with this row is known to be the last one: the gate counts as many
// rows, or it was the last one when the end was last asked for. Where only the newest rows are
// looked for, there is no need to go on behind one that is known.
bool PollRun::ends_here(const Shard &shard, const PageFacts &facts, std::uint64_t rows) const {
  if (counters_agree(shard) || (!shard.scan.full && facts.known > 0)) return true;
  if (silent_ || forced_ || shard.again || shard.quiet || !shard.ready) return false;
  // The counters moved: then as many rows as before are no proof.
  if (plan_.gate && shard.gate != shard.scan.gate) return false;
  const bool daily = plan_.window && plan_.window->each_day;
  const End end{.day = daily ? shard.scan.day : 0, .rows = static_cast<std::uint32_t>(rows)};
  return std::ranges::find(shard.ends, end) != shard.ends.end();
}

void PollRun::note_end(Shard &shard, std::uint64_t rows) {
  if (!shard.scan.full || plan_.paging.style == PagingStyle::none) return;
  const bool daily = plan_.window && plan_.window->each_day;
  const End end{.day = daily ? shard.scan.day : 0, .rows = static_cast<std::uint32_t>(rows)};
  if (rows == 0 || std::ranges::find(shard.ends, end) != shard.ends.end()) return;
  const std::uint32_t first_day = daily ? shard.scan.first_day : 0;
  std::erase_if(shard.ends,
                [&](const End &old) { return old.day == end.day || old.day < first_day; });
  shard.ends.push_back(end);
  dirty_ = true;
}

bool PollRun::has_no_new_row(const Shard &shard, const Fetched &page) {
  EndSight sight(*this, shard);
  const RowsRead read = read_rows(plan_.layout, cursor_.key, page.body(), sight);
  if (!read.ok()) page.refuse(plan_.service->errors, read.problem);
  return !sight.has_new;
}

PageFacts PollRun::see_page(Shard &shard, const Fetched &page) {
  Scan &scan = shard.scan;
  PageSight sight(*this, shard);
  const RowsRead read = read_rows(plan_.layout, cursor_.key, page.body(), sight);
  if (!read.ok()) page.refuse(plan_.service->errors, read.problem);
  PageFacts &facts = sight.facts;
  if (read.has_total) facts.total = read.total;
  seen_ += facts.rows;
  refused_ += facts.refused;
  fresh_ += facts.fresh;
  if (scanned_) *scanned_ += facts.rows - facts.repeated;

  // Rule 1. Rows that were pushed on by newer ones are only read twice; all else may hide a row.
  const std::vector<std::uint64_t> &tail = scan.tail;
  const bool in_place =
      sight.keys.size() >= tail.size() && std::equal(tail.begin(), tail.end(), sight.keys.begin());
  if (!in_place) {
    const auto pushed = std::ranges::search(sight.keys, tail);
    if (scan.full || pushed.empty()) scan.stable = false;
  }
  if (!scan.full && scan.rising) {
    shard.order = Order::violated;
    scan.full = true;
    dirty_ = true;
    note("The list is not in the order it was in: from now on it is read whole.");
  }
  const std::size_t kept = std::min(sight.keys.size(), overlap_of(plan_.paging));
  scan.tail.assign(sight.keys.end() - static_cast<std::ptrdiff_t>(kept), sight.keys.end());
  ++scan.pages;
  page_keys_ = std::move(sight.keys);

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
  Fetched page = co_await fetch(*gate.after, gate.paging, none, nullptr);
  CountersSight sight(gate, cursor_.key);
  const RowsRead read = read_rows(gate.after_layout, cursor_.key, page.body(), sight);
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
  hold_day(shard);
  if (std::ranges::any_of(judged_, [](const auto &each) { return each.second.silently; })) {
    dirty_ = true;
  }
  judged_.clear();
  if (!scan.stable) {
    shard.again = true;
    note(silent_ ? "The list kept moving while it was read: rows as old as the baseline may still "
                   "be reported as new."
                 : "The list moved while it was read: it is read again with the next poll.");
  } else if (scan.full) {
    shard.refilter = false;
    close_full(shard);
  } else if (scanned_ == std::size_t{0} && shard.memory.size() > 0) {
    shard.again = true;  // where the newest rows were, there is none
  }
  if (shard.held_day > 0) shard.again = true;
  shard.held_day = 0;
  if (was_again != shard.again || !shard.ready || shard.quiet || shard.gate != scan.gate) {
    dirty_ = true;
  }
  note_hollow(shard);
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
  if (plan_.watch) {  // its rows leave the pages without being gone
    if (scanned_ == std::size_t{0} && shard.memory.size() > 0) shard.again = true;
    return;
  }
  if (!scan.marking) {
    shard.again = may_lack_rows();
    return;
  }
  const AbsenceLimits limits{.usual = plan_.absent, .unseen = absences_needed(shard)};
  const Absences absences = count_absences(shard.memory, limits, left_);
  if (plan_.emits_removed && !silent_) {
    for (const std::uint64_t row : absences.gone) tell_removed(shard, *shard.memory.find(row));
  } else {
    forget(shard, absences.gone);
  }
  if (absences.waiting) shard.again = true;
  if (absences.moved) dirty_ = true;
}

// Rule 1, and what is more: when most of a list is missing at once, that is the service's lag more
// often than the truth. It is believed when the gate's counters agree; of a list of up to three
// rows after three scans; of a longer one after a day.
unsigned PollRun::absences_needed(Shard &shard) {
  constexpr std::size_t small = 3;
  constexpr unsigned scans = 3;
  constexpr std::int64_t day_ms = 86'400'000;
  const std::size_t known = shard.memory.size();
  std::size_t missing = 0;
  shard.memory.each([&](const Remembered &row) {
    if (!row.seen && !left_.contains(row.key)) ++missing;
  });
  // Where only some of the list was read, what was not read is not missing.
  const bool most = plan_.horizon || plan_.pages > 0 ? missing > 0 && scanned_ == std::size_t{0}
                                                     : 2 * missing > known;
  if (!most) {
    if (shard.doubted_at != 0) dirty_ = true;
    shard.doubted_at = 0;
    return plan_.absent;
  }
  const std::int64_t now = channel_.now();
  if (shard.doubted_at == 0 || now < shard.doubted_at) {
    shard.doubted_at = now;
    dirty_ = true;
  }
  if (counters_agree(shard)) return plan_.absent;
  if (now - shard.doubted_at >= day_ms) return 1;
  note(
      "Most of the list is missing. The missing items count as removed only if they stay missing.");
  return known <= small ? std::max(plan_.absent, scans) : 0;
}

// A baseline that is empty beside a counter may be a list that lags, or one that is rightly empty,
// as that of the unsubscribed is. Up to three rows make no difference that could be told.
void PollRun::note_hollow(Shard &shard) {
  constexpr std::int64_t few = 3;
  bool hollow = scanned_ == std::size_t{0};
  if (silent_ || shard.quiet) {
    const bool comparable = plan_.gate && plan_.gate->each && !plan_.window;
    const auto counters = comparable ? numbers_in(shard.scan.gate) : std::vector<std::int64_t>();
    hollow = hollow && !counters.empty() && std::ranges::max(counters) > few;
  } else {
    hollow = hollow && shard.hollow;
  }
  if (shard.hollow != hollow) dirty_ = true;
  shard.hollow = hollow;
}

// Whether these are the old rows of a list that was empty in its baseline: at least as many as the
// gate counted then, and more than its counters have moved by since.
bool PollRun::were_out_of_sight(const Shard &shard, const Fetched &page) const {
  if (!shard.hollow || silent_ || shard.quiet || shard.memory.size() > 0) return false;
  const std::vector<std::int64_t> before = numbers_in(shard.gate);
  const std::vector<std::int64_t> now = numbers_in(shard.scan.gate);
  if (before.empty() || before.size() != now.size()) return false;
  std::int64_t moved = 0;
  for (std::size_t i = 0; i < now.size(); ++i) moved = std::max(moved, now[i] - before[i]);
  CountSight count(*this);
  if (!read_rows(plan_.layout, cursor_.key, page.body(), count).ok()) return false;
  const auto full = static_cast<std::int64_t>(plan_.paging.size);
  return count.rows > moved && count.rows >= std::min(std::ranges::max(before), full);
}

// Whether the gate counts as many rows as were there.
bool PollRun::counters_agree(const Shard &shard) const {
  if (!plan_.gate || !plan_.gate->each || !scanned_) return false;
  std::string_view counters = shard.scan.gate;
  std::optional<std::int64_t> most;
  for (boost::json::value value; unpack(counters, value);) {
    if (value.is_int64()) most = std::max(most.value_or(0), value.get_int64());
  }
  return most && *most == static_cast<std::int64_t>(*scanned_);
}

// A day that was refused must stay in the window, though later ones were read; but not for ever.
void PollRun::hold_day(Shard &shard) {
  if (shard.held_day == 0) return;
  constexpr std::int64_t longest = 7;
  const std::int64_t held =
      std::max<std::int64_t>(shard.held_day, terms_.today - longest) + plan_.window->back_days;
  if (shard.watermark_day == 0 || held < static_cast<std::int64_t>(shard.watermark_day)) {
    shard.watermark_day = static_cast<std::uint32_t>(held);
  }
  dirty_ = true;
}

}  // namespace cpi::detection
