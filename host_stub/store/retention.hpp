// How long history is kept: events that were delivered or discarded, and idempotency records that
// ended, go after a while. What is pending, held or dead stays until somebody decides.
#pragma once

#include <chrono>
#include <cstdint>

#include "store/committer.hpp"

namespace host {

constexpr std::chrono::hours default_retention{24 * 30};

// Has the store thread forget what is older, in bites, so that commits get their turn in between.
// The committer outlives what it was given. [any thread]
void forget_before(Committer &committer, std::int64_t unix_ms);

}  // namespace host
