// Probes a connection: sends the read requests of the manifest's `probe`, judges its assumptions
// by the answers, and makes the redacted recording. No answer is stored.
//
// Without a place nothing is changed at the service. With one, the writes of the manifest's probe
// are tried in it and cleaned up, as probe/write_probe.hpp says.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "control/own_network.hpp"
#include "control/session.hpp"
#include "cpi/language/probe.hpp"
#include "cpi/language/probe_writes.hpp"
#include "probe/verdict.hpp"
#include "probe/write_probe.hpp"

namespace host {

struct WriteReport {
  cpi::ProbeWrites writes;
  boost::json::value place;
  ProbeAnswers answers;
  std::vector<ProbeVerdict> verdicts;  // one for each of writes.asked.assumptions
  std::vector<CleanupResult> cleanup;  // one for each of writes.cleanup
  int sent = 0;                        // attempts, without the renewal of a token

  bool all_clean() const;
};

struct ProbeReport {
  cpi::Probe probe;
  ProbeAnswers answers;
  std::vector<ProbeVerdict> verdicts;  // one for each assumption, in their order
  int sent = 0;                        // attempts of the reads, without the renewal of a token
  std::optional<WriteReport> writes;
  boost::json::object recording;  // probe/recording.hpp

  // With those of the writes.
  std::size_t count(ProbeVerdict::Kind kind) const;
};

// What a clean-up of what an interrupted probe left came to.
struct LeftoverReport {
  WriteReport writes;               // without verdicts
  std::vector<Leftover> leftovers;  // before it; one for each of writes.cleanup
};

// What happens meanwhile. Each may be empty but `confirm`, where there is a place.
struct ProbeListener {
  // Before each request: its number from 1, the number of all, and its id.
  std::function<void(std::size_t, std::size_t, const std::string &)> reading;
  // Before anything is written: throws if it must not be. With `left` only that is removed: one for
  // each of writes.cleanup.
  std::function<void(const cpi::ProbeWrites &, const boost::json::value &place,
                     const std::vector<Leftover> *left)>
      confirm;
  std::function<void(const std::string &step)> writing;
  std::function<void(const std::string &clean_up)> cleaning;
  // The writes have ended without a report: by a signal, or an error.
  std::function<void(const WriteReport &)> cleaned_after_interruption;
};

// `place`: the ID of what a person made for the writes; without it there are only reads. Throws
// Failure: the manifest has no probe or no writes (limitation), the place cannot be used
// (invalid_input; unavailable if that could not be checked), or no request was answered; and
// Interrupted.
ProbeReport probe_connection(Session &session, OwnNetwork &network,
                             const ConnectionRecord &connection,
                             const std::optional<std::string> &place,
                             const ProbeListener &listener);

// Removes from the place what an interrupted probe left in it, and nothing else; asks for nothing
// to be confirmed where there is nothing of it. Throws as above.
LeftoverReport clean_up_after_probe(Session &session, OwnNetwork &network,
                                    const ConnectionRecord &connection, const std::string &place,
                                    const ProbeListener &listener);

}  // namespace host
