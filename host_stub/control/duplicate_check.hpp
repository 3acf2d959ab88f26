// After an action whose effect is unknown: looks whether what it should have made is there, as the
// manifest's `duplicate_check` says.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <string>

#include "control/session.hpp"

namespace host {

struct DuplicateCheck {
  std::string lookup;
  boost::json::array found;  // the choices whose label or value the input names
  bool looked = false;       // false: the service could not be asked
};

// Nothing when the action declares no check. Throws Interrupted only.
std::optional<DuplicateCheck> check_for_duplicate(Session &session,
                                                  const ConnectionRecord &connection,
                                                  const boost::json::object &action,
                                                  const boost::json::object &input);

// {"lookup", "looked", "found"}
boost::json::object duplicate_json(const DuplicateCheck &check);
std::string duplicate_text(const DuplicateCheck &check);

}  // namespace host
