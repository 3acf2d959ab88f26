// Makes events from rows: key, subject and data as the manifest defines them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "cpi/sdk/detection/plan.hpp"
#include "notes.hpp"
#include "outbox.hpp"
#include "page.hpp"
#include "strategies.hpp"

namespace cpi::detection {

// A row to report, until its page is parsed.
struct Wanted {
  std::size_t index = 0;
  Change change = Change::none;
  Remembered becomes;
  std::string before;  // packed values
  std::string key;
  std::string rank;
  bool forget = false;  // after its event is stored
};

class EventMaker {
 public:
  // `scope` has input, gate, window and watch; the other members are added for each row.
  EventMaker(const PollPlan &plan, boost::json::object &scope) noexcept
      : plan_(plan), scope_(scope) {}

  // One event for each wanted row of the page. Parses the page into a document only here, so only
  // pages with rows to report are parsed.
  void make(const Shard &shard, std::vector<Wanted> wanted, const Page &page,
            const RowLayout &layout, Outbox &outbox);
  // The event of a removed row, from its remembered values. `gate_key`: of its list.
  void make_removed(const Shard &shard, const Remembered &gone, std::string_view gate_key,
                    Outbox &outbox);

  // The data of one row for an event. `now` empty: `before` has nothing to be compared with.
  // `fits`: whether it fits the schema of the events.
  boost::json::value data_of(boost::json::value row, std::string_view change, std::string_view key,
                             bool *fits = nullptr);
  // `previous` and `delta` of the next row.
  void compare(std::string_view before, std::string_view now);

  // Repairs the values of a row. False, and the row is counted, if it has a number that no receiver
  // can read: it is left out, and told once the service has corrected it.
  bool make_fit(boost::json::value &row);

  // What of the events did not fit the trigger's `output`, and which rows were left out.
  void note_misfits(Notes &notes) const;

 private:
  Pending event_of(const Shard &shard, Wanted wanted, boost::json::value row);
  std::string subject() const;

  const PollPlan &plan_;
  boost::json::object &scope_;
  MisfitCounts misfits_;
  std::size_t too_large_ = 0;  // rows with a number that is too large
};

}  // namespace cpi::detection
