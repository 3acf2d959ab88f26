// The pass over everything a trigger reads: one list, or the gate and the lists behind it.
#include <algorithm>

#include <boost/json/parse.hpp>

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
  json::value document = json::parse({body.data(), body.size()}, storage);
  json::value *list = paging.rows.find(document);
  if (list != nullptr && list->is_array()) return std::move(list->get_array());
  json::array rows(storage);
  const bool none =
      list == nullptr || list->is_null() || (list->is_object() && list->get_object().empty());
  if (!none) rows.push_back(std::move(*list));
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

GatePage PollRun::see_gate_page(const Fetched &fetched, bool first) {
  const GatePlan &gate = *plan_.gate;
  const auto conditions = place(gate.where, scope_);
  GateSight sight(gate, cursor_.key, conditions, gate_days(gate, channel_.now()));
  const RowsRead read = read_rows(gate.layout, cursor_.key, fetched.body(), sight);
  if (!read.ok()) fetched.refuse(plan_.service->errors, read.problem);
  GatePage &page = sight.page;
  refused_ += page.refused;
  if (page.refused > 0 && page.rows.empty()) cursor_.pass_stable = false;
  // Rows that do not pass `where` count for the border all the same.
  const std::vector<std::uint64_t> &tail = cursor_.pass_tail;
  if (!first && (page.keys.size() < tail.size() ||
                 !std::equal(tail.begin(), tail.end(), page.keys.begin()))) {
    cursor_.pass_stable = false;
  }
  const std::size_t kept = std::min(page.keys.size(), overlap_of(gate.paging));
  cursor_.pass_tail.assign(page.keys.end() - static_cast<std::ptrdiff_t>(kept), page.keys.end());
  for (const GateRow &row : page.rows) {
    if (Shard *shard = cursor_.find(row.id)) shard->visited = true;
  }
  return std::move(page);
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
  // Without counters, and at the edge of a window, a page that is as it was says nothing of the
  // lists behind it.
  const bool tells = !gate.counters.empty() && !gate.window;
  bool lazy = tells && !decoded_ && cursor_.settled && !by_last_row;
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
  marks_.clear();
  for (bool more = true; more; position = walk.position()) {
    const std::size_t number = marks_.size();
    const bool known = lazy && number < cursor_.pages.size();
    const Extra extra = walk.extra();
    Fetched fetched = co_await fetch(gate.request, extra, known ? &cursor_.pages[number] : nullptr);
    if (fetched.same) {
      marks_.push_back(fetched.mark);
      more = walk.advance(fetched.mark.rows, nullptr);
      continue;
    }
    if (lazy) {
      lazy = false;
      need_body();
      begin_pass();
      whole = number == 0;
      look_again_ = !whole;  // next time, read the pages that were passed over
    }
    const GatePage page = see_gate_page(fetched, number == 0 && from_start);
    matched += page.rows.size();
    fetched.mark.rows = static_cast<std::uint32_t>(page.keys.size());
    const bool repeats =
        !marks_.empty() && !page.keys.empty() && marks_.back().digest == fetched.mark.digest;
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
        co_await scan_behind_gate(row);
        if (stopped_) {
          cursor_.pass_open = true;
          cursor_.pass = position;
          dirty_ = true;
          co_return;
        }
      }
    }
    more = !repeats && walk.advance(page.keys.size(), rows.empty() ? nullptr : &rows.back());
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

Task<void> PollRun::scan_behind_gate(const GateRow &row) {
  if (cursor_.find(row.id) == nullptr) dirty_ = true;
  Shard &shard = cursor_.at(row.id);
  shard.visited = true;
  gate_key_ = row.key;
  gate_counters_ = row.counters;
  bool gone = false;
  try {
    co_await scan(&shard);
  } catch (const Failure &failure) {
    // A list that went away between the two requests must not stop all the others.
    if (failure.error_class != ErrorClass::not_found) throw;
    gone = true;
  }
  if (gone) {
    note("One of the lists was gone when it was to be read.");
    std::erase_if(pending_, [&](const Pending &pending) {
      const bool of_it = pending.shard == shard.id;
      if (of_it) queued_.erase(pending.becomes.key);
      return of_it;
    });
    shard.scan = {};
    shard.again = false;
    shard.quiet = shard.quiet || (!shard.ready && silent_);
    shard.ready = true;
    shard.gate.clear();
    look_again_ = true;
    dirty_ = true;
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
  // A list is forgotten only when two passes in a row, both undisturbed, did not name it.
  constexpr std::uint8_t passes = 2;
  const bool sure = cursor_.pass_stable && whole;
  if (!cursor_.pass_stable) look_again_ = true;
  std::erase_if(cursor_.shards, [&](Shard &shard) {
    if (shard.visited || shard.id == 0) {
      if (shard.missing > 0) dirty_ = true;
      shard.missing = 0;
      return false;
    }
    if (!sure) return false;
    dirty_ = true;
    if (++shard.missing < passes) return false;
    remembered_ -= shard.memory.size();
    return true;
  });
  for (Shard &shard : cursor_.shards) shard.visited = shard.passed = false;
}

}  // namespace cpi::detection
