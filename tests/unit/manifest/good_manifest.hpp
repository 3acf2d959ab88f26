// A small manifest without any problem, and ways to spoil it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cpi/manifest/problem.hpp"
#include "cpi/manifest/yaml_document.hpp"

namespace cpi::manifest::test {

[[nodiscard]] std::string_view good_manifest();

// The good manifest with the one place that reads `from` changed to `to`. Throws when there is
// none, or more than one.
[[nodiscard]] std::string edited(std::string_view from, std::string_view to);

// The document of a text that must be readable.
[[nodiscard]] Document document_of(std::string_view yaml, std::string file = "m.yaml");

// "M101 12:3 /pointer" for each problem.
[[nodiscard]] std::vector<std::string> briefs(const std::vector<Problem> &problems);

[[nodiscard]] std::vector<std::string> codes_of(const std::vector<Problem> &problems);

}  // namespace cpi::manifest::test
