// Formats a recorded event for delivery: CloudEvents 1.0, JSON event format
// (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md).
#pragma once

#include <string>

#include "store/records.hpp"

namespace host {

enum class EventKind {
  real,
  sample,  // has the extension attribute `testevent: true`
};

// One line without a line end. `data` is passed on exactly as the plugin wrote it; if it is not
// JSON (a damaged record), it is sent as text, so that the receiver can still parse the event. [any
// thread]
std::string cloud_event(const EventRecord &event, EventKind kind = EventKind::real);

}  // namespace host
