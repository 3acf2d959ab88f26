// The id of an event: the same for ever for the same trigger instance and key, so that a receiver
// can tell a repeated delivery from a new event.
#pragma once

#include <string>
#include <string_view>

namespace host {

// "evt_" and 26 lower-case base32 characters (130 bits of BLAKE2b). Holds no full stop, since the
// Standard Webhooks signature separates its parts by one. [any thread]
std::string event_id(std::string_view trigger_id, std::string_view key);

}  // namespace host
