#include "cpi/manifest/check.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cpi/manifest/manifest_schema.hpp"
#include "embedded_schemas.hpp"
#include "findings.hpp"
#include "json_access.hpp"
#include "operation_check.hpp"
#include "removed_members.hpp"

namespace cpi::manifest {
namespace {

constexpr int known_major = 1;
constexpr int known_minor = 0;

bool lies_in(std::string_view pointer, std::string_view outer) {
  return pointer.starts_with(outer) &&
         (pointer.size() == outer.size() || pointer[outer.size()] == '/');
}

// A newer major must not be judged by this version's schema.
bool check_version(Findings &findings) {
  const std::string_view version = text_in(findings.manifest(), "manifest_version");
  int major = known_major;
  int minor = known_minor;
  const char *end = version.data() + version.size();
  const auto dot = std::from_chars(version.data(), end, major).ptr;
  if (dot != end && dot != nullptr && *dot == '.') std::from_chars(dot + 1, end, minor);
  if (major != known_major) {
    findings.add("M202", "/manifest_version",
                 "manifest_version " + std::string(version) +
                     " is unknown; this is a reader of 1." + std::to_string(known_minor));
    return false;
  }
  if (minor > known_minor) {
    findings.add("M203", "/manifest_version",
                 "manifest_version " + std::string(version) + " is newer than this reader's 1." +
                     std::to_string(known_minor));
  }
  return true;
}

void check_format(Findings &findings, const std::vector<EmbeddedSchema> &schemas) {
  const std::optional<json::value> stripped = without_removed_members(findings);
  const json::value &manifest = stripped ? *stripped : findings.root();
  const Violations violations = manifest_schema().validate(manifest, "The manifest");
  for (const Violation &violation : violations.listed) {
    const bool embedded = std::any_of(
        schemas.begin(), schemas.end(),
        [&](const EmbeddedSchema &schema) { return lies_in(violation.pointer, schema.pointer); });
    const bool unknown = violation.keyword == "additionalProperties";
    findings.add(!embedded ? "M201" : unknown ? "M211" : "M210", "", violation);
  }
  if (violations.others > 0) {
    findings.add("M201", "",
                 "there are " + std::to_string(violations.others) +
                     " more places that do not fit, which are not listed");
  }
}

}  // namespace

std::vector<Problem> check(const Document &document) {
  Findings findings(document);
  if (check_version(findings)) {
    const std::vector<EmbeddedSchema> schemas = embedded_schemas(findings.manifest());
    check_format(findings, schemas);
    check_schemas(findings, schemas);
    check_parts(findings);
  }
  std::vector<Problem> problems = std::move(findings).take();
  sort_problems(problems);
  return problems;
}

}  // namespace cpi::manifest
