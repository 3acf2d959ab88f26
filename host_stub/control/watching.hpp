// What is watched in a connected account: adding a trigger, changing it, and looking at what it
// would find. A running host notices every change within a second.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/session.hpp"
#include "control/trigger_settings.hpp"

namespace host {

struct TriggerWish {
  std::string trigger;  // the manifest's id
  boost::json::object input;
  std::string start;                 // see parse_start
  std::optional<double> interval_s;  // nothing: the manifest's
  bool accept_cost = false;          // of a trigger whose verdict is C; others need it not
};

// Throws Failure. A note is added where the same is watched already.
TriggerRecord add_trigger(Session &session, const ConnectionRecord &connection,
                          const TriggerWish &wish, std::vector<std::string> &notes);

// Another input is another thing to watch: it starts anew. Nothing given stays as it is. Throws
// Failure.
TriggerRecord edit_trigger(Session &session, const TriggerRecord &trigger,
                           const std::optional<boost::json::object> &input,
                           std::optional<double> interval_s);

// Up to five recent items as events would carry them; nothing is recorded. With nothing there, the
// manifest's example, marked as such. Throws Failure and Interrupted.
struct Samples {
  boost::json::array items;
  bool example = false;
};
Samples recent_items(Session &session, const ConnectionRecord &connection, std::string_view trigger,
                     const boost::json::object &input);

}  // namespace host
