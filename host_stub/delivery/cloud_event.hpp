// A recorded event as the JSON text that leaves the host: CloudEvents 1.0, JSON event format
// (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md).
#pragma once

#include <string>

#include "store/records.hpp"

namespace host {

enum class EventKind {
  real,
  sample,  // carries the extension attribute `testevent: true`
};

// One line without a line end. `data` is passed on as the plugin wrote it, digit for digit; what is
// not JSON (a damaged record) goes out as text instead of breaking the receiver. [any thread]
std::string cloud_event(const EventRecord &event, EventKind kind = EventKind::real);

}  // namespace host
