// Asks for pages: the one part of a poll that has a channel, besides the storing of events.
#pragma once

#include <boost/json/object.hpp>

#include "budget.hpp"
#include "cpi/sdk/channel.hpp"
#include "cpi/sdk/detection/plan.hpp"
#include "cpi/sdk/detection/poll.hpp"
#include "cpi/sdk/task.hpp"
#include "page.hpp"

namespace cpi::detection {

class PageReader {
 public:
  // `read`: the handler's own way of reading the plan's list, or none. `scope`: what templates see
  // at the time of each request.
  PageReader(Channel &channel, const PollPlan &plan, ReadPage read,
             const boost::json::object &scope, Budget &budget)
      : channel_(channel), plan_(plan), read_(std::move(read)), scope_(scope), budget_(budget) {}

  // `expected`: the mark that the page had, if it is to be compared. `key`: of marks. Throws
  // Failure where the answer is no success. Arguments outlive the task.
  Task<Page> read(const RequestTemplate &request, const Paging &paging, const Extra &extra,
                  const PageMark *expected, const DigestKey &key);

 private:
  Channel &channel_;
  const PollPlan &plan_;
  ReadPage read_;
  const boost::json::object &scope_;
  Budget &budget_;
};

}  // namespace cpi::detection
