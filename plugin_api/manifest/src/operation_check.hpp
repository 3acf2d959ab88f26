// What the parts of a manifest say about each other.
#pragma once

#include "findings.hpp"

namespace cpi::manifest {

// M301..M311, M315..M330, M332 and M336. Operations that are already broken are left alone.
void check_parts(Findings &findings);

}  // namespace cpi::manifest
