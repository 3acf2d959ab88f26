// The triggers of a connected account: adding and editing one, and previewing its events. A running
// host notices every change within a second.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/session.hpp"
#include "control/trigger_settings.hpp"

namespace host {

struct TriggerRequest {
  std::string trigger;  // the manifest's id
  boost::json::object input;
  std::string start;                 // see parse_start
  std::optional<double> interval_s;  // empty: the manifest's
  bool accept_cost = false;          // required where needs_acceptance(cost) is true
};

// Throws Failure. Adds a note if the same trigger already exists.
TriggerRecord add_trigger(Session &session, const ConnectionRecord &connection,
                          const TriggerRequest &request, std::vector<std::string> &notes);

// What an edit costs.
enum class EditEffect : std::uint8_t {
  none,          // the input stays the same
  keeps_place,   // the input only selects or shapes the events: the cursor stays
  new_baseline,  // what is read changes: a new baseline, with a gap since the last poll
};
std::string_view to_string(EditEffect effect);

struct EditPreview {
  EditEffect effect = EditEffect::none;
  std::string message;  // for the user
};

// Changes nothing. `last_poll_at`: the time of the last poll if it is known, else 0. Throws Failure
// if edit_trigger would.
EditPreview preview_edit(Session &session, const TriggerRecord &trigger,
                         const std::optional<boost::json::object> &input,
                         std::optional<double> interval_s, std::int64_t last_poll_at);

// An input that changes what is read restarts the trigger with a new baseline; see preview_edit. An
// absent argument changes nothing. `accept_cost` is required if the edit makes a trigger costly
// that was not. Throws Failure.
TriggerRecord edit_trigger(Session &session, const TriggerRecord &trigger,
                           const std::optional<boost::json::object> &input,
                           std::optional<double> interval_s, bool accept_cost = false);

// Up to five recent items in the form of event data; nothing is recorded. If there are none, the
// manifest's example, marked as such. Throws Failure and Interrupted.
struct Samples {
  boost::json::array items;
  bool example = false;
};
Samples recent_items(Session &session, const ConnectionRecord &connection, std::string_view trigger,
                     const boost::json::object &input);

}  // namespace host
