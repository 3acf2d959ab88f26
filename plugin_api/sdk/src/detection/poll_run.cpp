#include "poll_run.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "cpi/sdk/failure.hpp"

namespace cpi::detection {

namespace json = boost::json;

namespace {

constexpr std::uint64_t most_backfilled = 10'000;  // of which the newest are picked; above: all
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

}  // namespace

namespace {

bool is_paged(const Paging &paging) {
  return paging.style != PagingStyle::none && !paging.size_name.empty();
}

// An answer that has nothing where the rows should be.
std::string no_rows(const Pointer &rows) {
  json::value none;
  const auto &tokens = rows.tokens();
  for (std::size_t i = tokens.size(); i-- > 0;) none = json::object{{tokens[i], std::move(none)}};
  return json::serialize(none);
}

}  // namespace

void put_window(json::object &scope, Days days, std::int64_t day) {
  scope["window"] = {
      {"from", day_text(days.first)}, {"to", day_text(days.last)}, {"day", day_text(day)}};
}

std::string_view Fetched::body() const noexcept {
  return without_bom(response ? response->body() : std::string_view(own));
}

void Fetched::refuse(const ErrorTable &errors, std::string_view what) const {
  if (response) throw errors.bad_answer(*response, what);
  throw Failure(ErrorClass::plugin_fault, Fault::connector,
                "A page made by the connector " + std::string(what) + ".");
}

PollRun::PollRun(Channel &channel, const Begin &begin, const json::object &input,
                 const PollPlan &plan, ReadPage read)
    : channel_(channel),
      begin_(begin),
      plan_(plan),
      read_(std::move(read)),
      max_requests_(begin.max_requests != 0 ? begin.max_requests : default_max_requests),
      max_events_(begin.max_events != 0 ? begin.max_events : default_max_events) {
  scope_["input"] = input;
}

// ---- The cursor -----------------------------------------------------------------------------

void PollRun::open() {
  const Opened opened = open_cursor(begin_.cursor, plan_.fingerprint, cursor_, body_);
  const bool usable = opened == Opened::ok;
  if (begin_.mode == CPI_POLL_BACKFILL && plan_.emits_new) {
    backfill_ = begin_.backfill_count > most_backfilled ? UINT64_MAX : begin_.backfill_count;
  }
  // A baseline that is asked for again, though there is one, is made anew.
  if (usable && !(begin_.mode == CPI_POLL_BASELINE && cursor_.complete)) {
    silent_ = !cursor_.complete;
    return;
  }
  // What is left of a damaged backfill is not repeated from its start.
  if (opened != Opened::empty && !usable) backfill_ = 0;
  const bool expected = opened == Opened::empty || usable;
  start_over(expected && begin_.mode != CPI_POLL_NORMAL ? "" : why_not(opened));
}

void PollRun::start_over(std::string why) {
  cursor_ = {};
  cursor_.key = digest_key(begin_.entropy);
  cursor_.forced_at = channel_.now();
  // Above every generation of an earlier baseline, so that no event's key comes twice.
  cursor_.generation = static_cast<std::uint64_t>(std::max<std::int64_t>(0, channel_.now()) / 1000);
  decoded_ = true;
  body_ = {};
  dirty_ = true;
  pending_.clear();
  queued_.clear();
  judged_.clear();
  refusal_.reset();
  answered_ = 0;
  remembered_ = 0;
  stopped_ = false;
  if (!why.empty()) note(std::move(why));
  // To backfill everything is to remember nothing and then to poll.
  cursor_.complete = backfill_ == UINT64_MAX && begin_.mode == CPI_POLL_BACKFILL;
  silent_ = !cursor_.complete;
}

void PollRun::need_body() {
  if (decoded_) return;
  if (!open_body(body_, plan_.shape, cursor_)) throw DamagedBody{};
  decoded_ = true;
  for (const Shard &shard : cursor_.shards) remembered_ += shard.memory.size();
}

// Another filter makes no known row news: which of them pass it is seen to silently.
void PollRun::look_at_filter() {
  if (plan_.when.empty() || !plan_.emits_new) return;
  const std::uint32_t filter = digest_of(place(plan_.when, scope_));
  if (cursor_.filter == filter) return;
  if (cursor_.filter != 0 && cursor_.complete) {
    need_body();
    for (Shard &shard : cursor_.shards) {
      shard.refilter = shard.ready;
      shard.again = true;
      shard.scan = {};
    }
    dirty_ = true;
  }
  cursor_.filter = filter;
}

bool PollRun::settled() {
  if (look_again_ || cursor_.pass_open || !cursor_.complete) return false;
  return std::ranges::all_of(cursor_.shards, [](const Shard &shard) {
    return shard.ready && !shard.again && !shard.scan.running && shard.missing == 0 &&
           shard.refusals == 0;
  });
}

void PollRun::complete_baseline() {
  cursor_.complete = true;
  cursor_.forced_at = channel_.now();
  dirty_ = true;
  if (backfill_ == 0) return;
  // The newest rows are unremembered, and the polls that follow find them.
  std::unordered_set<std::uint64_t> rows;
  for (const Newest &newest : cursor_.newest) {
    rows.insert(newest.key);
    if (Shard *shard = cursor_.find(newest.shard)) shard->again = true;
  }
  for (Shard &shard : cursor_.shards) {
    shard.memory.erase_if([&](const Remembered &row) { return rows.contains(row.key); });
  }
  more_ = !rows.empty();
  cursor_.newest.clear();
}

// ---- Budgets and notes ----------------------------------------------------------------------

bool PollRun::full_house() const noexcept {
  // Where the order is known, events are sorted before they are stored: more of them at once.
  constexpr std::size_t sorted_at_once = 20;
  return pending_.size() >= (plan_.order ? sorted_at_once * max_events_ : max_events_);
}

void PollRun::note(std::string text) {
  constexpr std::size_t most_notes = 20;
  if (notes_.size() < most_notes && std::ranges::find(notes_, text) == notes_.end()) {
    notes_.push_back(std::move(text));
  }
}

Task<Fetched> PollRun::fetch(const RequestTemplate &request, const Paging &paging,
                             const Extra &extra, const PageMark *expected) {
  const ErrorTable &errors = plan_.service->errors;
  Fetched page;
  ++requests_;
  const auto compare = [&] {
    page.mark.digest = page_digest(cursor_.key, page.body());
    page.same = expected != nullptr && page.mark.digest == expected->digest;
  };
  if (read_ && &request == &plan_.request) {
    page.own = co_await read_(scope_, extra);
    compare();
  } else {
    Request built = request.build(Scope{scope_}, extra);
    const bool repeatable = built.repeatable;
    page.response.emplace(co_await channel_.send(std::move(built)));
    if (page.response->arrived()) compare();
    page.same = page.same && page.response->status() == 200;
    // The same bytes were found to be a success before.
    if (!page.same && plan_.answer.refusals() == Refusals::all) {
      errors.expect_success(*page.response, repeatable, channel_.now(), &paging.rows);
    } else if (!page.same) {
      const json::value answer =
          errors.read_json(*page.response, repeatable, channel_.now(), plan_.answer.refusals());
      if (is_bare_false(answer)) {
        page.response.reset();
        page.own = no_rows(paging.rows);
      } else {
        errors.expect_list(*page.response, answer, paging.rows, repeatable, channel_.now());
      }
    }
  }
  if (page.same) page.mark = *expected;
  co_return page;
}

// ---- The poll -------------------------------------------------------------------------------

// Rule 7. An idle poll is not worth a commit, so polls are not counted; their pace is measured
// instead, from one commit to the poll after it.
void PollRun::reconcile(std::int64_t now) {
  const bool doubts =
      (plan_.gate && !plan_.gate->counters.empty()) || plan_.strategy == Strategy::top;
  // Where a list ends is only known from asking on; and that is not done at every poll.
  const bool pages = is_paged(plan_.paging) || (plan_.gate && is_paged(plan_.gate->paging));
  if ((!doubts && !pages) || decoded_ || !cursor_.complete) return;
  const std::int64_t since = now - cursor_.written_at;
  if (doubts && cursor_.settled && since > 0 &&
      (cursor_.pace_ms == 0 || since < cursor_.pace_ms / 2)) {
    cursor_.pace_ms = since;
    dirty_ = true;
  }
  switch (reconcile_due(cursor_, now)) {
    case Reconcile::no:
      return;
    case Reconcile::perhaps:
      dirty_ = true;  // a fresh commit, from which the next poll sees the true pace
      return;
    case Reconcile::now:
      break;
  }
  need_body();
  // What is left of a scan that was stopped is no full read: its first pages may have changed
  // since.
  for (Shard &shard : cursor_.shards) {
    shard.again = true;
    shard.scan = {};
  }
  forced_ = true;
  cursor_.settled = false;
  cursor_.forced_at = now;
  cursor_.pace_ms = 0;
  dirty_ = true;
}

Task<Result> PollRun::run() {
  open();
  const std::int64_t now = channel_.now();
  bool damaged = false;
  try {
    reconcile(now);
    look_at_filter();
    co_await pass();
    if (dirty_) need_body();
  } catch (const DamagedBody &) {
    damaged = true;
  }
  if (damaged) {
    backfill_ = 0;
    start_over(why_not(Opened::damaged));
    look_at_filter();
    co_await pass();
  }
  if (!stopped_ && silent_) complete_baseline();
  if (!pending_.empty()) {
    co_await flush();
    dirty_ = false;
  }
  co_return conclude();
}

Result PollRun::conclude() {
  Result result;
  result.more = stopped_ || more_;
  if (look_again_ && cursor_.settled) dirty_ = true;
  if (marks_moved_ && channel_.now() - cursor_.written_at >= hour_ms) {
    need_body();
    dirty_ = true;
  }
  if (dirty_) {
    need_body();
    result.cursor = encode();
    result.has_cursor = true;
  }
  if (refused_ > 0) {
    note(std::to_string(refused_) + " rows had no key and were left out.");
  }
  if (!notes_.empty() || silent_) {
    json::array notes;
    for (const std::string &text : notes_) notes.emplace_back(text);
    result.output = json::serialize(
        json::object{{"notes", std::move(notes)}, {"seen", seen_}, {"requests", requests_}});
  }
  return result;
}

Task<Result> run_poll(Channel &channel, const Begin &begin, const json::object &input,
                      const PollPlan &plan, ReadPage read) {
  PollRun poll(channel, begin, input, plan, std::move(read));
  co_return co_await poll.run();
}

}  // namespace cpi::detection
