// Makes events of rows: the key, the subject and the data that the manifest asks for.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "cpi/sdk/detection/plan.hpp"
#include "outbox.hpp"
#include "page.hpp"
#include "strategies.hpp"

namespace cpi::detection {

// A row that is worth an event, until its page is parsed.
struct Wanted {
  std::size_t index = 0;
  Change change = Change::none;
  Remembered becomes;
  std::string before;  // packed values
  std::string key;
  std::string rank;
  bool forget = false;  // once reported
};

class EventMaker {
 public:
  // `scope` has input, gate, window and watch, and is given the rest for each row.
  EventMaker(const PollPlan &plan, boost::json::object &scope) noexcept
      : plan_(plan), scope_(scope) {}

  // One event for each wanted row of the page. Only now is a document made, and only for a page
  // that has something to report.
  void make(const Shard &shard, std::vector<Wanted> wanted, const Page &page, const Paging &paging,
            Outbox &outbox);
  // Of a row that is gone: what is remembered of it. `gate_key`: of its list.
  void make_removed(const Shard &shard, const Remembered &gone, std::string_view gate_key,
                    Outbox &outbox);

  // What an event has of one row. `now` empty: nothing to compare `before` with.
  boost::json::value data_of(boost::json::value row, std::string_view change, std::string_view key);
  // `previous` and `delta` of the next row.
  void compare(std::string_view before, std::string_view now);

 private:
  Pending event_of(const Shard &shard, Wanted wanted, boost::json::value row);
  std::string subject() const;

  const PollPlan &plan_;
  boost::json::object &scope_;
};

// Throws Failure where the row has something that no event can have, else mends it.
void make_fit(boost::json::value &row, const PollPlan &plan, const Page &page);

}  // namespace cpi::detection
