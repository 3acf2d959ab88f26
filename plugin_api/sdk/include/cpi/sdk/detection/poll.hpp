// Runs a trigger: finds new events since the cursor, as the plan defines.
#pragma once

#include <functional>
#include <string>

#include <boost/json/object.hpp>

#include "cpi/language/request_template.hpp"
#include "cpi/sdk/channel.hpp"
#include "cpi/sdk/connector.hpp"
#include "cpi/sdk/detection/plan.hpp"
#include "cpi/sdk/task.hpp"

namespace cpi::detection {

// A handler's replacement for the plan's `read`: returns one page as JSON text, into which
// `read.paging.rows` points. `scope` is the scope of templates: {input, gate, window, watch}.
using ReadPage =
    std::function<Task<std::string>(const boost::json::object &scope, const Extra &extra)>;

constexpr std::uint32_t default_max_requests = 100;
constexpr std::uint32_t default_max_events = 500;

// POLL. Stores events in batches of at most Begin::max_events, each with the cursor after them, and
// returns `more` if a budget stopped it. Throws Failure; then everything since the last stored
// batch is discarded and read again by the next poll. `input` must be validated. All arguments must
// outlive the task. [serial op]
Task<Result> run_poll(Channel &channel, const Begin &begin, const boost::json::object &input,
                      const PollPlan &plan, ReadPage read = {});
inline Task<Result> run_poll(Call &call, const PollPlan &plan, ReadPage read = {}) {
  return run_poll(call.channel, call.begin, call.input, plan, std::move(read));
}

// SAMPLE. {"items": [event data, ...]}: up to five rows, newest first if the order is known.
Task<Result> run_sample(Channel &channel, const boost::json::object &input, const PollPlan &plan,
                        ReadPage read = {});
inline Task<Result> run_sample(Call &call, const PollPlan &plan, ReadPage read = {}) {
  return run_sample(call.channel, call.input, plan, std::move(read));
}

}  // namespace cpi::detection
