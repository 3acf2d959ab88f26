// Deletes old history: delivered and discarded events, and completed idempotency records. Pending,
// held and dead events stay until a user decides.
#pragma once

#include <chrono>
#include <cstdint>

#include "store/committer.hpp"

namespace host {

constexpr std::chrono::hours default_retention{24 * 30};

// Makes the store thread delete older history in small batches, so that commits can run in between.
// The committer must outlive this work. [any thread]
void forget_before(Committer &committer, std::int64_t unix_ms);

}  // namespace host
