// The action subscriber.add_many: SendPulse takes a list of addresses in one request, and one bad
// address fails the whole of it. So many go out a hundred at a time, and a refused hundred is cut
// in halves until the bad ones stand alone.
#pragma once

#include "cpi/sdk/connector.hpp"

namespace sendpulse {

cpi::Task<cpi::Result> add_many_subscribers(cpi::Call &call);

}  // namespace sendpulse
