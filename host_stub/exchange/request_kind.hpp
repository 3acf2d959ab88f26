// What a request is part of: a person or a program waits for an action; a poll can wait itself.
#pragma once

#include <cstdint>

namespace host {

enum class RequestKind : std::uint8_t { action, poll };

}  // namespace host
