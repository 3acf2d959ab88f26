// One action under one key: run once, whatever the caller repeats. The key is
// claimed in the store before anything is sent.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "control/failure.hpp"
#include "plugins/outcome.hpp"
#include "store/store.hpp"

namespace host {

struct KeyedAction {
  std::string key;
  std::string connection_id;
  std::string action;
  std::string input_hash;
  bool secret = false;  // what comes of it is a secret: that it was done is kept, and no more
};

struct KeyedResult {
  std::string output;     // JSON
  bool replayed = false;  // it was run before; this is what came of it then
  std::uint32_t requests = 0;
};

// Claims the key, runs the action and keeps what came of it. What is stored already is returned, or
// thrown when it was a failure that repeating would not change; one that passes (rate limit,
// service down, sign-in) is tried again. Throws Failure besides: the key was used for
// something else, the first call is still running, or it never reported its
// end. `run` throws Failure; anything else it throws counts as an unknown
// outcome and passes through.
KeyedResult run_once(Store &store, const KeyedAction &action, std::int64_t now_unix_ms,
                     const std::function<OperationOutcome()> &run);

}  // namespace host
