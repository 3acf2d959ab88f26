// A running poll: combines its parts and sends their requests.
//
//   run      opens the cursor, makes one pass, stores the events
//   pass     the list itself, or every list that the gate names (GatePass)
//   scan     one list, page by page (ListScan); each row is judged (RowJudge)
//   store    events (Outbox) in batches, each with the cursor after exactly these
//
// A failure leaves the stored cursor unchanged.
#pragma once

#include <cstdint>
#include <string>

#include <boost/json/object.hpp>

#include "cpi/sdk/channel.hpp"
#include "cpi/sdk/detection/poll.hpp"
#include "cpi/sdk/task.hpp"
#include "gate_pass.hpp"
#include "list_scan.hpp"
#include "page_reader.hpp"
#include "poll_parts.hpp"

namespace cpi::detection {

class PollRun {
 public:
  PollRun(Channel &channel, const Begin &begin, const boost::json::object &input,
          const PollPlan &plan, ReadPage read);

  Task<Result> run();

 private:
  // The result of a part of the poll.
  enum class Ended : std::uint8_t { at_its_end, by_budget };

  void open();
  void start_over(std::string why);
  void reconcile(std::int64_t now);
  void compare_filter();
  void end_baseline();

  Task<Ended> pass();
  Task<Ended> pass_list();
  Task<Ended> pass_gate();
  Task<void> expect_room_for_all(const GatePass &pass);
  Task<Ended> scan_behind(GatePass &pass, const GateRow &row);
  Task<Ended> scan(ListScan &scan);
  Task<Ended> read_day(ListScan &scan);
  Task<Ended> read_pages(ListScan &scan);
  Task<bool> is_still(const ListScan &scan);
  Task<void> watch(const Terms &terms);

  Task<void> store();
  Result conclude(Ended ended);

  Channel &channel_;
  const Begin &begin_;
  const PollPlan &plan_;
  PollParts parts_;
  PageReader reader_;
  bool has_backfill_ = false;  // the baseline left rows out, which the next poll finds
};

}  // namespace cpi::detection
