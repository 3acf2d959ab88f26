// The templates of a trigger: their places in `read` and `detect`, and the members they may read.
//
//   template                          | may read, besides the trigger's input
//   ----------------------------------+-----------------------------------------------------------
//   gate.request                      | the gate's window, if it has one
//   gate.where                        | nothing
//   gate.after, read.request, where,  | the gate's row and window, and the strategy's members
//   when, horizon                     | (`shows` in strategies.inc)
//   the strategy's own member         | the same; its `request` and `final` also the member with
//                                     | its own name
//   subject, data                     | the same, the member with the strategy's own name, and
//                                     | row, previous, delta, change, key
//
// Detection fills the scopes (cpi/sdk/detection). PollPlan and the checker of manifests refuse a
// pointer to anything else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "cpi/language/network.hpp"
#include "cpi/language/placement.hpp"
#include "cpi/language/problem.hpp"

namespace cpi {

struct TriggerTemplate {
  enum class Kind { request, node } kind = Kind::node;
  const boost::json::value *value = nullptr;  // inside the trigger
  std::string place;                          // its JSON Pointer in the manifest
  std::vector<std::string_view> sees;         // members of the scope besides "input"
  // Only selects and shapes the events (when, subject, data). The other templates decide what is
  // read and remembered.
  bool of_events = false;
};

// `where`: the trigger's JSON Pointer. Malformed templates are omitted. The result is valid as long
// as `trigger` is. [any]
std::vector<TriggerTemplate> trigger_templates(const boost::json::object &trigger,
                                               std::string_view where);

// True if a cursor that was made with the input `before` is valid for `after` too: the two differ
// only in members that select or shape the events, and that nothing else reads. False for a trigger
// that has no `detect` or names a handler, because only its code knows. [any]
bool reads_the_same(const boost::json::object &trigger, const Network &network,
                    const boost::json::object &before, const boost::json::object &after);

// Records each read that is neither of the input nor in `sees`. [any]
void check_scope(const TriggerTemplate &where, const std::vector<Read> &reads, Problems &problems);

}  // namespace cpi
