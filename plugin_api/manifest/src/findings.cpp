#include "findings.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json_access.hpp"

namespace cpi::manifest {

Findings::Findings(const Document &document)
    : document_(document),
      manifest_(document.value.is_object() ? document.value.get_object() : none_),
      defs_(object_in(manifest_, "$defs") != nullptr ? *object_in(manifest_, "$defs") : none_) {}

void Findings::add(std::string_view code, const std::string &pointer, std::string message) {
  Problem problem = make_problem(code, std::move(message));
  const Location place = document_.map.locate(pointer);
  problem.pointer = pointer;
  problem.file = document_.map.file_name(place.file);
  problem.line = place.line;
  problem.column = place.column;
  // A definition is reached on many ways.
  const bool known = std::any_of(problems_.begin(), problems_.end(), [&](const Problem &other) {
    return other.code == problem.code && other.pointer == problem.pointer &&
           other.message == problem.message;
  });
  if (!known) problems_.push_back(std::move(problem));
}

void Findings::add(std::string_view code, const std::string &pointer, const Violation &violation) {
  // What is missing has no line of its own: the object has, in which it should be.
  const bool missing = violation.keyword == "required" || violation.keyword == "dependencies";
  const std::string_view at = violation.pointer;
  std::string message = violation.message;
  if (message.ends_with('.')) message.pop_back();
  add(code, pointer + std::string(missing ? at.substr(0, at.rfind('/')) : at), std::move(message));
}

bool Findings::broken(std::string_view pointer) const {
  return std::any_of(problems_.begin(), problems_.end(), [&](const Problem &problem) {
    const std::string_view at = problem.pointer;
    return problem.severity == Severity::error && at.starts_with(pointer) &&
           (at.size() == pointer.size() || at[pointer.size()] == '/');
  });
}

std::vector<Problem> Findings::take() && {
  return std::move(problems_);
}

}  // namespace cpi::manifest
