// Doing something in a connected account: once under each key, with what can be found out where
// nobody knows whether it took effect.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <string>

#include "control/session.hpp"

namespace host {

struct ActionCall {
  std::string action;  // the manifest's id
  boost::json::object input;
  std::string key;  // idempotency key; empty: a new one, or none for an action that only reads
};

struct ActionResult {
  boost::json::value output;
  std::string key;        // the one it was run under; may be empty
  bool replayed = false;  // what the key's first call gave; nothing was sent
  std::uint32_t requests = 0;
};

// Throws Failure; of an unknown outcome its `more` has "idempotency_key" and, where the manifest
// says how to look, "duplicate_check". An interruption is an unknown outcome, except where the
// action only reads: that throws Interrupted.
ActionResult run_action(Session &session, const ConnectionRecord &connection,
                        const ActionCall &call);

// What would be sent first, secrets masked, or the output where no request is needed. Throws
// Failure.
struct ActionPreview {
  bool sends = false;
  boost::json::value value;
};
ActionPreview preview_action(Session &session, const ConnectionRecord &connection,
                             const ActionCall &call);

}  // namespace host
