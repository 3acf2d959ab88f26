// What the reads and the writes of a probe have in common in the manifest.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cpi/language/network.hpp"
#include "cpi/language/probe.hpp"
#include "cpi/language/problem.hpp"
#include "manifest_part.hpp"

namespace cpi {

inline constexpr const char *not_a_probe_part = "is not a part of a probe";

// The texts of a list that is not empty; `what` names them in the problem: "words". [any]
std::vector<std::string> probe_texts(const ManifestPart &part, std::string_view name,
                                     std::string_view what);

// The parts of the list `name`, whatever they are.
std::vector<ManifestPart> probe_parts(const ManifestPart &owner, std::string_view name,
                                      Problems &problems);

bool probe_asks(const std::vector<ProbeRequest> &requests, std::string_view id);

ProbeCheck compile_probe_check(const ManifestPart &part);

// The `request` and `rows` of `part`: a request that changes nothing.
void compile_probe_read(const ManifestPart &part, const Network &network, Problems &problems,
                        ProbeRequest &out);

// The `assumptions` of `owner` about these requests.
std::vector<ProbeAssumption> compile_probe_assumptions(const ManifestPart &owner,
                                                       const std::vector<ProbeRequest> &requests,
                                                       Problems &problems);

}  // namespace cpi
