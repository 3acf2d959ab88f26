#include "zone_check.hpp"

#include <boost/json/value.hpp>
#include <string_view>

#include "cpi/json/pointer.hpp"
#include "json_access.hpp"

namespace cpi::manifest {
namespace {

bool zone_is_readable(const Findings &findings) {
  const json::object *auth = object_in(findings.manifest(), "auth");
  const json::object *test = auth == nullptr ? nullptr : object_in(*auth, "test");
  return test != nullptr && test->contains("time_zone");
}

// Each stamp with an offset has its instant beside it.
void check_instants(Findings &findings, const json::object &properties,
                    const std::string &pointer) {
  for (const auto &[key, value] : properties) {
    const json::object *field = value.if_object();
    if (field == nullptr || text_in(*field, "x-zone") != "offset") continue;
    const std::string instant = std::string(key) + "_instant";
    const json::object *beside = object_in(properties, instant);
    if (beside == nullptr || text_in(*beside, "format") != "date-time") {
      findings.add("M339", pointer_join(pointer_join(pointer, key), "x-zone"),
                   "there is no member \"" + instant + "\" of format date-time beside it");
    }
  }
}

}  // namespace

void check_zone(Findings &findings, const json::object &rules, const std::string &pointer,
                SchemaRole role) {
  const std::string_view format = text_in(rules, "format");
  const std::string_view zone = text_in(rules, "x-zone");
  const bool local = format == "date-time-local";
  const std::string place = pointer_join(pointer, "x-zone");
  if (zone.empty() && role != SchemaRole::output && (local || format == "date")) {
    findings.add("M338", pointer, "it is not declared how the service reads this time");
  }
  if (format == "date-time" && (zone == "account" || zone == "undocumented")) {
    findings.add("M339", place, "a time of format date-time has its own offset");
  }
  if (local && (zone == "instant" || zone == "offset")) {
    findings.add("M339", place, "a time of format date-time-local is a clock of the account");
  }
  if (local && !zone.empty() && !zone_is_readable(findings)) {
    findings.add("M339", place, "auth.test has no time_zone that offsets can be compared with");
  }
  if (zone == "offset" && role == SchemaRole::input) {
    findings.add("M339", place, "only outputs have stamps");
  }
  if (const json::object *properties = object_in(rules, "properties")) {
    check_instants(findings, *properties, pointer_join(pointer, "properties"));
  }
}

}  // namespace cpi::manifest
