// A trigger's life with a service that changes at random, whose answers fail, and with a host that
// is killed. Between two rests (a while without trouble, long enough for a full reading) anything
// may happen; at each rest, what arrived is held against what happened.
//
// Promised, but for what lies beyond what a trigger reads (its pages, its horizon):
//   lost      what is there and was not, what changed, or what is gone (as the trigger emits) has
//   been told twice     nothing is told more often than it happened, and no event id comes twice
//   invented  nothing is told that did not happen since the last rest
//   stale     the last event of a row that changed tells what is now true
//   late      what no counter masks is told by the very next poll, oldest first
//   isolated  a part that is refused (a list, a day, a row that is asked for by itself), for
//             however long and in whatever way, makes no other late, and no poll fail; what
//             happened in it is told once, when it answers
//   unfit     every event fits the trigger's `output`
// Of an edge, every poll tells exactly the crossings between what it read and what the one before
// read.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "plugin_host.hpp"
#include "shapes.hpp"
#include "trigger_spec.hpp"

namespace model {

// What somebody between the plugin and the model does to the events of one begin, so that it can be
// seen whether the model notices. `troubled`: not at rest.
using Forgery = std::function<void(std::vector<Event> &events, bool troubled)>;

// What is wrong, or nothing. The same seed with the same shapes is the same life.
std::optional<std::string> live(Plugin &plugin, const TriggerSpec &spec, const Shapes &shapes,
                                std::uint64_t seed, const Forgery &forge = {});

}  // namespace model
