// The reason why a plugin cannot be used, as a message for the user.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "cpi/manifest/problem.hpp"

namespace host {

struct PluginProblem {
  std::string code;            // stable: "P104"; the table is in problem.cpp
  std::string plugin;          // its id, or the stem of its files if the id is unknown
  std::filesystem::path path;  // the file or folder at fault
  std::string found;
  std::string expected;
  std::string advice;                                     // who must act, and how
  std::vector<cpi::manifest::Problem> manifest_problems;  // all of them, with their lines

  // "P104 sendpulse (/opt/…/sendpulse.so): found …; expected …. The plugin's author must …"
  std::string sentence() const;
};

class PluginRefused : public std::runtime_error {
 public:
  explicit PluginRefused(PluginProblem problem);
  const PluginProblem &problem() const noexcept { return problem_; }

 private:
  PluginProblem problem_;
};

}  // namespace host
