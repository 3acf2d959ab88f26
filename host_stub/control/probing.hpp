// Probes a connection: sends the read requests of the manifest's `probe`, judges its assumptions
// by the answers, and makes the redacted recording. Nothing is changed at the service, and no
// answer is stored.
#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "control/own_network.hpp"
#include "control/session.hpp"
#include "cpi/language/probe.hpp"
#include "probe/verdict.hpp"

namespace host {

struct ProbeReport {
  cpi::Probe probe;
  ProbeAnswers answers;
  std::vector<ProbeVerdict> verdicts;  // one for each assumption, in their order
  int sent = 0;                        // attempts, without the renewal of a token
  boost::json::object recording;       // probe/recording.hpp

  std::size_t count(ProbeVerdict::Kind kind) const;
};

// Before each request: its number from 1, the number of all, and its id.
using ProbeProgress = std::function<void(std::size_t, std::size_t, const std::string &)>;

// Throws Failure: the manifest has no probe (limitation), or no request was answered; and
// Interrupted.
ProbeReport probe_connection(Session &session, OwnNetwork &network,
                             const ConnectionRecord &connection, const ProbeProgress &progress);

}  // namespace host
