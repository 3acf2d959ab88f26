// What polls of a trigger cost in requests, measured at a service of a given size at rest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "plugin_host.hpp"
#include "trigger_spec.hpp"
#include "world.hpp"

namespace model {

// Requests of one poll.
struct PollCost {
  std::size_t requests = 0;
  bool shareable = true;  // every one of them
  std::size_t events = 0;
};

struct Measured {
  PollCost baseline;
  PollCost idle;                // after three polls without changes
  PollCost changed;             // the poll after something changed
  std::vector<PollCost> after;  // those after that one
  PollCost full;                // the most of the polls of six hours without changes
};

// What there is, and what happens.
struct Case {
  Extent extent;
  std::size_t changed_lists = 1;
  std::size_t new_rows = 1;    // in each of them, if the trigger reports new rows
  std::size_t quiet_days = 0;  // that pass before anything is measured
};

// Whether the trigger's input selects one list of the gate by its key.
bool selects_one(const TriggerSpec &spec);

// Throws std::runtime_error if a poll fails.
Measured measure(const Plugin &plugin, const TriggerSpec &spec, const Case &measured);

}  // namespace model
