// The action verifier.verify_address: SendPulse takes an address and has its result later, so it is
// asked again and again with growing pauses, until there is one or the time that the user gave is
// over.
#pragma once

#include "cpi/sdk/connector.hpp"

namespace sendpulse {

cpi::Task<cpi::Result> verify_address(cpi::Call &call);

}  // namespace sendpulse
