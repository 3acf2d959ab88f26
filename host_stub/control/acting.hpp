// Runs actions in a connected account: once per idempotency key, with a duplicate check if the
// outcome is unknown.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "control/session.hpp"

namespace host {

struct ActionCall {
  std::string action;  // the manifest's id
  boost::json::object input;
  std::string key;  // idempotency key; empty: a new one, or none for a read-only action
};

struct ActionResult {
  boost::json::value output;
  std::string key;        // the key that was used; may be empty
  bool replayed = false;  // the result of the key's first call; nothing was sent
  std::uint32_t requests = 0;
  // Sentences about the output: what was left out of it, what does not fit its schema. Those of the
  // first call are not repeated.
  std::vector<std::string> notes;
};

// Throws Failure; for an unknown outcome its `more` has "idempotency_key" and, if the manifest
// defines one, "duplicate_check". An interruption is an unknown outcome; a read-only action throws
// Interrupted instead.
ActionResult run_action(Session &session, const ConnectionRecord &connection,
                        const ActionCall &call);

// The first request that would be sent, with masked secrets, or the output if no request is needed.
// Throws Failure.
struct ActionPreview {
  bool sends = false;
  bool prepares =
      false;  // the request only reads; those that change something depend on its answer
  boost::json::value value;
};
ActionPreview preview_action(Session &session, const ConnectionRecord &connection,
                             const ActionCall &call);

}  // namespace host
