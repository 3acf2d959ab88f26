// After an action whose effect is unknown: looks whether what it should have made is there, as the
// manifest's `duplicate_check` says. Only "there" says anything about the call, and only where the
// service keeps no two that match; nothing that is found or not found is a reason to send again.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "control/session.hpp"

namespace host {

struct DuplicateCheck {
  enum class Outcome : std::uint8_t {
    there,      // what the call should have made, and the service takes no second one
    not_there,  // looked through to the end; the service may still be at work
    unknown     // cannot be told: nothing to look by, looked in part, or it may be an older one
  };
  Outcome outcome = Outcome::unknown;
  std::string lookup;        // empty: the action declares no check
  std::string title;         // the lookup's, for people
  boost::json::array found;  // the choices that match
  bool looked = false;       // whether the service was asked, and answered to the end
};

// Throws Interrupted only.
DuplicateCheck check_for_duplicate(Session &session, const ConnectionRecord &connection,
                                   const boost::json::object &action,
                                   const boost::json::object &input);

std::string_view name(DuplicateCheck::Outcome outcome) noexcept;  // "there", "not_there", "unknown"

// {"lookup", "outcome", "looked", "found"}
boost::json::object duplicate_json(const DuplicateCheck &check);

// What came of it and what to do now, in sentences.
std::string duplicate_text(const DuplicateCheck &check);

}  // namespace host
