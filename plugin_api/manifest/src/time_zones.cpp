#include "cpi/manifest/time_zones.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "json_access.hpp"
#include "schema_view.hpp"

namespace cpi::manifest {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 3> readings{{
    {"account", "in the account's time zone"},
    {"undocumented", "time zone not documented"},
    {"instant", "an instant"},
}};

void note_times(const json::value &schema, const json::object &defs, const std::string &parent,
                int depth, std::vector<std::string> &out) {
  constexpr int deepest = 8;
  const json::value *found = dereference(&schema, defs);
  const json::object *rules = found == nullptr ? nullptr : found->if_object();
  if (rules == nullptr || depth > deepest) return;
  const auto *reading = std::ranges::find(readings, text_in(*rules, "x-zone"),
                                          &decltype(readings)::value_type::first);
  if (reading != readings.end()) {
    std::string line = parent + " (" + std::string(reading->second) + ")";
    if (std::ranges::find(out, line) == out.end()) out.push_back(std::move(line));
  }
  if (const json::object *properties = object_in(*rules, "properties")) {
    for (const auto &[key, inner] : *properties) {
      const std::string name(key);
      note_times(inner, defs, parent.empty() ? name : parent + "." + name, depth + 1, out);
    }
  }
  if (const json::value *items = rules->if_contains("items")) {
    note_times(*items, defs, parent, depth + 1, out);
  }
}

}  // namespace

std::string zone_sentence(const json::object &field, std::string_view service) {
  const std::string_view zone = text_in(field, "x-zone");
  const std::string name(service);
  if (zone == "account") {
    return name +
           " reads it in the account's time zone; a time with an offset is converted to that zone.";
  }
  if (zone == "undocumented") {
    std::string text = name + " does not document its time zone";
    if (text_in(field, "format") == "date-time-local") {
      text +=
          "; a time with an offset is accepted only if the account's clocks have that offset then";
    }
    return text + ".";
  }
  if (zone == "instant") return "Sent as an instant, whatever its time zone.";
  return {};
}

std::vector<std::string> times_of(const json::value &schema, const json::object &defs) {
  std::vector<std::string> out;
  note_times(schema, defs, "", 0, out);
  return out;
}

}  // namespace cpi::manifest
