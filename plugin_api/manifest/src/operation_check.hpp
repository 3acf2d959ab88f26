// What the parts of a manifest say about each other.
#pragma once

#include "findings.hpp"

namespace cpi::manifest {

// M301..M311 and M315..M330 and M332. Operations that are already broken are left alone.
void check_parts(Findings &findings);

}  // namespace cpi::manifest
