// The pure functions of the strategies: they make no request, event or cursor; the poll
// (poll_run.hpp) combines them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "cpi/sdk/detection/cursor.hpp"
#include "cpi/sdk/detection/plan.hpp"
#include "cpi/sdk/detection/scalar.hpp"
#include "terms.hpp"

namespace cpi::detection {

using Slots = std::vector<Scalar>;

enum class Change : std::uint8_t { none, fresh, changed, removed };

struct Judgement {
  Change change = Change::none;
  Remembered becomes;  // the values to remember; with `none` only if `refresh`
  bool refresh = false;
};

// A row, and its remembered values (or null).
struct RowComparison {
  const PollPlan &plan;
  const Terms &terms;
  const DigestKey &key;
  const Slots &slots;
  std::uint64_t row = 0;
  const Remembered *old = nullptr;
};

// By the plan's strategy.
Judgement judge(const RowComparison &comparison);
// New if it is not remembered.
Judgement judge_known(const RowComparison &comparison);
// Changed if version or values differ.
Judgement judge_hash(const RowComparison &comparison);
// As hash if values are compared, else as known.
Judgement judge_set(const RowComparison &comparison);

// Strategy::limit of strategies that leave rows out.
constexpr std::string_view partial_list =
    "this strategy does not read the whole list, so it cannot tell what was removed";

// ---- hash: remembered values ----------------------------------------------------------------

std::string pack_values(const PollPlan &plan, const DigestKey &key, const Slots &slots);
std::uint32_t version_of(const PollPlan &plan, const DigestKey &key, const Slots &slots);
// {previous, delta}, in the shape of the row. `now`: the current packed values, or empty.
std::pair<boost::json::object, boost::json::object> compare_values(const PollPlan &plan,
                                                                   std::string_view before,
                                                                   std::string_view now);

// ---- set: removed rows ----------------------------------------------------------------------

// Consecutive absences after which a row counts as removed; 0: never, and none is counted.
struct AbsenceLimits {
  unsigned usual = 2;   // of rows that exist but no longer match
  unsigned unseen = 2;  // of all other rows
};
struct Absences {
  std::vector<std::uint64_t> gone;
  bool waiting = false;  // other rows need another scan
  bool moved = false;    // an absence was counted
};
// Counts the absence of every row that the scan did not see. `left`: rows that no longer match.
Absences count_absences(Memory &memory, AbsenceLimits limits,
                        const std::unordered_set<std::uint64_t> &left);

// True if `a` counts, of two rows with the same key: depends on their remembered values, not on
// their order and not on whether an amount came as a number or as a text.
bool stands_before(const PollPlan &plan, const Remembered &a, const Remembered &b);

// ---- win: the days to read ------------------------------------------------------------------

struct Days {
  std::int64_t first = 0;
  std::int64_t last = 0;
};
// Rule 11: [watermark - back, today + ahead]. The watermark is never later than today, and the
// first day never before the baseline's: older rows were never seen, but are not new.
Days window_days(const WindowPlan &window, const Shard &shard, std::int64_t today) noexcept;
// The days for templates, as /window.
void put_window(boost::json::object &scope, Days days, std::int64_t day);

// ---- watch: rows that are read one by one ---------------------------------------------------

// The key text that a row keeps while it is not final; empty if it is final.
std::string_view watched_key(const PollPlan &plan, const Remembered &row);

struct Watched {
  std::uint64_t row = 0;
  std::string key;
};
// At most `max` open rows that were not on the pages, starting at `shard.single_reads_from`, which
// is moved after them. Rows that no longer need reading are removed.
// Refused rows that rest are left out.
std::vector<Watched> choose_watched(const PollPlan &plan, Shard &shard, std::int64_t today,
                                    std::int64_t now_unix_ms, bool &forgot);

// ---- gate: the cheap list -------------------------------------------------------------------

struct GateRow {
  std::uint64_t id = 0;
  std::size_t index = 0;
  std::string key;                     // as in event keys
  std::string counters;                // packed
  std::optional<std::uint64_t> count;  // GatePlan::count
};

// The days around today whose gate rows are scanned; empty: all.
std::optional<Days> gate_days(const GatePlan &gate, std::int64_t now_unix_ms) noexcept;
std::string pack_counters(const GatePlan &gate, const DigestKey &key, const Slots &slots);
// The first of GatePlan::count that is a whole number, or a text that is one; empty if none is.
std::optional<std::uint64_t> count_of(const GatePlan &gate, const Slots &slots);
// True if the list of a gate row has to be read. `shard` may be null.
bool needs_scan(const GatePlan &gate, const GateRow &row, const Shard *shard) noexcept;
// Rule 9: every 24 polls or 6 hours, whichever is later. `perhaps`: 6 hours have passed, but at the
// current pace too few polls.
enum class Reconcile : std::uint8_t { no, perhaps, now };
Reconcile reconcile_due(const Cursor &cursor, std::int64_t now_unix_ms) noexcept;

// ---- keys -----------------------------------------------------------------------------------

// Appends the key's text to `out`; false when a part is null or missing. Parts are joined by '/',
// with '/', '%' and control characters escaped.
bool append_key(const std::vector<std::size_t> &key, bool lower, const Slots &slots,
                std::string &out);
// 56 bits.
std::uint64_t row_hash(const DigestKey &key, std::uint64_t shard, std::string_view key_text);

}  // namespace cpi::detection
