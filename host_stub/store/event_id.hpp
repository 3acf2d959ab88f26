// The id of an event: always the same for the same trigger instance and key, so that a receiver can
// distinguish a repeated delivery from a new event.
#pragma once

#include <string>
#include <string_view>

namespace host {

// "evt_" and 26 lower-case base32 characters (130 bits of BLAKE2b). Contains no full stop, which
// separates the parts of the Standard Webhooks signature. [any thread]
std::string event_id(std::string_view trigger_id, std::string_view key);

}  // namespace host
