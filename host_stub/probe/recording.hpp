// The recording of a probe: every request with the shape of its answer, and the verdicts, as JSON
// that can be handed to anybody. See shape.hpp for what is left out.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <span>
#include <string_view>
#include <vector>

#include "cpi/language/probe.hpp"
#include "cpi/manifest/manifest.hpp"
#include "probe/shape.hpp"
#include "probe/verdict.hpp"

namespace host {

// One request that was sent, with its answer.
struct ProbeExchange {
  const cpi::ProbeRequest *request = nullptr;
  std::string id;  // of the step; "ID undo" for a clean-up whose verification is ID
  ProbeAnswer answer;
};

// {"id", "description", "check", "checked_by", "verdict": "holds" | "does not hold" | "could not be
//  checked", "seen"}, in the order of the manifest. `verdicts` has one for each assumption.
boost::json::array verdicts_json(const cpi::Probe &probe, const ProbeAnswers &answers,
                                 std::span<const ProbeVerdict> verdicts);

// The requests of the recording. `vocabulary`: the names that may be shown.
boost::json::array requests_json(const cpi::Probe &probe, const ProbeAnswers &answers,
                                 const Vocabulary &vocabulary);

// Requests in the order of sending; an id can come several times.
boost::json::array exchanges_json(std::span<const ProbeExchange> exchanges,
                                  const Vocabulary &vocabulary);

// {"recording": "connector-probe/1", "plugin", "plugin_version", "requests": [{"id", "method",
//  "path", "query", "answered": false, "why"} or {..., "answered": true, "status", "http_version",
//  "headers", "body" or "unreadable_body": class of its length}], "assumptions"}. In paths and
//  queries "{}" stands for a value that is not the manifest's own.
boost::json::object recording_json(const cpi::manifest::Manifest &manifest, const cpi::Probe &probe,
                                   const ProbeAnswers &answers,
                                   std::span<const ProbeVerdict> verdicts);

}  // namespace host
