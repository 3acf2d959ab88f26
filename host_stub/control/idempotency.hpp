// Runs an action once per key, even if the caller repeats the call. The key is claimed in the store
// before anything is sent.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "control/failure.hpp"
#include "plugins/outcome.hpp"
#include "store/store.hpp"

namespace host {

struct KeyedAction {
  std::string key;
  std::string connection_id;
  std::string action;
  std::string input_hash;
  bool secret = false;  // the output is a secret: store only that the action was done
};

struct KeyedResult {
  std::string output;     // JSON
  bool replayed = false;  // the stored result of an earlier call
  std::uint32_t requests = 0;
  std::vector<std::string> notes;  // about the output; they are not stored with it
};

// Claims the key, runs the action and stores its result. If a result is already stored, returns it,
// or throws it if it is a permanent failure; a temporary one (rate limit, service down, sign-in) is
// tried again. Also throws Failure if the key was used for something else, the first call is still
// running, or it never reported its end. `run` throws Failure; any other exception counts as an
// unknown outcome and passes through. `called_at` receives when the key was first used, also when
// this throws.
KeyedResult run_once(Store &store, const KeyedAction &action, std::int64_t now_unix_ms,
                     const std::function<OperationOutcome()> &run,
                     std::int64_t *called_at = nullptr);

}  // namespace host
