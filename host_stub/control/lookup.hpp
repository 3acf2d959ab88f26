// One page of the choices of a dropdown.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "control/session.hpp"

namespace host {

struct LookupPage {
  boost::json::array items;  // {"value", "label", "hint"?}
  std::string next;          // identifies the next page; empty on the last one
};

// Throws Failure and Interrupted.
LookupPage look_up(Session &session, const ConnectionRecord &connection, const std::string &lookup,
                   const boost::json::object &input, std::string_view search,
                   std::string_view page);

}  // namespace host
