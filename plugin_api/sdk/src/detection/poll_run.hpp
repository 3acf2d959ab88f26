// One poll under way: what strategies say becomes requests, events and the next cursor.
//
//   run      opens the cursor, makes one pass, stores what happened
//   pass     the list itself, or every list that the gate names
//   scan     one list, page by page
//   tell     rows worth an event become pending events
//   flush    pending events are stored in batches, each with the cursor that passed just them
//
// A row is remembered as told only with the batch that tells it, so whatever is not stored is found
// again. A failure thrown anywhere leaves the stored cursor as it was.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/storage_ptr.hpp>

#include "cpi/sdk/channel.hpp"
#include "cpi/sdk/detection/cursor.hpp"
#include "cpi/sdk/detection/plan.hpp"
#include "cpi/sdk/detection/poll.hpp"
#include "cpi/sdk/failure.hpp"
#include "cpi/sdk/task.hpp"
#include "strategies.hpp"

namespace cpi::detection {

// Rows read twice at each page border, to see rows move (rule 1).
constexpr std::size_t page_overlap = 5;
std::size_t overlap_of(const Paging &paging) noexcept;
constexpr std::size_t any_number = ~std::size_t{0} / 2;  // of rows: a walk without an end

// The rows of a page that the row reader has found to be well formed, in its order.
boost::json::array parse_rows(const Paging &paging, std::string_view body,
                              boost::json::storage_ptr storage = {});

// A page of the gate.
struct GatePage {
  std::vector<GateRow> rows;        // that pass its `where`
  std::vector<std::uint64_t> keys;  // of all
  std::vector<std::uint64_t> left;  // that are there, and do not pass
  std::size_t refused = 0;
  std::optional<std::uint64_t> total;
};

// The days a template sees as /window.
void put_window(boost::json::object &scope, Days days, std::int64_t day);

// A page as it came. The body dies at the next request.
struct Fetched {
  std::optional<Response> response;  // none where a handler read the page
  std::string own;                   // and then this is it
  PageMark mark;
  bool same = false;  // byte for byte as when all its rows were dealt with

  std::string_view body() const noexcept;  // without byte order mark
  [[noreturn]] void refuse(const ErrorTable &errors, std::string_view what) const;
};

// A row that is worth an event, until its page is parsed.
struct Wanted {
  std::size_t index = 0;
  Change change = Change::none;
  Remembered becomes;
  std::string before;  // packed values
  std::string key;
  std::string rank;
  bool forget = false;  // once told
};

// An event that waits to be stored.
struct Pending {
  std::uint64_t shard = 0;
  Remembered becomes;
  bool forget = false;
  bool falling = false;  // its list has the newest first
  std::string rank;
  std::string key;  // without generation
  std::string subject;
  std::string data;
};

// What this scan made of a row that was not as it was remembered. Should the row come twice in one
// list, the two are compared, and one of them stands for both.
struct Judged {
  std::optional<Remembered> before;
  Remembered becomes;
  bool silently = false;  // it is remembered already
};

// A failure that is about the list that was asked for, and not about the account.
bool is_of_one_list(const Failure &failure) noexcept;

// What a page was like.
struct PageFacts {
  std::size_t rows = 0;
  std::size_t refused = 0;  // without a key
  std::size_t fresh = 0;
  std::size_t known = 0;
  std::size_t repeated = 0;  // from the page before
  std::size_t outdated = 0;  // beyond the horizon
  std::optional<std::uint64_t> total;
};

class PollRun {
 public:
  PollRun(Channel &channel, const Begin &begin, const boost::json::object &input,
          const PollPlan &plan, ReadPage read);

  Task<Result> run();
  Task<Result> sample();

 private:
  friend class PageSight;
  friend class EndSight;
  friend class CountSight;
  struct DamagedBody {};

  // poll_run.cpp
  void open();
  void start_over(std::string note);
  void need_body();
  Result conclude();
  void reconcile(std::int64_t now);
  void look_at_filter();
  void complete_baseline();
  bool settled();
  bool may_read() const noexcept { return requests_ < max_requests_ || pages_read_ == 0; }
  bool full_house() const noexcept;
  void note(std::string text);
  Task<Fetched> fetch(const RequestTemplate &request, const Paging &paging, const Extra &extra,
                      const PageMark *expected);

  // pass.cpp
  Task<void> pass();
  Task<void> gate_pass();
  void put_gate_window();
  void begin_pass();
  GatePage read_gate_page(const Fetched &page);
  void see_gate_page(const GatePage &page, bool first);
  void end_pass(bool whole, std::size_t matched);
  void forget_lists(bool sure);
  Task<void> scan_behind_gate(const GateRow &row);
  bool rests(const GateRow &row);
  void refuse_list(Shard &shard, const GateRow &row, const Failure &failure);
  std::string name_of_list(const GateRow &row) const;
  Task<void> scan_all_at_once(const std::string &counters);

  // scan.cpp
  Task<void> scan(Shard *shard);
  Task<bool> read_list(Shard *&shard);
  Task<bool> read_day(Shard *&shard);
  bool ends_here(const Shard &shard, const PageFacts &facts, std::uint64_t rows) const;
  void note_end(Shard &shard, std::uint64_t rows);
  bool has_no_new_row(const Shard &shard, const Fetched &page);
  void begin_scan(Shard &shard);
  PageFacts see_page(Shard &shard, const Fetched &page);
  bool enough(const Shard &shard, const PageFacts &facts) const;
  bool has_unseen(Shard &shard) const;
  bool close_scan(Shard &shard);
  void close_full(Shard &shard);
  unsigned absences_needed(Shard &shard);
  bool counters_agree(const Shard &shard) const;
  void note_hollow(Shard &shard);
  bool were_out_of_sight(const Shard &shard, const Fetched &page) const;
  void hold_day(Shard &shard);
  Task<bool> counters_moved(std::string counters);
  void keep_marks(const Scan &scan);
  bool may_lack_rows() const;
  void forget(Shard &shard, const std::vector<std::uint64_t> &rows);

  // watch_run.cpp
  Task<void> watch(Shard &shard);

  // sample.cpp
  Task<void> sample_list(std::string gate_key, boost::json::array &items);

  // tell.cpp
  void tell(const Shard &shard, std::vector<Wanted> wanted, const Fetched &page,
            const Paging &paging);
  void tell_removed(const Shard &shard, const Remembered &row);
  void pend(const Shard &shard, Wanted wanted, boost::json::value row);
  boost::json::value event_data();
  std::string event_subject();
  void sort_pending();
  void offer_newest(const Shard &shard, std::uint64_t row, std::string rank);
  Task<void> flush();
  std::string encode();
  std::string encode_told(std::size_t told);

  Channel &channel_;
  const Begin &begin_;
  const PollPlan &plan_;
  ReadPage read_;
  std::uint32_t max_requests_;
  std::uint32_t max_events_;

  Cursor cursor_;
  std::string_view body_;  // of the cursor, not yet decoded
  bool decoded_ = false;
  bool silent_ = false;  // the baseline is being made
  std::uint64_t backfill_ = 0;
  bool dirty_ = false;        // the cursor is worth storing
  bool next_day_ = false;     // the scan under way goes on with the next day of its window
  bool marks_moved_ = false;  // pages look different, and nothing came of it
  bool look_again_ = false;   // the next poll must not trust the page marks
  bool stopped_ = false;      // by a budget
  bool more_ = false;

  boost::json::object scope_;
  Terms terms_;
  Days window_;           // of the running scan
  std::string gate_key_;  // of the gate row behind which we are
  std::string gate_counters_;

  std::vector<std::uint64_t> page_keys_;              // of the last page of the running scan
  std::unordered_map<std::uint64_t, Judged> judged_;  // by the running scan
  std::unordered_set<std::uint64_t> gate_left_;       // gate rows that are there and do not pass
  std::unordered_set<std::uint64_t> left_;  // rows that are there, and no more what is looked for
  std::optional<std::size_t> scanned_;      // rows of the running scan; unknown where it went on
  std::size_t days_read_ = 0;               // of its window
  bool forced_ = false;                     // everything is read, whatever is known of its end
  std::size_t answered_ = 0;                // lists behind the gate that could be read
  std::optional<Failure> refusal_;          // of the last one that could not

  std::vector<PageMark> marks_;
  std::vector<Pending> pending_;
  std::unordered_set<std::uint64_t> queued_;  // rows with a pending event
  std::size_t remembered_ = 0;
  std::size_t fresh_ = 0;  // rows of the running scan that were not known

  std::vector<std::string> notes_;
  std::size_t seen_ = 0;
  std::size_t refused_ = 0;
  std::uint32_t requests_ = 0;
  std::uint32_t pages_read_ = 0;  // of lists, not of gates
};

}  // namespace cpi::detection
