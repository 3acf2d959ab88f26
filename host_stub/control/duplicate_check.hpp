// After an action with an unknown outcome: searches for the item that it should have created, by
// the manifest's `duplicate_check`, in a lookup or in the rows that a read-only action lists. Only
// "there" is conclusive, and only if the service refuses a second matching item, or the item is
// certainly newer than the call. No result justifies sending the call again.
// Where rows lack what tells them apart, their details are asked for: they can only exclude a row.
//
// When a row was made: only a time with an offset and seconds is an instant. A time without an
// offset may be in any zone from 12 hours behind UTC to 14 hours ahead, and the row may have been
// made at any of these instants. A row is older if the last of them is ten minutes before the call
// (clocks differ), and newer if the first is not before the second of the call. Anything between is
// listed and proves nothing.
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
    there,      // the item exists; it is newer, or the service refuses a second one
    not_there,  // searched completely; the service may still be working
    unknown     // nothing to search for, searched partly, or the match may be older
  };
  Outcome outcome = Outcome::unknown;
  std::string place;    // id of the lookup or of the listing action; empty: no check is declared
  bool listed = false;  // `place` is an action
  std::string title;    // of the place, for people
  boost::json::array found;  // the choices that match: {"value"?, "label"?, "hint"?}
  bool checked = false;      // the search was made and completed
};

// Throws Interrupted only.
DuplicateCheck check_for_duplicate(Session &session, const ConnectionRecord &connection,
                                   const boost::json::object &action,
                                   const boost::json::object &input,
                                   std::int64_t called_at_unix_ms);

// Whether a row that bears this time was made after the call.
enum class Age : std::uint8_t { older, newer, unknown };
Age age_of(std::string_view stamp, std::int64_t called_at_unix_ms) noexcept;

std::string_view name(DuplicateCheck::Outcome outcome) noexcept;  // "there", "not_there", "unknown"

// {"lookup" or "action", "outcome", "looked", "found"}
boost::json::object duplicate_json(const DuplicateCheck &check);

// The result and the advice, in sentences.
std::string duplicate_text(const DuplicateCheck &check);

}  // namespace host
