#include "plan_check.hpp"

#include <boost/json/object.hpp>
#include <utility>

#include "cpi/language/problem.hpp"
#include "cpi/sdk/connector.hpp"

namespace cpi::manifest {

std::vector<Problem> check_plans(const Document &document) {
  std::vector<Problem> found;
  const Problems problems = Connector::problems_in(document.value.as_object());
  for (const LanguageProblem &each : problems.listed()) {
    Problem problem = make_problem("M337", each.why);
    const Location place = document.map.locate(each.place);
    problem.pointer = each.place;
    problem.file = document.map.file_name(place.file);
    problem.line = place.line;
    problem.column = place.column;
    found.push_back(std::move(problem));
  }
  return found;
}

}  // namespace cpi::manifest
