// What a trigger reads and how it detects changes: the manifest's `read` and `detect`, compiled
// once.
//
//   read      {request, paging, answer?}: one list. `paging.rows` points to it. Of `answer`,
//             objects, numbers and texts repair the rows; with false_is_no a bare false is an empty
//             list.
//   detect
//     strategy  one of cpi/language/strategies.inc:
//               set    every row of the list; a row that is not remembered is new
//               top    as set, but newest first and only until a page is wholly known, once a full
//                      scan has confirmed the order; otherwise, and at intervals, as set
//               hash   every row; changes are detected by `remember` and `version`
//               watch  as hash, on the first `pages` only; rows that left them are read one by one
//                      (`watch`) until they are final
//               win    the rows of a window of days; keys are forgotten with their day
//               edge   a number crosses a threshold
//     key       [pointer...]; default: the trigger's dedupe.key. `key_case: lower` folds A-Z.
//     emits     [new | changed | removed]; default: changed for hash and watch, else new
//     where     [{pointer, in | not_in | min: node} | {any: [conditions]}...]: other rows are
//               ignored. `min`: a number that the value must reach (of several, one of them);
//               `any`: one of the conditions must hold. A condition whose node is absent from the
//               input is dropped, and so is an `any` that has none left.
//     when      conditions as in `where`: other rows are remembered but not reported
//     order     {by: pointer}: decreases when the newest comes first. Required by top.
//     remember  [pointer...]: values kept per row, for `previous` and `delta`
//     version   [pointer...]: values of which only a 32-bit digest is kept; "" is the whole row
//     absent    1..3, default 2: stable scans without a row before it counts as removed
//     pages     read at most this many pages (watch: default 1), while `order` holds
//     horizon   {by: pointer, days: node}: older rows are left out
//     window    {by: pointer, back_days: 1, ahead_days: 1, each_day: false}: templates see
//               /window/from, /window/to (YYYY-MM-DD), or /window/day, one scan per day
//     watch     {request, answer_rows, final: [conditions], max: 20, batch: 1, give_up_days?}:
//               templates see /watch/key or, with a batch above 1, the list /watch/keys
//     edge      {value: pointer | {of: {name: pointer}, by: node}, as: number | days_left,
//               below | above: node, rearm: node}
//     gate      {request, paging, key, counters: [pointer...], count?: [pointer...], where?,
//               each: true, after?: request, missing?: text, window?}: a cheap list that is read
//               first. A row whose counters are
//               unchanged is not scanned; without counters every row is scanned. `each`: `read`
//               runs once per row, which templates see as /gate; otherwise once in all. `after`
//               reads one row again, to detect whether a list changed while it was read. `missing`
//               is reported if no row passes `where`. `window`: {by, back_days, ahead_days} around
//               today: other rows are not scanned, and the gate's request sees /window/from and
//               /window/to. A row that returns to the window counts as new, so `read` must not
//               return rows that were already reported (use a shorter `horizon`).
//     limit     maximum number of remembered rows, default 200,000; above it the poll fails
//     subject   [text | node...], concatenated
//     data      node, default {$from: /row}
//
// What each template and node sees: cpi/language/trigger_templates.hpp. `previous` and `delta` have
// the shape of the row. For a removed row, `row` has only the remembered values.
// README.md beside this file has an example of each strategy, and the rules for all of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "cpi/json/pointer.hpp"
#include "cpi/language/answer_shape.hpp"
#include "cpi/language/request_template.hpp"
#include "cpi/sdk/action.hpp"
#include "cpi/sdk/detection/memory.hpp"
#include "cpi/sdk/detection/rows.hpp"
#include "cpi/sdk/output_form.hpp"
#include "cpi/sdk/paging.hpp"
#include "cpi/sdk/times.hpp"

namespace cpi::detection {

struct Strategy;

// {pointer, in | not_in | min: node}, or {any: [conditions]}
struct Condition {
  enum class Kind : std::uint8_t { in, not_in, min, any };
  std::size_t slot = 0;
  Kind kind = Kind::in;
  Placement values;
  std::vector<Condition> any;
};

struct WindowPlan {
  std::size_t by = 0;
  int back_days = 1;
  int ahead_days = 1;
  bool each_day = false;
};

struct HorizonPlan {
  std::size_t by = 0;
  Placement days;
};

struct WatchPlan {
  RequestTemplate request;
  Paging paging;     // only its rows
  RowLayout layout;  // the same slots as the plan's
  std::vector<Condition> final;
  std::size_t max = 20;
  std::size_t batch = 1;
  int give_up_days = 0;  // 0: never
};

// The window of a gate: days around today.
struct GateWindow {
  std::size_t by = 0;
  int back_days = 1;
  int ahead_days = 1;
};

struct GatePlan {
  RequestTemplate request;
  Paging paging;
  RowLayout layout;
  std::vector<std::size_t> key;
  std::vector<std::size_t> counters;
  std::vector<std::size_t> count;      // alternatives: the first that is a number
  std::vector<std::size_t> counts_at;  // the places of these among the counters, as far as they are
  std::vector<Condition> where;
  bool each = true;
  std::optional<RequestTemplate> after;
  RowLayout after_layout;  // of one row, in a list or alone
  std::string missing;
  std::optional<GateWindow> window;
};

struct PollPlan {
  std::string id;
  const Strategy *strategy = nullptr;  // never null once compiled without a problem
  bool emits_new = false;
  bool emits_changed = false;
  bool emits_removed = false;

  RequestTemplate request;
  Paging paging;
  AnswerShape answer;
  RowLayout layout;

  std::vector<std::size_t> key;
  bool lower_key = false;
  std::vector<Condition> where;
  std::vector<Condition> when;
  std::optional<std::size_t> order;
  std::vector<std::pair<Pointer, std::size_t>> remember;
  std::vector<std::size_t> version;
  unsigned absent = 2;
  std::size_t pages = 0;  // 0: all
  std::optional<HorizonPlan> horizon;
  std::optional<WindowPlan> window;
  std::optional<WatchPlan> watch;
  std::shared_ptr<const void> own;  // the strategy's own member, compiled
  std::optional<GatePlan> gate;
  std::size_t limit = 0;
  std::vector<Placement> subject;
  std::optional<Placement> data;  // absent: the row
  OutputForm output;              // of events
  StampedTimes stamps;            // of events

  MemoryShape shape;
  bool keeps_key = false;         // the key's values are remembered, to report removed rows
  std::uint32_t fingerprint = 0;  // of everything that a cursor depends on
  std::shared_ptr<const Service> service;

  // `trigger`: its definition in the manifest, `where` its JSON Pointer there. Throws
  // LanguageError. [any]
  static PollPlan compile(const boost::json::object &trigger,
                          std::shared_ptr<const Service> service, std::string_view where);
  static PollPlan compile(const boost::json::object &trigger,
                          std::shared_ptr<const Service> service, std::string_view where,
                          Problems &problems);
};

}  // namespace cpi::detection
