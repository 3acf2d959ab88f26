// One page of the choices of a dropdown.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "control/session.hpp"

namespace host {

struct LookupCall {
  std::string lookup;         // the manifest's id
  boost::json::object input;  // the fields that it depends on
  std::string search;
  std::string page;    // the `next` of the page before; empty: the first
  bool fresh = false;  // ask the service even if choices are cached (choice_cache.hpp)
};

struct LookupPage {
  boost::json::array items;                 // {"value", "label", "hint"?}
  std::string next;                         // identifies the next page; empty on the last one
  std::optional<std::chrono::seconds> age;  // of kept choices; none: the service was asked
};

// Throws Failure and Interrupted.
LookupPage look_up(Session &session, const ConnectionRecord &connection, const LookupCall &call);

}  // namespace host
