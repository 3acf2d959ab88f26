// The records of the store, as the JSON that commands print. Without sealed data.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "polling/request_use.hpp"
#include "store/records.hpp"

namespace host {

// {"id", "plugin", "method", "label", "state", "state_reason"?, "settings"?, "token_expires_at"?,
//  "created_at"}
boost::json::object connection_json(const ConnectionRecord &connection);

// {"id", "connection", "trigger", "input", "interval_s", "start", "state", "failures"?,
//  "failing_since"?, "retry_at"?, "last_error"?, "refused"?: [{"name", "reason"?, "since"}],
//  "requests"?, "created_at"}
boost::json::object trigger_json(const TriggerRecord &trigger);

// The requests that a trigger's polls made: {"last", "average"?, "polls"}. Without polls after the
// baseline there is no average.
boost::json::object requests_json(const RequestUse &use);
// The same for people.
std::string requests_text(const RequestUse &use);
std::string average_text(const RequestUse &use);  // "1.2", "3"

// {"id", "seq", "trigger_id", "connection", "plugin", "trigger", "key", "subject"?, "time",
//  "state", "delivered_at"?, "poll_id", "data"}
boost::json::object event_json(const EventRecord &event);

// {"sink", "state", "attempts", "next_try"?, "last_error"?}
boost::json::object delivery_json(const DeliveryRecord &delivery);

// "now", "last:5", "all": as --start takes it.
std::string start_text(StartMode mode, std::uint64_t count);

// The JSON in a column of the store; null if it is empty or invalid.
boost::json::value stored_json(std::string_view text);

}  // namespace host
