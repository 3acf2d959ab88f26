#include "plugins/problem.hpp"

#include <utility>

namespace host {

std::string PluginProblem::sentence() const {
  std::string out = code + ' ' + plugin + " (" + path.string() + "): found " + found +
                    "; expected " + expected + ". " + advice;
  for (const auto &problem : manifest_problems) out += "\n  " + cpi::manifest::to_line(problem);
  return out;
}

PluginRefused::PluginRefused(PluginProblem problem)
    : std::runtime_error(problem.sentence()), problem_(std::move(problem)) {}

}  // namespace host
