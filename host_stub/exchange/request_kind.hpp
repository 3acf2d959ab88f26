// The operation that a request belongs to: a person or a program waits for an action; a poll can be
// delayed.
#pragma once

#include <cstdint>

namespace host {

enum class RequestKind : std::uint8_t { action, poll };

}  // namespace host
