// Metrics for Prometheus, in its text format 0.0.4. They contain no account, id or address.
#pragma once

#include <string>

#include "run/engine.hpp"
#include "server/change_feed.hpp"
#include "store/store.hpp"

namespace host::server {

std::string metrics_text(Engine &engine, const ChangeFeed &feed, Store &store);

}  // namespace host::server
