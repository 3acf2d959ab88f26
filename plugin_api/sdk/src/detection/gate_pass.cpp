// THEORY OF OPERATION
//
// A gate is a list of lists: cheap to read, with counters that show which of its lists may have
// changed. A pass reads the gate page by page and stops at each row for the scan of its list. The
// rules are those of the README.
//
// A pass is in one of three states:
//
//   lazy     every page so far has the same bytes as before (rule 17). No row is checked, and the
//            body of the cursor is not decoded. Not used if the gate has no counters: then an
//            unchanged page does not show whether its lists changed.
//   reading  from the first page that differs. If pages were skipped before it, the pass is not
//            `whole`: no list counts as missing, and the next poll reads every page.
//   open     a budget ended the poll within a page (rule 15). The next poll begins with that page;
//            lists that were `passed` are not scanned again.
//
// Whether the list of a row is scanned (needs_scan):
//
//   the list is      | scanned
//   -----------------+-----------------------------------------------------------------------------
//   unknown          | always: it is new, and so are its rows
//   unchanged        | if its counters moved, it has to be read again, or the gate has no counters
//   refused before   | after a pause of 0, 10, 20 or 40 minutes, or an hour (rule 7)
//   passed already   | not in this pass
//
// The conclusions at the end (end()):
//
//   * A list that was not named is missing. It is removed after two consecutive passes that were
//     whole and stable; if most lists are missing at once, after three for up to three lists, or
//     after a day (rule 8). This delay does not apply to a row that exists but does not pass
//     `where`.
//   * If lists were refused and none could be read, the cause is not a single list: the poll fails.
#include "gate_pass.hpp"

#include <algorithm>
#include <utility>

#include "varint.hpp"

namespace cpi::detection {

namespace json = boost::json;

namespace {

class GateRowSink final : public RowSink {
 public:
  GateRowSink(const GatePlan &gate, const DigestKey &key,
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
      row.count = count_of(gate_, slots);
      page.rows.push_back(std::move(row));
    } else {
      page.left.push_back(row.id);
    }
  }

  GatePage page;

 private:
  // A row without a day is treated as one of today.
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

GatePage read_gate_page(const PollPlan &plan, const json::object &scope, const DigestKey &key,
                        std::int64_t now, const Page &page) {
  const GatePlan &gate = *plan.gate;
  const auto conditions = place(gate.where, scope);
  GateRowSink sink(gate, key, conditions, gate_days(gate, now));
  const RowsRead read = page.read(gate.layout, key, plan.service->errors, sink);
  if (read.has_total) sink.page.total = read.total;
  return std::move(sink.page);
}

void put_gate_window(const GatePlan &gate, json::object &scope, std::int64_t now) {
  if (const auto days = gate_days(gate, now)) put_window(scope, *days, days->last);
}

std::string name_of_list(const GateRow &row, const json::object &scope) {
  const json::value *gate = scope.if_contains("gate");
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

// ---- Page after page -------------------------------------------------------------------------

GatePass::GatePass(PollParts &parts, std::int64_t now)
    : plan_(parts.plan),
      gate_(*parts.plan.gate),
      parts_(parts),
      walk_(gate_.paging, any_number, overlap_of(gate_.paging)) {
  const Position &position = parts.position;
  put_gate_window(gate_, parts.scope, now);
  from_start_ = !position.cursor().pass_open;
  first_ = from_start_;
  // Without counters the gate does not show changes of its lists.
  const bool has_counters = !gate_.each || !gate_.counters.empty();
  const bool by_last_row = gate_.paging.style == PagingStyle::after;
  lazy_ = !position.has_body() && position.cursor().nothing_pending && !by_last_row && has_counters;
  if (!lazy_) begin();
  position_ = position.cursor().pass;
  if (!position_.empty()) walk_.resume(position_);
  parts_.marks.begin();
}

void GatePass::begin() {
  parts_.position.need_body();
  Cursor &cursor = parts_.position.cursor();
  if (cursor.pass_open) return;
  cursor.pass_stable = true;
  cursor.pass_tail.clear();
  for (Shard &shard : cursor.shards) shard.visited = shard.passed = false;
}

const PageMark *GatePass::expected() const noexcept {
  return lazy_ ? parts_.marks.expected() : nullptr;
}

void GatePass::take(std::optional<Page> came, std::int64_t now) {
  Cursor &cursor = parts_.position.cursor();
  PageMarks &marks = parts_.marks;
  const std::size_t number = marks.count();
  const bool confirming = walk_.confirming();
  page_ = {};
  documents_.clear();
  repeats_ = false;
  first_ = false;
  if (came && came->same) {
    marks.add(came->mark);
    const bool last = marks.at_the_end();
    more_ = walk_.advance(came->mark.rows, nullptr, {}, last) && !last;
    position_ = walk_.position();
    return;
  }
  if (lazy_) {
    lazy_ = false;
    begin();
    whole_ = number == 0;
    if (!whole_) parts_.position.distrust();  // the next pass reads the skipped pages
  }
  if (!came) {
    if (!confirming && overlap_of(gate_.paging) > 0) cursor.pass_stable = false;
    more_ = false;
    return;
  }
  page_ = read_gate_page(plan_, parts_.scope, cursor.key, now, *came);
  const PageMark *before = marks.last();
  repeats_ = before != nullptr && !page_.keys.empty() && before->digest == came->mark.digest;
  alike_ = are_same_rows(last_keys_, page_.keys) ? alike_ + 1 : 0;
  repeats_ = repeats_ || alike_ >= most_alike;
  const bool has_new = std::ranges::any_of(page_.keys, [&](std::uint64_t key) {
    return std::ranges::find(last_keys_, key) == last_keys_.end();
  });
  if (confirming && (repeats_ || !has_new)) {
    page_ = {};
    more_ = false;
    return;
  }
  see_page(number == 0 && from_start_);
  last_keys_ = page_.keys;
  matched_ += page_.rows.size();
  came->mark.rows = static_cast<std::uint32_t>(page_.keys.size());
  ends_here_ = parts_.kind == RunKind::normal && from_start_ && number + 1 == cursor.pages.size() &&
               cursor.pages[number].rows == came->mark.rows;
  marks.add(came->mark);
  // The rows stay valid during the following requests; the answer's body does not.
  const bool by_last_row = gate_.paging.style == PagingStyle::after;
  if (by_last_row ||
      std::ranges::any_of(page_.rows, [&](const GateRow &row) { return is_due(row); })) {
    documents_ = parse_rows(gate_.layout, came->body());
  }
  if (!gate_.each) {
    for (const GateRow &row : page_.rows) joined_ += row.key + '\0' + row.counters;
  }
}

void GatePass::see_page(bool first) {
  Cursor &cursor = parts_.position.cursor();
  parts_.rows_refused += page_.refused;
  if (page_.refused > 0 && page_.rows.empty()) cursor.pass_stable = false;
  // Rows that do not pass `where` also count for the page border.
  const std::vector<std::uint64_t> &tail = cursor.pass_tail;
  const std::vector<std::uint64_t> &keys = page_.keys;
  if (!first &&
      (keys.size() < tail.size() || !std::equal(tail.begin(), tail.end(), keys.begin()))) {
    cursor.pass_stable = false;
  }
  const std::size_t kept = std::min(keys.size(), overlap_of(gate_.paging));
  cursor.pass_tail.assign(keys.end() - static_cast<std::ptrdiff_t>(kept), keys.end());
  for (const GateRow &row : page_.rows) {
    if (Shard *shard = cursor.find(row.id)) shard->visited = true;
  }
  left_.insert(page_.left.begin(), page_.left.end());
}

void GatePass::advance() {
  if (lazy_ || !more_) return;
  more_ = !repeats_ &&
          walk_.advance(page_.keys.size(), documents_.empty() ? nullptr : &documents_.back(),
                        page_.total, ends_here_);
  position_ = walk_.position();
}

void GatePass::stop() {
  Cursor &cursor = parts_.position.cursor();
  cursor.pass_open = true;
  cursor.pass = position_;
  parts_.position.touch();
}

// ---- The lists behind the rows ---------------------------------------------------------------

bool GatePass::is_due(const GateRow &row) const {
  return gate_.each && needs_scan(gate_, row, parts_.position.cursor().find(row.id));
}

void GatePass::show(const GateRow &row) {
  parts_.scope["gate"] = documents_.at(row.index);
}

bool GatePass::rests(const GateRow &row, std::int64_t now) {
  Shard *shard = parts_.position.cursor().find(row.id);
  if (shard == nullptr || !detection::rests(shard->refusals, shard->rests_until, now)) return false;
  const std::string name = name_of_list(row, parts_.scope);
  set_refused_name(*shard, name);
  parts_.notes.add(name + " is skipped for now: the service refused it " +
                   std::to_string(shard->refusals) +
                   " times in a row. The next try is within an hour.");
  return true;
}

void GatePass::set_refused_name(Shard &shard, const std::string &name) {
  if (shard.refused_name == name) return;
  shard.refused_name = name;
  parts_.position.touch();
}

// The parts that are refused in a list that answers belong to a list with a name, too.
void GatePass::name_parts(Shard &shard, const GateRow &row) {
  const bool any = shard.refusals > 0 || !shard.refused.empty();
  set_refused_name(shard, any ? name_of_list(row, parts_.scope) : std::string());
}

void GatePass::count_answer(Shard &shard) {
  ++answered_;
  if (shard.refusals > 0) parts_.position.touch();
  shard.refusals = 0;
  shard.rests_until = 0;
}

// Rule 7: its remembered rows stay, as if it had not been read.
void GatePass::refuse(Shard &shard, const GateRow &row, const Failure &failure, std::int64_t now) {
  const std::string name = name_of_list(row, parts_.scope);
  const bool gone = failure.error_class == ErrorClass::not_found;
  parts_.notes.add(gone ? name + " was not found when it was read: " + failure.message
                        : name + " could not be read: " + failure.message +
                              " The other lists are read; this one will be tried again.");
  set_refused_name(shard, name);
  parts_.refusals.add(shard.id, 0, failure.message);
  parts_.outbox.withdraw_all_of(shard.id);
  shard.scan = {};
  shard.held_day = 0;
  shard.quiet = shard.quiet || (!shard.ready && parts_.kind == RunKind::baseline);
  shard.ready = true;
  constexpr std::uint8_t most = 20;
  if (shard.refusals < most) ++shard.refusals;
  shard.rests_until = now + rest_after(shard.refusals);
  parts_.position.touch();
  refusal_ = failure;
}

// ---- At the end ------------------------------------------------------------------------------

std::string GatePass::all_counters() const {
  std::string counters;
  put_fixed(siphash(parts_.position.cursor().key, joined_), 8, counters);
  return counters;
}

void GatePass::end(std::int64_t now) {
  Cursor &cursor = parts_.position.cursor();
  if (cursor.pass_open) parts_.position.touch();
  cursor.pass_open = false;
  cursor.pass.clear();
  if (whole_ && matched_ == 0 && !gate_.missing.empty()) {
    if (parts_.kind == RunKind::baseline) {
      throw Failure(ErrorClass::not_found, Fault::user, gate_.missing);
    }
    parts_.notes.add(gate_.missing);
  }
  // If no list can be read, the cause is not a single list.
  const auto stands = [](const Shard &shard) {
    return shard.visited && shard.ready && shard.refusals == 0;
  };
  if (refusal_ && whole_ && answered_ == 0 && std::ranges::none_of(cursor.shards, stands)) {
    throw *refusal_;
  }
  if (!cursor.pass_stable) parts_.position.distrust();
  forget_lists(cursor.pass_stable && whole_, now);
  for (Shard &shard : cursor.shards) shard.visited = shard.passed = false;
  if (from_start_ && whole_) {
    parts_.marks.keep_all();
  } else if (!from_start_ && !cursor.pages.empty()) {
    // A budget split this pass, so that its end is not known as a page. The end that is remembered
    // may be an older one: a pass that trusts it would forget the lists behind it.
    parts_.marks.drop();
    parts_.position.touch();
  }
}

// Rule 8: a list is removed only after two consecutive stable passes without it. If most of them
// are missing at once, up to three lists need three passes, more lists a day.
void GatePass::forget_lists(bool sure, std::int64_t now) {
  constexpr std::uint8_t usual = 2;
  constexpr std::uint8_t most_counted = 3;
  constexpr std::size_t few = 3;
  constexpr std::int64_t day_ms = 86'400'000;
  Position &position = parts_.position;
  std::vector<Shard> &shards = position.cursor().shards;
  std::size_t lists = 0;
  std::size_t missing = 0;
  for (const Shard &shard : shards) {
    if (shard.id == 0) continue;
    ++lists;
    if (!shard.visited && !left_.contains(shard.id)) ++missing;
  }
  const bool doubtful = 2 * missing > lists;
  std::erase_if(shards, [&](Shard &shard) {
    if (shard.visited || shard.id == 0) {
      if (shard.missing > 0) {
        position.touch();
        shard.missing_since = 0;
      }
      shard.missing = 0;
      return false;
    }
    if (!sure) return false;
    if (shard.missing < most_counted) {
      ++shard.missing;
      position.touch();
    }
    bool believed = shard.missing >= usual;
    if (doubtful && !left_.contains(shard.id)) {
      if (shard.missing_since == 0 || now < shard.missing_since) {
        shard.missing_since = now;
        position.touch();
      }
      believed = lists <= few ? shard.missing >= most_counted : now - shard.missing_since >= day_ms;
    }
    if (!believed) return false;
    position.touch();
    position.discount_rows(shard.memory.size());
    return true;
  });
}

}  // namespace cpi::detection
