// Why a plugin cannot be used: an ordinary event with a well-worded sentence, not a crash.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "cpi/manifest/problem.hpp"

namespace host {

struct PluginProblem {
  std::string code;            // stable: "P104"; the table is in problem.cpp
  std::string plugin;          // its id, or the stem of its files while the id is not known
  std::filesystem::path path;  // the file or folder at fault
  std::string found;
  std::string expected;
  std::string advice;                                     // who must act, and how
  std::vector<cpi::manifest::Problem> manifest_problems;  // every one of them, with its line

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
