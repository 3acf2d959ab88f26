// Logs at the start of a host which destinations are disabled, and which ones have waiting events
// but are not used by this run.
#pragma once

#include <set>
#include <string>

#include "log/log.hpp"
#include "store/store.hpp"

namespace host::cli {

// `named` are the sinks of this run; to be called before they become the active ones.
void report_destinations(Log &log, Store &store, const std::set<std::string> &named);

}  // namespace host::cli
