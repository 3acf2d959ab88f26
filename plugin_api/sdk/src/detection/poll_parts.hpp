// The parts of one poll, each with its own state; poll_run.hpp combines them.
#pragma once

#include <cstddef>

#include <boost/json/object.hpp>

#include "backfill.hpp"
#include "budget.hpp"
#include "event_maker.hpp"
#include "notes.hpp"
#include "outbox.hpp"
#include "page_marks.hpp"
#include "position.hpp"
#include "purpose.hpp"
#include "refusals.hpp"

namespace cpi::detection {

struct PollParts {
  PollParts(const PollPlan &with_plan, const Begin &begin, const boost::json::object &input)
      : plan(with_plan), budget(begin), backfill(begin, with_plan) {
    scope["input"] = input;
  }
  PollParts(const PollParts &) = delete;
  PollParts &operator=(const PollParts &) = delete;

  const PollPlan &plan;
  boost::json::object scope;  // the scope of templates: input, gate, window, watch
  RunKind kind = RunKind::normal;
  Budget budget;
  Backfill backfill;
  Notes notes;
  Refusals refusals;
  Position position{plan};
  PageMarks marks{position.cursor()};
  Outbox outbox;
  EventMaker events{plan, scope};
  std::size_t rows_seen = 0;
  std::size_t rows_refused = 0;  // without a key
};

}  // namespace cpi::detection
