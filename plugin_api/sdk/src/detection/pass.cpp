// The pass over everything a trigger reads: one list, or the gate and the lists behind it.
#include <algorithm>

#include <boost/json/parse.hpp>

#include "cpi/json/cut_letters.hpp"
#include "cpi/sdk/failure.hpp"
#include "poll_run.hpp"
#include "varint.hpp"

namespace cpi::detection {

namespace json = boost::json;

namespace {

class GateSight final : public RowSink {
 public:
  GateSight(const GatePlan &gate, const DigestKey &key,
            const std::vector<PlacedCondition> &conditions, std::optional<Days> days)
      : gate_(gate), key_(key), conditions_(conditions), days_(days) {}

  void on_row(std::size_t index, const Slots &slots) override {
    GateRow row;
    row.index = index;
    const bool named =
        gate_.key.empty() ? !gate_.each : append_key(gate_.key, false, slots, row.key);
    row.id = named ? row_hash(key_, 0, row.key) : 0;
    page.keys.push_back(row.id);
    if (!named) {
      ++page.refused;
    } else if (in_window(slots) && holds(conditions_, slots)) {
      row.counters = pack_counters(gate_, key_, slots);
      page.rows.push_back(std::move(row));
    } else {
      page.left.push_back(row.id);
    }
  }

  GatePage page;

 private:
  // A row without a day is as good as one of today.
  bool in_window(const Slots &slots) const {
    if (!days_) return true;
    const auto day = day_of(slots[gate_.window->by]);
    return !day || (*day >= days_->first && *day <= days_->last);
  }

  const GatePlan &gate_;
  const DigestKey &key_;
  const std::vector<PlacedCondition> &conditions_;
  std::optional<Days> days_;
};

}  // namespace

std::size_t overlap_of(const Paging &paging) noexcept {
  return paging.style == PagingStyle::offset && paging.size > page_overlap ? page_overlap : 0;
}

json::array parse_rows(const Paging &paging, std::string_view body, json::storage_ptr storage) {
  json::error_code error;
  json::value document = json::parse({body.data(), body.size()}, error, storage);
  if (error) document = json::parse(with_cut_letters_replaced(body).value_or(""), storage);
  json::value *found = nullptr;
  if (auto list = take_list(document, paging.rows, found)) return std::move(*list);
  json::array rows(storage);
  if (found != nullptr) rows.push_back(std::move(*found));
  return rows;
}

Task<void> PollRun::pass() {
  if (plan_.gate) {
    co_await gate_pass();
    co_return;
  }
  // A settled list is not even decoded until a page of it is not as it was.
  Shard *shard = nullptr;
  const bool trusted =
      cursor_.settled && !plan_.edge && !plan_.window && plan_.paging.style != PagingStyle::after;
  if (decoded_ || !trusted) {
    need_body();
    shard = &cursor_.at(0);
  }
  co_await scan(shard);
  if (!stopped_ && (decoded_ || cursor_.watching) && plan_.watch && !silent_) {
    need_body();
    co_await watch(cursor_.at(0));
  }
}

void PollRun::begin_pass() {
  if (cursor_.pass_open) return;
  cursor_.pass_stable = true;
  cursor_.pass_tail.clear();
  for (Shard &shard : cursor_.shards) shard.visited = shard.passed = false;
}

GatePage PollRun::read_gate_page(const Fetched &fetched) {
  const GatePlan &gate = *plan_.gate;
  const auto conditions = place(gate.where, scope_);
  GateSight sight(gate, cursor_.key, conditions, gate_days(gate, channel_.now()));
  const RowsRead read = read_rows(gate.layout, cursor_.key, fetched.body(), sight);
  if (!read.ok()) fetched.refuse(plan_.service->errors, read.problem);
  if (read.has_total) sight.page.total = read.total;
  return std::move(sight.page);
}

void PollRun::see_gate_page(const GatePage &page, bool first) {
  refused_ += page.refused;
  if (page.refused > 0 && page.rows.empty()) cursor_.pass_stable = false;
  // Rows that do not pass `where` count for the border all the same.
  const std::vector<std::uint64_t> &tail = cursor_.pass_tail;
  if (!first && (page.keys.size() < tail.size() ||
                 !std::equal(tail.begin(), tail.end(), page.keys.begin()))) {
    cursor_.pass_stable = false;
  }
  const std::size_t kept = std::min(page.keys.size(), overlap_of(plan_.gate->paging));
  cursor_.pass_tail.assign(page.keys.end() - static_cast<std::ptrdiff_t>(kept), page.keys.end());
  for (const GateRow &row : page.rows) {
    if (Shard *shard = cursor_.find(row.id)) shard->visited = true;
  }
  gate_left_.insert(page.left.begin(), page.left.end());
}

void PollRun::put_gate_window() {
  if (const auto days = gate_days(*plan_.gate, channel_.now()))
    put_window(scope_, *days, days->last);
}

Task<void> PollRun::gate_pass() {
  const GatePlan &gate = *plan_.gate;
  put_gate_window();
  const bool by_last_row = gate.paging.style == PagingStyle::after;
  const bool from_start = !cursor_.pass_open;
  // Without counters nothing in the gate tells what happened behind it.
  const bool tells = !gate.each || !gate.counters.empty();
  bool lazy = !decoded_ && cursor_.settled && !by_last_row && tells;
  bool whole = true;  // no page was passed over unread
  if (!lazy) {
    need_body();
    begin_pass();
  }
  PageWalk walk(gate.paging, any_number, overlap_of(gate.paging));
  if (!cursor_.pass.empty()) walk.resume(cursor_.pass);
  std::string position = cursor_.pass;
  std::size_t matched = 0;
  std::string all_counters;
  std::vector<std::uint64_t> last_keys;
  bool first = from_start;
  marks_.clear();
  gate_left_.clear();
  const auto begin_unread = [&](std::size_t number) {
    lazy = false;
    need_body();
    begin_pass();
    whole = number == 0;
    look_again_ = !whole;  // next time, read the pages that were passed over
  };
  for (bool more = true; more; position = walk.position()) {
    const std::size_t number = marks_.size();
    const bool known = lazy && number < cursor_.pages.size();
    const bool confirming = walk.confirming();
    const Extra extra = walk.extra();
    std::optional<Fetched> got;
    try {
      got.emplace(co_await fetch(gate.request, gate.paging, extra,
                                 known ? &cursor_.pages[number] : nullptr));
    } catch (const Failure &failure) {
      if (first || !is_past_the_end(failure)) throw;
    }
    first = false;
    if (got && got->same) {
      marks_.push_back(got->mark);
      const bool last = number + 1 == cursor_.pages.size();
      more = walk.advance(got->mark.rows, nullptr, {}, last) && !last;
      continue;
    }
    if (lazy) begin_unread(number);
    if (!got) {
      if (!confirming && overlap_of(gate.paging) > 0) cursor_.pass_stable = false;
      break;
    }
    Fetched &fetched = *got;
    const GatePage page = read_gate_page(fetched);
    const bool repeats =
        !marks_.empty() && !page.keys.empty() && marks_.back().digest == fetched.mark.digest;
    const bool has_new = std::ranges::any_of(page.keys, [&](std::uint64_t key) {
      return std::ranges::find(last_keys, key) == last_keys.end();
    });
    if (confirming && (repeats || !has_new)) break;
    see_gate_page(page, number == 0 && from_start);
    last_keys = page.keys;
    matched += page.rows.size();
    fetched.mark.rows = static_cast<std::uint32_t>(page.keys.size());
    const bool ends_here = !forced_ && !silent_ && from_start &&
                           number + 1 == cursor_.pages.size() &&
                           cursor_.pages[number].rows == fetched.mark.rows;
    marks_.push_back(fetched.mark);
    // The rows are kept over the requests that follow; the answer's body is not.
    json::array rows;
    const auto due = [&](const GateRow &row) {
      return gate.each && needs_scan(gate, row, cursor_.find(row.id));
    };
    if (by_last_row || std::ranges::any_of(page.rows, due)) {
      rows = parse_rows(gate.paging, fetched.body());
    }
    for (const GateRow &row : page.rows) {
      if (!gate.each) {
        all_counters += row.key + '\0' + row.counters;
      } else if (due(row)) {
        scope_["gate"] = rows[row.index];
        if (rests(row)) continue;
        co_await scan_behind_gate(row);
        if (stopped_) {
          cursor_.pass_open = true;
          cursor_.pass = position;
          dirty_ = true;
          co_return;
        }
      }
    }
    more = !repeats && walk.advance(page.keys.size(), rows.empty() ? nullptr : &rows.back(),
                                    page.total, ends_here);
  }
  if (lazy) co_return;  // nothing moved
  if (!gate.each) {
    std::string counters;
    put_fixed(siphash(cursor_.key, all_counters), 8, counters);
    co_await scan_all_at_once(counters);
    if (stopped_) co_return;
  }
  end_pass(whole, matched);
  if (from_start && whole && cursor_.pages != marks_) {
    cursor_.pages = marks_;
    marks_moved_ = true;
  }
}

bool is_of_one_list(const Failure &failure) noexcept {
  if (failure.http_status == 0) return false;  // no answer came
  switch (failure.error_class) {
    case ErrorClass::auth_expired:
    case ErrorClass::needs_reauth:
    case ErrorClass::app_misconfigured:
    case ErrorClass::rate_limited:
    case ErrorClass::quota:
      return false;
    default:
      return true;
  }
}

// For a person: what it is called, and what it is to the service.
std::string PollRun::name_of_list(const GateRow &row) const {
  const json::value *gate = scope_.if_contains("gate");
  const json::object *object = gate != nullptr ? gate->if_object() : nullptr;
  for (const char *name : {"name", "title"}) {
    const json::value *found = object != nullptr ? object->if_contains(name) : nullptr;
    const json::string *text = found != nullptr ? found->if_string() : nullptr;
    if (text != nullptr && !text->empty() && std::string_view(*text) != row.key) {
      return presentable(*text) + " (" + presentable(row.key) + ")";
    }
  }
  return presentable(row.key);
}

// Whether a list that was refused is left alone for now.
bool PollRun::rests(const GateRow &row) {
  const Shard *shard = cursor_.find(row.id);
  if (shard == nullptr || shard->refusals == 0) return false;
  const std::int64_t left = shard->rests_until - channel_.now();
  // A clock that was set back must not make it wait for longer.
  if (left <= 0 || left > rest_after(shard->refusals)) return false;
  note(name_of_list(row) + " is skipped for now: the service refused it " +
       std::to_string(shard->refusals) + " times in a row. The next try is within an hour.");
  return true;
}

// It keeps what is remembered of it, as if it had not been asked for.
void PollRun::refuse_list(Shard &shard, const GateRow &row, const Failure &failure) {
  const bool gone = failure.error_class == ErrorClass::not_found;
  note(gone ? name_of_list(row) + " was not found when it was read: " + failure.message
            : name_of_list(row) + " could not be read: " + failure.message +
                  " The other lists are read; this one will be tried again.");
  std::erase_if(pending_, [&](const Pending &pending) {
    const bool of_it = pending.shard == shard.id;
    if (of_it) queued_.erase(pending.becomes.key);
    return of_it;
  });
  judged_.clear();
  next_day_ = false;
  shard.scan = {};
  shard.held_day = 0;
  shard.quiet = shard.quiet || (!shard.ready && silent_);
  shard.ready = true;
  constexpr std::uint8_t most = 20;
  if (shard.refusals < most) ++shard.refusals;
  shard.rests_until = channel_.now() + rest_after(shard.refusals);
  dirty_ = true;
}

Task<void> PollRun::scan_behind_gate(const GateRow &row) {
  if (cursor_.find(row.id) == nullptr) dirty_ = true;
  Shard &shard = cursor_.at(row.id);
  shard.visited = true;
  gate_key_ = row.key;
  gate_counters_ = row.counters;
  const std::uint32_t watermark_day = shard.watermark_day;
  std::optional<Failure> refusal;
  try {
    co_await scan(&shard);
  } catch (const Failure &failure) {
    // One list that is refused, or went away between the two requests, must not stop the others.
    if (!is_of_one_list(failure)) throw;
    refusal = failure;
  }
  if (refusal) {
    shard.watermark_day = watermark_day;
    refuse_list(shard, row, *refusal);
    refusal_ = std::move(refusal);
  } else if (!stopped_) {
    ++answered_;
    if (shard.refusals > 0) dirty_ = true;
    shard.refusals = 0;
    shard.rests_until = 0;
  }
  if (!stopped_) shard.passed = true;
}

Task<void> PollRun::scan_all_at_once(const std::string &counters) {
  Shard &shard = cursor_.at(0);
  shard.visited = true;
  gate_key_.clear();
  gate_counters_ = counters;
  GateRow row;
  row.counters = counters;
  shard.passed = false;
  if (needs_scan(*plan_.gate, row, &shard)) co_await scan(&shard);
}

void PollRun::end_pass(bool whole, std::size_t matched) {
  const GatePlan &gate = *plan_.gate;
  if (cursor_.pass_open) dirty_ = true;
  cursor_.pass_open = false;
  cursor_.pass.clear();
  if (whole && matched == 0 && !gate.missing.empty()) {
    if (silent_) throw Failure(ErrorClass::not_found, Fault::user, gate.missing);
    note(gate.missing);
  }
  // When nothing behind the gate can be read, that is not one list's fault.
  const auto stands = [](const Shard &shard) {
    return shard.visited && shard.ready && shard.refusals == 0;
  };
  if (refusal_ && whole && answered_ == 0 && std::ranges::none_of(cursor_.shards, stands))
    throw *refusal_;
  if (!cursor_.pass_stable) look_again_ = true;
  forget_lists(cursor_.pass_stable && whole);
  for (Shard &shard : cursor_.shards) shard.visited = shard.passed = false;
}

// A list is forgotten only when two passes in a row, both undisturbed, did not name it. When most
// of them are missing at once, that is doubted: up to three lists need three passes, more of them a
// day.
void PollRun::forget_lists(bool sure) {
  constexpr std::uint8_t usual = 2;
  constexpr std::uint8_t most_counted = 3;
  constexpr std::size_t few = 3;
  constexpr std::int64_t day_ms = 86'400'000;
  std::size_t lists = 0;
  std::size_t missing = 0;
  for (const Shard &shard : cursor_.shards) {
    if (shard.id == 0) continue;
    ++lists;
    if (!shard.visited && !gate_left_.contains(shard.id)) ++missing;
  }
  const bool doubtful = 2 * missing > lists;
  const std::int64_t now = channel_.now();
  std::erase_if(cursor_.shards, [&](Shard &shard) {
    if (shard.visited || shard.id == 0) {
      if (shard.missing > 0) {
        dirty_ = true;
        shard.doubted_at = 0;
      }
      shard.missing = 0;
      return false;
    }
    if (!sure) return false;
    if (shard.missing < most_counted) {
      ++shard.missing;
      dirty_ = true;
    }
    bool believed = shard.missing >= usual;
    if (doubtful && !gate_left_.contains(shard.id)) {
      if (shard.doubted_at == 0 || now < shard.doubted_at) {
        shard.doubted_at = now;
        dirty_ = true;
      }
      believed = lists <= few ? shard.missing >= most_counted : now - shard.doubted_at >= day_ms;
    }
    if (!believed) return false;
    dirty_ = true;
    remembered_ -= shard.memory.size();
    return true;
  });
}

}  // namespace cpi::detection
