// Requests pages: apart from storing events, the only part of a poll that uses the channel.
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
  // `read`: the handler's replacement for the plan's `read`, or empty. `scope`: the scope of
  // templates at each request.
  PageReader(Channel &channel, const PollPlan &plan, ReadPage read,
             const boost::json::object &scope, Budget &budget)
      : channel_(channel), plan_(plan), read_(std::move(read)), scope_(scope), budget_(budget) {}

  // `expected`: the page's old mark, if it is to be compared. `key`: of marks. Throws Failure if
  // the answer is not a success. Arguments must outlive the task.
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
