// What is said of destinations when a host starts: those that are disabled, and those that this run
// does not name although events wait for them.
#pragma once

#include <set>
#include <string>

#include "log/log.hpp"
#include "store/store.hpp"

namespace host::cli {

// `named` are the sinks of this run; to be called before they become the active ones.
void tell_of_destinations(Log &log, Store &store, const std::set<std::string> &named);

}  // namespace host::cli
