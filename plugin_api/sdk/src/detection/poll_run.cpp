#include "poll_run.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "cpi/language/failure.hpp"
#include "memory_limit.hpp"
#include "strategy.hpp"
#include "watch_round.hpp"

namespace cpi::detection {

namespace json = boost::json;

namespace {

constexpr std::int64_t hour_ms = 3'600'000;

const char *why_not(Opened opened) {
  switch (opened) {
    case Opened::empty:
      return "There was no baseline yet: this poll makes it.";
    case Opened::other_version:
      return "The stored position is of another release: a new baseline is made.";
    case Opened::other_plan:
      return "This trigger detects in another way than before: a new baseline is made.";
    default:
      return "The stored position is damaged: a new baseline is made.";
  }
}

bool is_paged(const Paging &paging) {
  return paging.style != PagingStyle::none && !paging.size_name.empty();
}

// A refused part, for the state of the trigger.
struct RefusedNow {
  std::string name;
  std::string reason;  // empty: not asked in this poll
};

// All refused parts, also those that this poll did not reach: a budget may split a pass. Their
// order depends on the parts alone, so that the host sees the same ones at every poll.
std::vector<RefusedNow> name_refused(PollParts &parts) {
  constexpr std::size_t most = 100;
  std::vector<RefusedNow> named;
  if (!parts.position.has_body()) return named;  // nothing is pending, so nothing is refused
  std::size_t unnamed = 0;
  const auto add = [&](const Shard &shard, std::uint64_t part, std::string name) {
    if (named.size() == most) {
      ++unnamed;
    } else if (!name.empty()) {
      named.push_back({std::move(name), parts.refusals.reason(shard.id, part)});
    }
  };
  for (Shard &shard : parts.position.cursor().shards) {
    if (shard.refusals > 0) add(shard, 0, shard.refused_name);
    for (const RefusedPart &part : shard.refused) {
      std::string name = shard.refused_name.empty() ? "" : shard.refused_name + ", ";
      if (!parts.plan.watch) {
        name += day_text(static_cast<std::int64_t>(part.id));
      } else if (const Remembered *row = shard.memory.find(part.id)) {
        name += watched_key(parts.plan, *row);
      }
      add(shard, part.id, std::move(name));
    }
  }
  if (unnamed > 0) {
    parts.notes.add(std::to_string(unnamed) + " more parts of this trigger are refused.");
  }
  return named;
}

// The counters of the row in the answer to GatePlan::after.
class CountersSink final : public RowSink {
 public:
  CountersSink(const GatePlan &gate, const DigestKey &key) : gate_(gate), key_(key) {}
  void on_row(std::size_t, const Slots &slots) override {
    counters = pack_counters(gate_, key_, slots);
  }
  std::string counters;

 private:
  const GatePlan &gate_;
  const DigestKey &key_;
};

}  // namespace

PollRun::PollRun(Channel &channel, const Begin &begin, const json::object &input,
                 const PollPlan &plan, ReadPage read)
    : channel_(channel),
      begin_(begin),
      plan_(plan),
      parts_(plan, begin, input),
      reader_(channel, plan, std::move(read), parts_.scope, parts_.budget) {}

// ---- The cursor -----------------------------------------------------------------------------

void PollRun::open() {
  const Opened opened = parts_.position.open(begin_.cursor);
  const Cursor &cursor = parts_.position.cursor();
  const bool usable = opened == Opened::ok;
  // If a baseline is requested although there is one, it is taken again.
  if (usable && !(begin_.mode == CPI_POLL_BASELINE && cursor.complete)) {
    parts_.kind = cursor.complete ? RunKind::normal : RunKind::baseline;
    return;
  }
  // A damaged backfill is not repeated from its start.
  if (opened != Opened::empty && !usable) parts_.backfill = {};
  const bool expected = opened == Opened::empty || usable;
  start_over(expected && begin_.mode != CPI_POLL_NORMAL ? "" : why_not(opened));
}

void PollRun::start_over(std::string why) {
  parts_.position.start_over(begin_.entropy, channel_.now());
  parts_.outbox.clear();
  if (!why.empty()) parts_.notes.add(std::move(why));
  // A backfill of all rows is an empty memory and a normal poll.
  parts_.position.cursor().complete = parts_.backfill.of_everything();
  parts_.kind = parts_.backfill.of_everything() ? RunKind::normal : RunKind::baseline;
}

// Rule 9. An idle poll writes nothing, so polls cannot be counted; their pace is measured instead,
//         from a commit to the next poll.
void PollRun::reconcile(std::int64_t now) {
  Position &position = parts_.position;
  Cursor &cursor = position.cursor();
  const bool doubts =
      (plan_.gate && !plan_.gate->counters.empty()) || plan_.strategy->stops_at_known;
  // The end of a list is only known by requesting one more page, which is not done in every poll.
  const bool pages = is_paged(plan_.paging) || (plan_.gate && is_paged(plan_.gate->paging));
  if ((!doubts && !pages) || position.has_body() || !cursor.complete) return;
  const std::int64_t since = now - cursor.written_at;
  if (doubts && cursor.nothing_pending && since > 0 &&
      (cursor.pace_ms == 0 || since < cursor.pace_ms / 2)) {
    cursor.pace_ms = since;
    position.touch();
  }
  switch (reconcile_due(cursor, now)) {
    case Reconcile::no:
      return;
    case Reconcile::perhaps:
      position.touch();  // a new commit, from which the next poll can measure the pace
      return;
    case Reconcile::now:
      break;
  }
  position.need_body();
  // The rest of an interrupted scan is not a full scan: its first pages may have changed since.
  for (Shard &shard : cursor.shards) {
    shard.again = true;
    shard.scan = {};
  }
  parts_.kind = RunKind::forced;
  cursor.nothing_pending = false;
  cursor.forced_at = now;
  cursor.pace_ms = 0;
  position.touch();
}

// Rule 12: a changed filter reports no known row; the rows that pass it are recorded silently.
void PollRun::compare_filter() {
  if (plan_.when.empty() || !plan_.emits_new) return;
  Position &position = parts_.position;
  Cursor &cursor = position.cursor();
  const std::uint32_t filter = digest_of(place(plan_.when, parts_.scope));
  if (cursor.filter == filter) return;
  if (cursor.filter != 0 && cursor.complete) {
    position.need_body();
    for (Shard &shard : cursor.shards) {
      shard.filter_changed = shard.ready;
      shard.again = true;
      shard.scan = {};
    }
    position.touch();
  }
  cursor.filter = filter;
}

void PollRun::end_baseline() {
  Cursor &cursor = parts_.position.cursor();
  cursor.complete = true;
  cursor.forced_at = channel_.now();
  parts_.position.touch();
  has_backfill_ = parts_.backfill.leave_out(cursor);
}

// An awaited value is stored in a variable first: gcc 12 miscompiles some conditions that contain a
// co_await.

// ---- The pass -------------------------------------------------------------------------------

Task<PollRun::Ended> PollRun::pass() {
  if (plan_.gate) co_return co_await pass_gate();
  co_return co_await pass_list();
}

Task<PollRun::Ended> PollRun::pass_list() {
  Position &position = parts_.position;
  Cursor &cursor = position.cursor();
  // The body of a list with nothing pending is not decoded until one of its pages has changed.
  const bool trusted = cursor.nothing_pending && !plan_.strategy->reads_every_page &&
                       plan_.paging.style != PagingStyle::after;
  if (!trusted) position.need_body();
  Shard *shard = position.has_body() ? &cursor.at(0) : nullptr;
  ListScan list(parts_, shard, {}, channel_.now());
  const Ended ended = co_await scan(list);
  const bool may_watch = plan_.watch && parts_.kind != RunKind::baseline;
  if (ended == Ended::at_its_end && may_watch && (position.has_body() || cursor.has_single_reads)) {
    position.need_body();
    co_await watch(list.terms());
  }
  co_return ended;
}

Task<PollRun::Ended> PollRun::pass_gate() {
  const GatePlan &gate = *plan_.gate;
  const DigestKey key = parts_.position.cursor().key;
  GatePass pass(parts_, channel_.now());
  for (; pass.may_ask(); pass.advance()) {
    const Extra extra = pass.extra();
    std::optional<Page> page;
    try {
      page.emplace(co_await reader_.read(gate.request, gate.paging, extra, pass.expected(), key));
    } catch (const Failure &failure) {
      if (!pass.is_end(failure)) throw;
    }
    pass.take(std::move(page), channel_.now());
    if (parts_.kind == RunKind::baseline && pass.is_at_its_start()) {
      co_await expect_room_for_all(pass);
    }
    for (const GateRow &row : pass.rows()) {
      if (!pass.is_due(row)) continue;
      pass.show(row);
      if (pass.rests(row, channel_.now())) continue;
      const Ended ended = co_await scan_behind(pass, row);
      if (ended == Ended::by_budget) {
        pass.stop();
        co_return Ended::by_budget;
      }
    }
  }
  if (pass.is_untouched()) co_return Ended::at_its_end;
  if (!gate.each) {
    GateRow all;
    all.counters = pass.all_counters();
    Shard &shard = parts_.position.cursor().at(0);
    shard.visited = true;
    shard.passed = false;
    if (needs_scan(gate, all, &shard)) {
      ListScan list(parts_, &shard, {.key = {}, .counters = all.counters}, channel_.now());
      const Ended ended = co_await scan(list);
      if (ended == Ended::by_budget) co_return ended;
    }
  }
  pass.end(channel_.now());
  co_return Ended::at_its_end;
}

// Rule 19: reads the rest of the gate for its counts, before the first list is read.
Task<void> PollRun::expect_room_for_all(const GatePass &pass) {
  const GatePlan &gate = *plan_.gate;
  if (gate.count.empty() || !is_counted(plan_)) co_return;
  const DigestKey key = parts_.position.cursor().key;
  GateCounts counts(plan_);
  bool more = counts.take(pass.page());
  while (more) {
    const Extra extra = counts.extra();
    std::optional<Page> page;
    try {
      page.emplace(co_await reader_.read(gate.request, gate.paging, extra, nullptr, key));
    } catch (const Failure &failure) {
      if (!is_past_the_end(failure)) throw;
    }
    if (!page) break;
    more = counts.take(read_gate_page(plan_, parts_.scope, key, channel_.now(), *page));
  }
  counts.expect_room();
}

// Rule 7: a list that is refused, or was removed between the two requests, must not stop the
// others.
Task<PollRun::Ended> PollRun::scan_behind(GatePass &pass, const GateRow &row) {
  Cursor &cursor = parts_.position.cursor();
  if (cursor.find(row.id) == nullptr) parts_.position.touch();
  Shard &shard = cursor.at(row.id);
  shard.visited = true;
  const std::uint32_t watermark_day = shard.watermark_day;
  std::optional<Failure> refusal;
  Ended ended = Ended::at_its_end;
  try {
    if (!shard.scan.running) expect_room(parts_, shard, row);
    ListScan list(parts_, &shard, {.key = row.key, .counters = row.counters}, channel_.now());
    ended = co_await scan(list);
  } catch (const Failure &failure) {
    // Rule 19: a list that has grown too long stops no other; a baseline must have room for all.
    const bool has_grown = is_too_long(failure) && parts_.kind != RunKind::baseline;
    if (!has_grown && !is_of_one_list(failure)) throw;
    refusal = failure;
  }
  if (refusal) {
    shard.watermark_day = watermark_day;
    pass.refuse(shard, row, *refusal, channel_.now());
  } else if (ended == Ended::at_its_end) {
    pass.count_answer(shard);
  }
  pass.name_parts(shard, row);
  if (ended == Ended::at_its_end) shard.passed = true;
  co_return ended;
}

// ---- The scan -------------------------------------------------------------------------------

Task<PollRun::Ended> PollRun::scan(ListScan &list) {
  for (;;) {
    const Ended ended = co_await read_day(list);
    if (ended == Ended::by_budget) {
      parts_.position.touch();
      co_return Ended::by_budget;
    }
    if (list.is_untouched()) co_return Ended::at_its_end;
    if (list.next_day()) continue;
    if (list.needs_check()) {
      const bool still = co_await is_still(list);
      if (!still) list.found_moved();
    }
    if (list.close(channel_.now())) co_return Ended::at_its_end;
  }
}

// One scan of the window: if it is read day by day, a refused day stops no other.
Task<PollRun::Ended> PollRun::read_day(ListScan &list) {
  const bool daily = plan_.window && plan_.window->each_day;
  std::optional<Failure> refusal;
  try {
    list.start();
    if (list.is_resting_day(channel_.now())) {
      list.pass_over_day();
      co_return Ended::at_its_end;
    }
    const Ended ended = co_await read_pages(list);
    if (ended == Ended::at_its_end) list.count_day();
    co_return ended;
  } catch (const Failure &failure) {
    if (!daily || !is_of_one_list(failure)) throw;
    refusal = failure;
  }
  if (!list.may_go_on_without_day()) throw *refusal;
  list.skip_day(refusal->message, channel_.now());
  co_return Ended::at_its_end;
}

Task<PollRun::Ended> PollRun::read_pages(ListScan &list) {
  const DigestKey key = parts_.position.cursor().key;
  for (;;) {
    if (!list.may_ask()) co_return Ended::by_budget;
    const Extra extra = list.extra();
    std::optional<Page> page;
    try {
      page.emplace(co_await reader_.read(plan_.request, plan_.paging, extra, list.expected(), key));
    } catch (const Failure &failure) {
      if (!list.is_end(failure)) throw;
    }
    const ListScan::Next next = list.take(std::move(page));
    if (next == ListScan::Next::finished) co_return Ended::at_its_end;
    if (next == ListScan::Next::stopped) co_return Ended::by_budget;
  }
}

// Reads the counters of this list again.
Task<bool> PollRun::is_still(const ListScan &list) {
  const GatePlan &gate = *plan_.gate;
  const DigestKey key = parts_.position.cursor().key;
  const Extra none;
  const Page page = co_await reader_.read(*gate.after, gate.paging, none, nullptr, key);
  CountersSink sink(gate, key);
  const RowsRead read = page.read(gate.after_layout, key, plan_.service->errors, sink);
  co_return read.rows == 1 && list.counters_are(sink.counters);
}

Task<void> PollRun::watch(const Terms &terms) {
  const WatchPlan &watch = *plan_.watch;
  const DigestKey key = parts_.position.cursor().key;
  const Extra none;
  for (WatchRound round(parts_, parts_.position.cursor().at(0), terms, channel_.now());
       !round.done(); round.next()) {
    round.show();
    std::optional<Failure> refusal;
    try {
      const Page page = co_await reader_.read(watch.request, watch.paging, none, nullptr, key);
      round.take(page);  // also refuses an answer that is not a row
    } catch (const Failure &failure) {
      if (!is_of_one_list(failure)) throw;
      refusal = failure;
    }
    if (!refusal) continue;
    if (refusal->error_class == ErrorClass::not_found) {
      round.found_gone();
    } else {
      round.found_refused(refusal->message, channel_.now());
    }
  }
}

// ---- The poll -------------------------------------------------------------------------------

Task<Result> PollRun::run() {
  open();
  const std::int64_t now = channel_.now();
  Ended ended = Ended::at_its_end;
  bool damaged = false;
  try {
    reconcile(now);
    compare_filter();
    ended = co_await pass();
    if (parts_.position.touched()) parts_.position.need_body();
  } catch (const Position::Damaged &) {
    damaged = true;
  }
  if (damaged) {
    parts_.backfill = {};
    start_over(why_not(Opened::damaged));
    compare_filter();
    ended = co_await pass();
  }
  if (ended == Ended::at_its_end && parts_.kind == RunKind::baseline) end_baseline();
  if (!parts_.outbox.empty()) co_await store();
  co_return conclude(ended);
}

Task<void> PollRun::store() {
  Outbox &outbox = parts_.outbox;
  outbox.sort();
  while (!outbox.all_taken()) {
    co_await channel_.store(
        outbox.take_batch(parts_.budget.events_at_once(), parts_.position, channel_.now()));
  }
  parts_.position.stored();
}

Result PollRun::conclude(Ended ended) {
  Position &position = parts_.position;
  const std::int64_t now = channel_.now();
  Result result;
  result.more = ended == Ended::by_budget || has_backfill_;
  if (!position.trusted() && position.cursor().nothing_pending) position.touch();
  if (parts_.marks.moved() && now - position.cursor().written_at >= hour_ms) position.touch();
  if (position.touched()) {
    position.need_body();
    result.cursor = position.encode(now);
    result.has_cursor = true;
  }
  Notes &notes = parts_.notes;
  parts_.events.note_misfits(notes);
  if (parts_.rows_refused > 0) {
    notes.add(std::to_string(parts_.rows_refused) + " rows had no key and were left out.");
  }
  const std::vector<RefusedNow> refused_now = name_refused(parts_);
  if (!notes.texts().empty() || !refused_now.empty() || parts_.kind == RunKind::baseline) {
    json::array texts;
    for (const std::string &text : notes.texts()) texts.emplace_back(text);
    json::object output{{"notes", std::move(texts)},
                        {"seen", parts_.rows_seen},
                        {"requests", parts_.budget.requests()}};
    if (!refused_now.empty()) {
      json::array refused;
      for (const RefusedNow &part : refused_now) {
        json::object one{{"name", part.name}};
        if (!part.reason.empty()) one["reason"] = part.reason;
        refused.push_back(std::move(one));
      }
      output["refused"] = std::move(refused);
    }
    result.output = json::serialize(output);
  }
  return result;
}

Task<Result> run_poll(Channel &channel, const Begin &begin, const json::object &input,
                      const PollPlan &plan, ReadPage read) {
  PollRun poll(channel, begin, input, plan, std::move(read));
  co_return co_await poll.run();
}

}  // namespace cpi::detection
