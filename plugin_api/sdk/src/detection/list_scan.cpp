// THEORY OF OPERATION
//
// A list changes while it is read: pages are requested one after another, and between two of them
// rows are added, removed and moved. A scan therefore tracks what it may conclude from its pages.
// The rules are those of the README; this essay describes how they work together.
//
// What a scan knows at its start (begin()):
//
//   Purpose    | reports | reads                        | requests the page after the last
//   -----------+---------+------------------------------+--------------------------------------
//   baseline   | no      | every page                   | always; a list that moved is read again
//   late_b.    | no      | every page                   | always
//   forced     | yes     | every page                   | always
//   normal     | yes     | until the strategy has       | unless the end is unchanged, or the
//              |         | enough                       | gate's counters agree (rule 5)
//
//   Start      | judged rows, rows counted so far
//   -----------+------------------------------------------------------------------------------
//   fresh      | none
//   next_day   | those of the days before: one scan reads all days of a window
//   resumed    | unknown: an earlier poll read the first pages. Conclusions that need the number of
//              | rows of the whole list (suspect_empty, counters_agree) are not made
//
// Before the scan begins, a list without a gate may be untouched (shard_ is null): every page so
// far has the same bytes as before (rule 17), and the body of the cursor is not even decoded. The
// scan begins with the first page that differs, as if the pages before had been read. It starts
// again with the first page only if every row must be seen (removed, watch).
//
// What each page shows (take()):
//
//   * Its first five rows are the last five of the previous page (rule 6). Otherwise the list
//     moved, and the scan is not `stable`, unless the scan reads only the newest rows and new rows
//     alone pushed the others on: then no row was hidden.
//   * Rising values in a list that was falling: the order is permanently violated (rule 10).
//   * No new row on a page that was requested to confirm the end: the list has ended.
//   * The same bytes as the previous page, or its rows with other bytes for the second time: the
//     service does not support paging.
//
// The conclusions at the end (close()):
//
//   scan       | rows that were not seen                     | the pages
//   -----------+---------------------------------------------+-------------------------------------
//   not stable | nothing; the list is read again             | are not used
//   full       | are absent: counted, confirmed (rule 8)     | replace the old marks
//   not full   | nothing, unless there was no row at all     | the first ones replace the old marks
//
// What the counters say of rows (rule 20): the rise of the gate's `count` since the last finished
// scan is compared with the rows that were found, in the middle of a scan of the newest rows
// (is_enough) and at the end (is_owed_at_the_end). A scan that ends short sets `again` once: the
// counters are remembered all the same, so that the next scan is short of nothing.
//
// A baseline that is empty although the gate counts rows is `suspect_empty`: if rows appear later,
// as many as were counted then, they are recorded and not reported, because they existed all the
// time.
#include "list_scan.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "counters.hpp"
#include "cpi/language/failure.hpp"
#include "memory_limit.hpp"
#include "rank.hpp"
#include "strategy.hpp"

namespace cpi::detection {

namespace {

constexpr std::uint8_t baseline_attempts = 3;

}  // namespace

// ---- The rows of a page ----------------------------------------------------------------------

// The rows of one page, from the parser.
class PageRowSink final : public RowSink {
 public:
  explicit PageRowSink(ListScan &scan)
      : run_(scan),
        plan_(scan.plan_),
        shard_(*scan.shard_),
        scan_(scan.shard_->scan),
        digest_key_(scan.parts_.position.cursor().key),
        last_rank_(scan_.last_rank) {}

  void on_row(std::size_t index, const Slots &slots) override {
    ++facts.rows;
    if (!run_.has_key(slots, key_text_)) {
      ++facts.refused;
      keys.push_back(0);
      return;
    }
    const std::uint64_t row = row_hash(digest_key_, shard_.id, key_text_);
    keys.push_back(row);
    if (is_repeated(index, row)) {
      ++facts.repeated;
      return;
    }
    // A row that is not in the list says nothing about its order.
    const bool listed = holds(run_.terms_.where, slots);
    if (plan_.order && listed) observe_order(scan_, last_rank_, slots[*plan_.order]);
    const bool recent = note_day(slots);
    if (!recent) ++facts.outdated;
    if (!recent || !listed) {
      run_.judge_.see_leave(shard_, row);
      return;
    }
    const KeyedRow keyed{.index = index,
                         .row = row,
                         .key = key_text_,
                         .slots = slots,
                         .doubtful = is_doubtful(slots)};
    const RowJudge::Seen seen = run_.judge_.see(shard_, run_.purpose_, keyed, wanted);
    ++(seen == RowJudge::Seen::fresh ? facts.fresh : facts.known);
    if (seen == RowJudge::Seen::changed) ++facts.changed;
    if (seen != RowJudge::Seen::fresh && plan_.order) {
      run_.reading_->known_rank = slots[*plan_.order].text;
    }
  }

  ListScan::PageFacts facts;
  std::vector<std::uint64_t> keys;
  std::vector<Wanted> wanted;

 private:
  // The first rows of a page are the last ones of the previous page, unless the list moved.
  bool is_repeated(std::size_t index, std::uint64_t row) {
    if (index >= scan_.tail.size() || moved_) return false;
    if (scan_.tail[index] == row) return true;
    moved_ = true;
    scan_.last_rank.clear();
    last_rank_ = Rank();
    return false;
  }

  // Rule 20: a new row that is older than a known one, while the counters tell of no other row.
  bool is_doubtful(const Slots &slots) const {
    const std::string &known = run_.reading_->known_rank;
    const bool ordered = shard_.ready && shard_.order == Order::falling && !scan_.rising;
    // A row that begins to match `where` is new, however old it is.
    if (!plan_.order || !ordered || known.empty() || !run_.terms_.where.empty()) return false;
    if (!Rank::is_surely_older(Rank(slots[*plan_.order].text), Rank(known))) return false;
    if (!plan_.gate || plan_.gate->counters.empty()) return true;
    if (plan_.gate->counts_at.empty()) return shard_.gate == scan_.gate;
    return !run_.is_owed(scan_.found + facts.fresh + facts.changed);
  }

  // False for a row beyond the horizon.
  bool note_day(const Slots &slots) {
    const bool windowed = plan_.window.has_value();
    if (!windowed && !plan_.horizon) return true;
    const auto day = day_of(slots[windowed ? plan_.window->by : plan_.horizon->by]);
    if (!day) return true;
    // Rows before the window that the service still returns were already removed from memory.
    if (windowed && *day < run_.window_.first - 1) return false;
    const std::int64_t capped = std::min(*day, run_.terms_.today + 1);
    // Rule 11. Of a list with the newest first, only the first page moves the watermark.
    const bool moves = scan_.pages == 0 || shard_.order != Order::falling;
    if (moves && capped > static_cast<std::int64_t>(shard_.watermark_day)) {
      shard_.watermark_day = static_cast<std::uint32_t>(capped);
      run_.parts_.position.touch();
    }
    return windowed ||
           *day >= static_cast<std::int64_t>(shard_.watermark_day) - *run_.terms_.horizon_days;
  }

  ListScan &run_;
  const PollPlan &plan_;
  Shard &shard_;
  Scan &scan_;
  const DigestKey &digest_key_;
  Rank last_rank_;  // of the last row that shows the order
  std::string key_text_;
  bool moved_ = false;
};

namespace {

// Calls `visit` for each row.
template <typename Visit>
class EachRow final : public RowSink {
 public:
  explicit EachRow(Visit visit) : visit_(std::move(visit)) {}
  void on_row(std::size_t, const Slots &slots) override { visit_(slots); }

 private:
  Visit visit_;
};

}  // namespace

// False for a row without a key, which cannot be distinguished from others.
bool ListScan::has_key(const Slots &slots, std::string &text) const {
  text = behind_.key;
  if (!plan_.key.empty()) return append_key(plan_.key, plan_.lower_key, slots, text);
  if (text.empty()) text = "value";
  return true;
}

// ---- One scan --------------------------------------------------------------------------------

ListScan::ListScan(PollParts &parts, Shard *shard, BehindGate behind, std::int64_t now)
    : plan_(parts.plan),
      parts_(parts),
      shard_(shard),
      behind_(std::move(behind)),
      terms_(place_terms(parts.plan, parts.scope, now)),
      judge_(parts.plan, terms_, parts.position, parts.outbox, parts.backfill) {}

void ListScan::start() {
  if (shard_ != nullptr) begin();
  reading_.reset();
  reading_.emplace(Reading{.walk = PageWalk(plan_.paging, any_number, overlap_of(plan_.paging)),
                           .first = true,
                           .fresh = 0,
                           .keys = {},
                           .alike = 0,
                           .last_digest = 0,
                           .reached = 0,
                           .known_rank = {}});
  if (shard_ != nullptr && !shard_->scan.position.empty()) {
    reading_->first = false;
    reading_->walk.resume(shard_->scan.position);
  }
  if (!plan_.gate) parts_.marks.begin();
  reading_->reached = reading_->walk.reached(0);
}

void ListScan::begin() {
  Scan &scan = shard_->scan;
  const Start start = !scan.running     ? Start::fresh
                      : days_begun_ > 0 ? Start::next_day
                                        : Start::resumed;
  purpose_ = purpose_of(parts_.kind, *shard_);
  if (start != Start::next_day) {
    judge_.begin();
    scanned_.reset();
    days_read_ = 0;
  }
  if (start == Start::resumed) parts_.position.touch();
  if (start == Start::fresh) {
    scanned_ = 0;
    passed_horizon_ = false;
    scan = {};
    scan.running = true;
    scan.full = !plan_.strategy->stops_at_known || shard_->order != Order::falling ||
                purpose_ != Purpose::normal || shard_->filter_changed || !terms_.where.empty();
    scan.gate = behind_.counters;
    shard_->memory.each([](Remembered &row) { row.seen = false; });
    if (plan_.window) {
      const Days days = window_days(*plan_.window, *shard_, terms_.today);
      scan.first_day = static_cast<std::uint32_t>(std::max<std::int64_t>(0, days.first));
      if (!shard_->ready && purpose_ == Purpose::baseline) shard_->floor_day = scan.first_day;
      scan.day = scan.first_day;
    }
  }
  if (is_daily() && reports(purpose_)) {
    const RefusedPart *refused = shard_->find_refused(scan.day);
    if (refused != nullptr && refused->quiet) purpose_ = Purpose::late_baseline;
  }
  if (plan_.window) {
    // The first day stays the same during the scan; otherwise its pages would belong to another
    // list.
    window_ = {scan.first_day, terms_.today + plan_.window->ahead_days};
    put_window(parts_.scope, window_, scan.day);
  }
  ++days_begun_;
}

bool ListScan::may_ask() {
  if (parts_.budget.allows_a_page()) return true;
  if (shard_ == nullptr) {  // more pages than the budget allows: do not compare them
    parts_.position.need_body();
    parts_.marks.drop();
    shard_ = &parts_.position.cursor().at(0);
    begin();
  }
  return false;
}

const PageMark *ListScan::expected() const noexcept {
  return shard_ == nullptr ? parts_.marks.expected() : nullptr;
}

ListScan::Next ListScan::pass_over(PageMark mark) {
  PageMarks &marks = parts_.marks;
  const Cursor &cursor = parts_.position.cursor();
  marks.add(mark);
  parts_.rows_seen += mark.rows;
  const bool last = marks.at_the_end();
  const bool more = reading_->walk.advance(mark.rows, nullptr, {}, last);
  const bool top =
      plan_.strategy->stops_at_known && cursor.order == Order::falling && mark.rows > 0;
  const bool limited =
      plan_.pages > 0 && marks.count() >= plan_.pages && cursor.order != Order::violated;
  return last || !more || top || limited ? Next::finished : Next::ask;
}

ListScan::Next ListScan::take(std::optional<Page> came) {
  Reading &reading = *reading_;
  const bool confirming = reading.walk.confirming();
  reading.first = false;
  parts_.budget.count_page();
  if (came && came->same) return pass_over(came->mark);
  if (shard_ == nullptr) {
    parts_.position.need_body();
    shard_ = &parts_.position.cursor().at(0);
    const std::size_t passed_over = parts_.marks.count();
    // Only a scan of every page knows which rows were removed or left the pages.
    if (passed_over > 0 && (!came || plan_.emits_removed || plan_.watch)) {
      start();
      return Next::ask;
    }
    begin();
    shard_->scan.marking = passed_over == 0;
    shard_->scan.pages = static_cast<std::uint32_t>(passed_over);
  }
  Scan &scan = shard_->scan;
  if (!came) {
    // With overlapping pages, this page should have rows of the previous one.
    if (!confirming && overlap_of(plan_.paging) > 0) scan.stable = false;
    note_end();
    return Next::finished;
  }
  Page &page = *came;
  if (confirming && (page.mark.digest == reading.last_digest || !has_new_row(page))) {
    note_end();
    return Next::finished;
  }
  if (scan.pages == 0 && were_out_of_sight(page)) {
    shard_->quiet = true;
    purpose_ = Purpose::late_baseline;
    parts_.notes.add(
        "The list was empty when it was last read, although rows were counted. What it has now is "
        "recorded and not reported.");
  }
  const PageFacts facts = see_page(page);
  const bool repeats =
      facts.rows > 0 && (page.mark.digest == reading.last_digest || reading.alike >= most_alike);
  reading.last_digest = page.mark.digest;
  page.mark.rows = static_cast<std::uint32_t>(facts.rows);
  if (!plan_.gate) parts_.marks.add(page.mark);
  boost::json::value last_row;
  const bool by_last_row = plan_.paging.style == PagingStyle::after;
  if (by_last_row) {
    boost::json::array rows = parse_rows(plan_.layout, page.body());
    if (!rows.empty()) last_row = std::move(rows.back());
  }
  reading.reached = std::max(reading.reached, reading.walk.reached(facts.rows));
  bool more = reading.walk.advance(facts.rows, by_last_row ? &last_row : nullptr, facts.total,
                                   is_last(facts));
  if (repeats) {
    parts_.notes.add(
        "The service answers every page alike: its first page is taken for the whole list.");
    scan.stable = true;
    more = false;
  }
  if (!more) note_end();
  if (!more || is_enough(facts)) return Next::finished;
  scan.position = reading.walk.position();
  const bool full = parts_.budget.is_full(parts_.outbox.size(), plan_.order.has_value());
  return full ? Next::stopped : Next::ask;
}

ListScan::PageFacts ListScan::see_page(const Page &page) {
  Scan &scan = shard_->scan;
  PageRowSink sink(*this);
  const RowsRead read =
      page.read(plan_.layout, parts_.position.cursor().key, plan_.service->errors, sink);
  PageFacts &facts = sink.facts;
  if (read.has_total) facts.total = read.total;
  parts_.rows_seen += facts.rows;
  parts_.rows_refused += facts.refused;
  reading_->fresh += facts.fresh;
  scan.found += static_cast<std::uint32_t>(facts.fresh + facts.changed);
  scan.held = scan.held || judge_.held() > 0;
  passed_horizon_ = passed_horizon_ || facts.outdated > 0;
  if (scanned_) *scanned_ += facts.rows - facts.repeated;

  // Rule 6. Rows that newer ones pushed on are only read twice; any other change may hide a row.
  const std::vector<std::uint64_t> &tail = scan.tail;
  const bool in_place =
      sink.keys.size() >= tail.size() && std::equal(tail.begin(), tail.end(), sink.keys.begin());
  if (!in_place) {
    const auto pushed = std::ranges::search(sink.keys, tail);
    if (scan.full || pushed.empty()) scan.stable = false;
  }
  if (!scan.full && scan.rising) {
    shard_->order = Order::violated;
    scan.full = true;
    parts_.position.touch();
    parts_.notes.add("The list is not in the order it was in: from now on it is read whole.");
  }
  const std::size_t kept = std::min(sink.keys.size(), overlap_of(plan_.paging));
  scan.tail.assign(sink.keys.end() - static_cast<std::ptrdiff_t>(kept), sink.keys.end());
  ++scan.pages;
  reading_->alike = are_same_rows(reading_->keys, sink.keys) ? reading_->alike + 1 : 0;
  reading_->keys = std::move(sink.keys);

  parts_.events.make(*shard_, std::move(sink.wanted), page, plan_.layout, parts_.outbox);
  // Rows without a key are not remembered, but their pages count where all rows should be.
  const std::size_t rows_read = std::size_t{scan.pages} * plan_.paging.size;
  if (parts_.position.rows() + parts_.outbox.size() > plan_.limit ||
      (is_counted(plan_) && rows_read / 2 > plan_.limit)) {
    throw read_too_many(plan_);
  }
  // Rule 19. Later pages count rows that are remembered already.
  if (facts.total && scan.full && scan.pages == 1 && is_counted(plan_)) {
    const std::size_t room = room_for(parts_, *shard_);
    if (*facts.total > room) throw list_too_long(plan_, *facts.total, room);
  }
  return facts;
}

// Evaluates a page that was requested to confirm the end.
bool ListScan::has_new_row(const Page &page) const {
  const DigestKey &key = parts_.position.cursor().key;
  bool has_new = false;
  std::string text;
  EachRow rows([&](const Slots &slots) {
    const std::uint64_t row = has_key(slots, text) ? row_hash(key, shard_->id, text) : 0;
    has_new = has_new || std::ranges::find(reading_->keys, row) == reading_->keys.end();
  });
  page.read(plan_.layout, key, plan_.service->errors, rows);
  return has_new;
}

// Rule 5: true if a short page that ends with this row is known to be the last one: the gate counts
// as many rows, or it was the last one when the end was last confirmed. A scan for new rows only
// need not continue after a known row.
bool ListScan::is_last(const PageFacts &facts) const {
  const Scan &scan = shard_->scan;
  const bool reads_on = plan_.gate && !plan_.gate->counts_at.empty() && is_owed(scan.found);
  // A surplus that was learned from the list says nothing to a scan that is to check the list.
  const bool agree = counters_agree() &&
                     (purpose_ == Purpose::normal || !shard_->surplus || *shard_->surplus == 0);
  if (agree || (!scan.full && facts.known > 0 && !reads_on)) return true;
  if (purpose_ != Purpose::normal) return false;
  // If the counters moved, the same number of rows proves nothing.
  if (plan_.gate && shard_->gate != scan.gate) return false;
  const End end{.day = is_daily() ? scan.day : 0,
                .rows = static_cast<std::uint32_t>(reading_->reached)};
  return std::ranges::find(shard_->ends, end) != shard_->ends.end();
}

void ListScan::note_end() {
  const Scan &scan = shard_->scan;
  if (!scan.full || plan_.paging.style == PagingStyle::none) return;
  const End end{.day = is_daily() ? scan.day : 0,
                .rows = static_cast<std::uint32_t>(reading_->reached)};
  if (reading_->reached == 0 || std::ranges::find(shard_->ends, end) != shard_->ends.end()) return;
  const std::uint32_t first_day = is_daily() ? scan.first_day : 0;
  std::erase_if(shard_->ends,
                [&](const End &old) { return old.day == end.day || old.day < first_day; });
  shard_->ends.push_back(end);
  parts_.position.touch();
}

bool ListScan::is_enough(const PageFacts &facts) const {
  const Scan &scan = shard_->scan;
  // The first pages have the newest rows only if the order is known.
  const bool ordered = !plan_.order || (!scan.rising && shard_->order != Order::violated);
  if (plan_.pages > 0 && scan.pages >= plan_.pages && ordered) return true;
  const bool reads_on = plan_.gate && !plan_.gate->counts_at.empty() && is_owed(scan.found);
  if (!scan.full && facts.fresh == 0 && facts.known > 0 && !reads_on) return true;
  const bool falling = shard_->order == Order::falling || (scan.falling && scan.pages > 0);
  return plan_.horizon && falling && !scan.rising && facts.rows > 0 &&
         facts.outdated + facts.repeated == facts.rows;
}

// By how much the gate counts more rows than before; empty if that is not known.
std::optional<std::int64_t> ListScan::risen() const {
  if (!plan_.gate || !plan_.gate->each || shard_->gate.empty()) return std::nullopt;
  const std::string &now = shard_->scan.gate;
  const auto count = count_in(*plan_.gate, now);
  const auto before = count_in(*plan_.gate, shard_->gate);
  if (count && before) return *count - *before;
  return most_risen(shard_->gate, now);
}

// Rule 20: true if the gate counts more new rows than the scan has found.
bool ListScan::is_owed(std::size_t found) const {
  const auto rise = risen();
  return reports(purpose_) && rise && *rise > static_cast<std::int64_t>(found);
}

// Rule 20: true if the counters moved, and the list does not show why. Counters that do not count
// the rows of the list may move for other reasons, so that any change explains them.
bool ListScan::is_owed_at_the_end() const {
  const Scan &scan = shard_->scan;
  if (!reports(purpose_) || !plan_.gate || plan_.gate->counters.empty()) return false;
  if (shard_->gate.empty() || shard_->gate == scan.gate) return false;
  if (!plan_.gate->each) return scan.found == 0 && !has_unseen();
  const auto count = count_in(*plan_.gate, scan.gate);
  const auto before = count_in(*plan_.gate, shard_->gate);
  if (!count || !before) {
    const bool moved =
        most_risen(shard_->gate, scan.gate).value_or(0) > 0 ||
        (plan_.emits_removed && most_fallen(shard_->gate, scan.gate).value_or(0) > 0);
    return moved && scan.found == 0 && !has_unseen();
  }
  if (plan_.emits_new && *count - *before > static_cast<std::int64_t>(scan.found)) return true;
  if (plan_.emits_changed) return scan.found == 0 && !has_unseen();
  if (!plan_.emits_removed) return false;
  std::int64_t missing = 0;
  shard_->memory.each([&](const Remembered &row) { missing += row.seen ? 0 : 1; });
  return *before - *count > missing;
}

// ---- Day by day ------------------------------------------------------------------------------

void ListScan::count_day() {
  ++days_read_;
  if (shard_ != nullptr && is_daily() && shard_->end_refusal(shard_->scan.day)) {
    parts_.position.touch();
  }
}

// False if no day of the window could be read.
bool ListScan::has_other_day() const noexcept {
  const Scan &scan = shard_->scan;
  return days_read_ > 0 || scan.day < window_.last || shard_->held_day > scan.first_day;
}

bool ListScan::is_resting_day(std::int64_t now) const noexcept {
  if (shard_ == nullptr || !is_daily()) return false;
  const Scan &scan = shard_->scan;
  return scan.position.empty() && has_other_day() && shard_->is_resting(scan.day, now);
}

void ListScan::pass_over_day() {
  if (shard_->held_day == 0) shard_->held_day = shard_->scan.day;
  parts_.position.touch();
}

bool ListScan::may_go_on_without_day() {
  Scan &scan = shard_->scan;
  if (shard_->held_day == 0) shard_->held_day = scan.day;
  return has_other_day();
}

void ListScan::skip_day(const std::string &why, std::int64_t now) {
  const std::uint32_t day = shard_->scan.day;
  RefusedPart &refused = shard_->count_refusal(day, now);
  refused.quiet = refused.quiet || !reports(purpose_);
  parts_.refusals.add(shard_->id, day, why);
  parts_.notes.add(day_text(day) + " could not be read: " + why +
                   " The other days are read; this one will be tried again.");
  parts_.position.touch();
}

bool ListScan::next_day() {
  Scan &scan = shard_->scan;
  if (!is_daily() || static_cast<std::int64_t>(scan.day) >= window_.last) return false;
  ++scan.day;
  scan.position.clear();
  scan.tail.clear();
  scan.last_rank.clear();
  return true;
}

// Rule 7: a refused day must stay in the window even if later ones were read; but not indefinitely.
void ListScan::hold_day() {
  if (shard_->held_day == 0) return;
  constexpr std::int64_t longest = 7;
  const std::int64_t held =
      std::max<std::int64_t>(shard_->held_day, terms_.today - longest) + plan_.window->back_days;
  if (shard_->watermark_day == 0 || held < static_cast<std::int64_t>(shard_->watermark_day)) {
    shard_->watermark_day = static_cast<std::uint32_t>(held);
  }
  parts_.position.touch();
}

// ---- At the end ------------------------------------------------------------------------------

bool ListScan::has_unseen() const {
  bool unseen = false;
  shard_->memory.each([&](const Remembered &row) { unseen = unseen || !row.seen; });
  return unseen;
}

bool ListScan::needs_check() const {
  const Scan &scan = shard_->scan;
  return plan_.gate && plan_.gate->after && purpose_ != Purpose::baseline && scan.full &&
         scan.stable && scan.pages > 1 && has_unseen();
}

bool ListScan::counters_are(std::string_view counters) const noexcept {
  return shard_->scan.gate == counters;
}

bool ListScan::close(std::int64_t now) {
  Shard &shard = *shard_;
  Scan &scan = shard.scan;
  Position &position = parts_.position;
  const bool baseline = purpose_ == Purpose::baseline;
  if (baseline && !scan.stable && scan.attempt < baseline_attempts) {
    const auto attempt = static_cast<std::uint8_t>(scan.attempt + 1);
    scan = {};
    begin();
    scan.attempt = attempt;
    days_begun_ = 0;
    return false;
  }
  const bool was_again = shard.again;
  const bool owed = scan.stable && is_owed_at_the_end();
  const bool held = scan.held;
  shard.again = false;
  hold_day();
  if (judge_.end()) position.touch();
  if (!scan.stable) {
    shard.again = true;
    parts_.notes.add(
        baseline ? "The list kept moving while it was read: rows as old as the baseline may still "
                   "be reported as new."
                 : "The list moved while it was read: it is read again with the next poll.");
  } else if (scan.full) {
    shard.filter_changed = false;
    close_full(now);
  } else if (scanned_ == std::size_t{0} && shard.memory.size() > 0) {
    shard.again = true;  // there is no row where the newest ones were
  }
  if (scan.stable && scan.full && !owed) learn_surplus();
  if (scan.stable && !scan.full) spend_surplus();
  // Rule 20. The counters that are remembered below owe nothing to the next scan, so that it is
  // the last one.
  if (owed || held) shard.again = true;
  if (judge_.held() > 0) {
    const bool one = judge_.held() == 1;
    parts_.notes.add(std::to_string(judge_.held()) + (one ? " new item is" : " new items are") +
                     " older than known items, and no counter has grown. " +
                     (one ? "It is reported with the next poll if it is still listed."
                          : "They are reported with the next poll if they are still listed."));
  }
  if (shard.held_day > 0) shard.again = true;
  shard.held_day = 0;
  if (was_again != shard.again || !shard.ready || shard.quiet || shard.gate != scan.gate) {
    position.touch();
  }
  note_suspect_empty();
  shard.ready = true;
  shard.quiet = false;
  shard.gate = scan.gate;
  if (!plan_.gate) parts_.marks.keep(scan);
  if (!plan_.watch) shard.memory.each([](Remembered &row) { row.seen = false; });
  scan = {};
  return true;
}

void ListScan::close_full(std::int64_t now) {
  update_order();
  if (plan_.window) {
    forget_old_days();
  } else if (plan_.watch) {  // its rows leave the pages without being removed
    if (scanned_ == std::size_t{0} && shard_->memory.size() > 0) shard_->again = true;
  } else if (!shard_->scan.marking) {
    shard_->again = parts_.marks.may_lack_rows(reading_->fresh);
  } else {
    apply_absences(now);
  }
}

void ListScan::update_order() {
  if (!plan_.order) return;
  const Order before = shard_->order;
  shard_->order = judge_order(before, shard_->scan);
  if (shard_->order == before) return;
  parts_.position.touch();
  const bool relied_on = plan_.strategy->stops_at_known || plan_.pages > 0 || plan_.horizon;
  if (relied_on && shard_->order == Order::violated) {
    parts_.notes.add("The list does not have the newest first: it is read whole at every poll.");
  }
}

// Days that no window will include again; one day more, for timestamps in another time zone.
void ListScan::forget_old_days() {
  const Days next = window_days(*plan_.window, *shard_, terms_.today);
  const auto is_past = [&](const RefusedPart &part) {
    return static_cast<std::int64_t>(part.id) < next.first;
  };
  if (is_daily() && std::erase_if(shard_->refused, is_past) > 0) parts_.position.touch();
  const std::size_t before = shard_->memory.size();
  shard_->memory.erase_if([&](const Remembered &row) {
    return static_cast<std::int64_t>(row.version) < next.first - 1;
  });
  if (shard_->memory.size() != before) parts_.position.touch();
  parts_.position.discount_rows(before - shard_->memory.size());
}

void ListScan::apply_absences(std::int64_t now) {
  Position &position = parts_.position;
  const AbsenceLimits limits{.usual = plan_.absent, .unseen = absences_needed(now)};
  const Absences absences = count_absences(shard_->memory, limits, judge_.left());
  if (plan_.emits_removed && purpose_ != Purpose::baseline) {
    for (const std::uint64_t row : absences.gone) {
      parts_.events.make_removed(*shard_, *shard_->memory.find(row), behind_.key, parts_.outbox);
    }
  } else {
    position.forget(*shard_, absences.gone);
  }
  // Rows that are counted still are not worth a full scan at every poll: their counter tells.
  awaits_rows_ = absences.waiting;
  if (absences.waiting && !is_counted_still()) shard_->again = true;
  if (absences.moved) position.touch();
}

// Rule 8: most rows missing at once are more often a slow service than a removal. The removal is
// confirmed if the gate's counters agree; for a list of up to three rows after three scans; for a
// longer one after a day.
unsigned ListScan::absences_needed(std::int64_t now) {
  constexpr std::size_t small = 3;
  constexpr unsigned scans = 3;
  constexpr std::int64_t day_ms = 86'400'000;
  const std::size_t known = shard_->memory.size();
  std::size_t missing = 0;
  shard_->memory.each([&](const Remembered &row) {
    if (!row.seen && !judge_.left().contains(row.key)) ++missing;
  });
  // If only a part of the list was read, the other rows are not missing. But rows leave the first
  // pages only for newer ones: with fewer rows there than are remembered, they are.
  const bool fewer = scanned_ && *scanned_ < known;
  const bool partly =
      (plan_.pages > 0 && !fewer) || (plan_.horizon && (passed_horizon_ || !scanned_));
  const bool most = partly ? missing > 0 && scanned_ == std::size_t{0} : 2 * missing > known;
  const bool counted = missing > 0 && is_counted_still();
  if (!most && !counted) {
    if (shard_->missing_since != 0) parts_.position.touch();
    shard_->missing_since = 0;
    return plan_.absent;
  }
  if (shard_->missing_since == 0 || now < shard_->missing_since) {
    shard_->missing_since = now;
    parts_.position.touch();
  }
  if (counters_agree()) return plan_.absent;
  if (now - shard_->missing_since >= day_ms) return 1;
  parts_.notes.add(
      counted ? "Items are missing that the service still counts. They count as removed only if "
                "they stay missing."
              : "Most of the list is missing. The missing items count as removed only if they stay "
                "missing.");
  return known <= small && !counted ? std::max(plan_.absent, scans) : 0;
}

// Rows that the gate counts beyond those that were read; empty if that is not known.
std::optional<std::int64_t> ListScan::hidden_rows() const {
  if (!plan_.gate || !plan_.gate->each || !scanned_) return std::nullopt;
  const auto count = count_in(*plan_.gate, shard_->scan.gate);
  if (!count) return std::nullopt;
  return *count - static_cast<std::int64_t>(*scanned_);
}

// True if the gate counts as many rows as were read, and those that were never shown.
bool ListScan::counters_agree() const {
  if (const auto hidden = hidden_rows()) return *hidden == shard_->surplus.value_or(0);
  return plan_.gate && plan_.gate->each && scanned_ && count_rows(shard_->scan.gate, *scanned_);
}

// True if the gate counts rows that were shown before, and are missing now.
bool ListScan::is_counted_still() const {
  const auto hidden = hidden_rows();
  return hidden && shard_->surplus && *hidden > *shard_->surplus;
}

// A gate may count rows that the list never shows. Only a change of their number is suspicious.
void ListScan::learn_surplus() {
  const auto hidden = hidden_rows();
  const bool whole = plan_.pages == 0 && !plan_.horizon && !plan_.window && !plan_.watch;
  if (!hidden || !whole || shard_->surplus == hidden || awaits_rows_) return;
  shard_->surplus = hidden;
  parts_.position.touch();
}

// More new rows than the counters rose by: some of those that were counted ahead have come, and do
// not stand for hidden ones any more. Where rows were removed instead, this takes too much; the
// next full scan learns it again, and until then no removal is believed too early.
void ListScan::spend_surplus() {
  const auto rise = risen();
  if (!shard_->surplus || !rise) return;
  const std::int64_t come = static_cast<std::int64_t>(shard_->scan.found) - *rise;
  if (*shard_->surplus <= 0 || come <= 0) return;
  shard_->surplus = std::max<std::int64_t>(0, *shard_->surplus - come);
  parts_.position.touch();
}

// An empty baseline with a non-zero counter may be a delayed list, or a list that is correctly
// empty, such as that of unsubscribed addresses. Up to three rows do not reliably distinguish them.
void ListScan::note_suspect_empty() {
  constexpr std::int64_t few = 3;
  bool suspect_empty = scanned_ == std::size_t{0};
  if (reports(purpose_)) {
    suspect_empty = suspect_empty && shard_->suspect_empty;
  } else {
    const bool comparable = plan_.gate && plan_.gate->each && !plan_.window;
    suspect_empty = suspect_empty && comparable && largest(shard_->scan.gate).value_or(0) > few;
  }
  if (shard_->suspect_empty != suspect_empty) parts_.position.touch();
  shard_->suspect_empty = suspect_empty;
}

// True if these are the old rows of a list that was empty in its baseline: at least as many as the
// gate counted then, and more than the increase of its counters since.
bool ListScan::were_out_of_sight(const Page &page) const {
  if (!shard_->suspect_empty || !reports(purpose_) || shard_->memory.size() > 0) return false;
  const auto risen = most_risen(shard_->gate, shard_->scan.gate);
  if (!risen) return false;
  std::int64_t rows = 0;
  std::string text;
  EachRow count([&](const Slots &slots) {
    if (has_key(slots, text) && holds(terms_.where, slots)) ++rows;
  });
  if (!read_rows(plan_.layout, parts_.position.cursor().key, page.body(), count).ok()) return false;
  const auto full = static_cast<std::int64_t>(plan_.paging.size);
  return rows > *risen && rows >= std::min(largest(shard_->gate).value_or(0), full);
}

}  // namespace cpi::detection
