// Runs a trigger: what is new since the cursor, in the way the plan says.
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

// How a handler replaces the plan's `read` by code of its own: one page as the JSON text that
// `read.paging.rows` points into. `scope` is what templates see: {input, gate, window, watch}.
using ReadPage =
    std::function<Task<std::string>(const boost::json::object &scope, const Extra &extra)>;

constexpr std::uint32_t default_max_requests = 100;
constexpr std::uint32_t default_max_events = 500;

// POLL. Stores events in batches of at most Begin::max_events, each with the cursor that passed
// them, and answers with `more` where a budget stopped it. Throws Failure, and then everything
// since the last stored batch is as if it had not been read.
// `input` is validated. All arguments outlive the task. [serial op]
Task<Result> run_poll(Channel &channel, const Begin &begin, const boost::json::object &input,
                      const PollPlan &plan, ReadPage read = {});
inline Task<Result> run_poll(Call &call, const PollPlan &plan, ReadPage read = {}) {
  return run_poll(call.channel, call.begin, call.input, plan, std::move(read));
}

// SAMPLE. {"items": [event data, ...]}: up to five rows, newest first where the order is known.
Task<Result> run_sample(Channel &channel, const boost::json::object &input, const PollPlan &plan,
                        ReadPage read = {});
inline Task<Result> run_sample(Call &call, const PollPlan &plan, ReadPage read = {}) {
  return run_sample(call.channel, call.input, plan, std::move(read));
}

}  // namespace cpi::detection
