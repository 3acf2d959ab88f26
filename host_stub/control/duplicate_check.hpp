// After an action with an unknown outcome: searches for the item that it should have created, by
// the manifest's `duplicate_check`. Only "there" is conclusive, and only if the service refuses a
// second matching item. No result justifies sending the call again.
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
    there,      // the item exists, and the service refuses a second one
    not_there,  // searched completely; the service may still be working
    unknown     // nothing to search for, searched partly, or the match may be older
  };
  Outcome outcome = Outcome::unknown;
  std::string lookup;        // empty: the action declares no check
  std::string title;         // the lookup's, for people
  boost::json::array found;  // the choices that match
  bool checked = false;      // the search was made and completed
};

// Throws Interrupted only.
DuplicateCheck check_for_duplicate(Session &session, const ConnectionRecord &connection,
                                   const boost::json::object &action,
                                   const boost::json::object &input);

std::string_view name(DuplicateCheck::Outcome outcome) noexcept;  // "there", "not_there", "unknown"

// {"lookup", "outcome", "looked", "found"}
boost::json::object duplicate_json(const DuplicateCheck &check);

// The result and the advice, in sentences.
std::string duplicate_text(const DuplicateCheck &check);

}  // namespace host
