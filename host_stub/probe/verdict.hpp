// Whether an assumption holds for this account, by the answers of its probe.
//
// A verdict is a fact or it is none: what the answers do not decide could not be checked, and the
// reason is given. The sentences tell counts, types and formats, never a value of the service.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "cpi/language/error_rule.hpp"
#include "cpi/language/probe.hpp"
#include "probe/answer.hpp"

namespace host {

struct ProbeVerdict {
  enum class Kind { holds, does_not_hold, could_not_be_checked };
  Kind kind = Kind::could_not_be_checked;
  std::string seen;  // what was seen, or why it could not be checked; without a period
};

// "holds", "does not hold", "could not be checked". [any]
std::string_view verdict_name(ProbeVerdict::Kind kind) noexcept;

// By the request's id. Every request of the probe has its answer.
using ProbeAnswers = std::map<std::string, ProbeAnswer, std::less<>>;

// `errors`: those of the manifest, which recognise an error that comes with HTTP 200.
ProbeVerdict judge(const cpi::Probe &probe, const cpi::ProbeAssumption &assumption,
                   const ProbeAnswers &answers, std::span<const cpi::ErrorRule> errors);

// How an assumption is checked, in words: "by the 3 rows of GET /addressbooks". [any]
std::string how_checked(const cpi::ProbeRequest &request, const ProbeAnswer &answer);

}  // namespace host
