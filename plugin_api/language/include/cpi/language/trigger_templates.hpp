// The templates of a trigger: where they stand in its `read` and `detect`, and what they see.
//
//   template                          | sees besides the trigger's input
//   ----------------------------------+-----------------------------------------------------------
//   gate.request                      | the gate's window, where it has one
//   gate.where                        | nothing
//   gate.after, read.request, where,  | the gate's row and window, and what the strategy shows
//   when, horizon                     | (`shows` in strategies.inc)
//   the strategy's own member         | the same; its `request` and `final` also what is under its
//                                     | own name
//   subject, data                     | the same, what is under the strategy's own name, and row,
//                                     | previous, delta, change, key
//
// Detection fills the scopes (cpi/sdk/detection), and PollPlan refuses a pointer to anything else,
// as the checker of manifests does.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "cpi/language/placement.hpp"
#include "cpi/language/problem.hpp"

namespace cpi {

struct TriggerTemplate {
  enum class Kind { request, node } kind = Kind::node;
  const boost::json::value *value = nullptr;  // inside of the trigger
  std::string place;                          // its JSON Pointer in the manifest
  std::vector<std::string_view> sees;         // members of the scope besides "input"
};

// `where`: the trigger's JSON Pointer. What is not as the format has it is left out. The result is
// valid as long as `trigger` is. [any]
std::vector<TriggerTemplate> trigger_templates(const boost::json::object &trigger,
                                               std::string_view where);

// Notes each read that is neither of the input nor of what the template sees. [any]
void check_scope(const TriggerTemplate &where, const std::vector<Read> &reads, Problems &problems);

}  // namespace cpi
