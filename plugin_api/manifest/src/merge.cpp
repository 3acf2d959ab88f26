#include "cpi/manifest/merge.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cpi/json/pointer.hpp"
#include "json_access.hpp"

namespace cpi::manifest {
namespace {

constexpr std::array<std::string_view, 7> concatenated = {
    "rate_limits", "errors", "lookups", "triggers", "actions", "limitations", "omissions"};

// The order of the top level in a merged document, whatever the order of the parts.
constexpr std::array<std::string_view, 20> top_level = {
    "manifest_version", "id",      "version", "title",       "summary",
    "description",      "icon",    "links",   "library",     "network",
    "rate_limits",      "auth",    "errors",  "limitations", "omissions",
    "triggers",         "actions", "lookups", "probe",       "$defs"};

json::object in_order(json::object members) {
  json::object ordered;
  for (const std::string_view key : top_level) {
    if (json::value *value = members.if_contains(key)) ordered.emplace(key, std::move(*value));
  }
  for (auto &[key, value] : members) {
    const std::string_view name(key.data(), key.size());
    if (!ordered.contains(name)) ordered.emplace(name, std::move(value));
  }
  return ordered;
}

class Merger {
 public:
  Merger() { result_.document.value = json::object(); }

  void add(const Document &part) {
    if (!part.value.is_object()) {
      report(part, "M121", "", "a part must be a map");
      return;
    }
    if (!result_.document.map.contains("")) {
      Location root = part.map.locate("");
      root.file = result_.document.map.add_file(std::string(part.map.file_name(root.file)));
      result_.document.map.set("", root);
    }
    merge_objects(part, part.value.get_object(), "", result_.document.value.get_object());
  }

  MergeResult take() && {
    sort_problems(result_.problems);
    result_.document.value = in_order(std::move(result_.document.value.get_object()));
    return std::move(result_);
  }

 private:
  void merge_objects(const Document &part, const json::object &from, const std::string &pointer,
                     json::object &into) {
    for (const auto &[key, value] : from) {
      const std::string_view name(key.data(), key.size());
      const std::string place = pointer_join(pointer, name);
      json::value *present = into.if_contains(name);
      if (present == nullptr) {
        into.emplace(name, value);
        result_.document.map.adopt(part.map, place, place);
      } else if (present->is_object() && value.is_object()) {
        merge_objects(part, value.get_object(), place, present->get_object());
      } else if (present->is_array() && value.is_array() && concatenates(pointer, name)) {
        append(part, value.get_array(), place, present->get_array());
      } else if (present->is_structured() != value.is_structured() ||
                 (value.is_structured() && present->kind() != value.kind())) {
        report(part, "M121", place,
               "\"" + std::string(name) + "\" has another kind in " + place_of(place));
      } else {
        report(part, "M120", place,
               "\"" + std::string(name) + "\" is already defined in " + place_of(place));
      }
    }
  }

  static bool concatenates(std::string_view pointer, std::string_view key) {
    return pointer.empty() &&
           std::find(concatenated.begin(), concatenated.end(), key) != concatenated.end();
  }

  void append(const Document &part, const json::array &from, const std::string &place,
              json::array &into) {
    for (std::size_t i = 0; i < from.size(); ++i) {
      result_.document.map.adopt(part.map, pointer_join(place, i),
                                 pointer_join(place, into.size()));
      into.push_back(from[i]);
    }
  }

  [[nodiscard]] std::string place_of(const std::string &pointer) const {
    const Location location = result_.document.map.locate(pointer);
    return std::string(result_.document.map.file_name(location.file)) + " line " +
           std::to_string(location.line);
  }

  void report(const Document &part, std::string_view code, const std::string &pointer,
              std::string message) {
    Problem problem = make_problem(code, std::move(message));
    const Location location = part.map.locate(pointer);
    problem.pointer = pointer;
    problem.file = part.map.file_name(location.file);
    problem.line = location.line;
    problem.column = location.column;
    result_.problems.push_back(std::move(problem));
  }

  MergeResult result_;
};

}  // namespace

MergeResult merge(std::span<const Document> parts) {
  Merger merger;
  for (const Document &part : parts) merger.add(part);
  return std::move(merger).take();
}

}  // namespace cpi::manifest
