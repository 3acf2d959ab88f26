// Compiled templates against the input that fills them. What a template may say is for
// cpi_language alone: what it cannot compile is filed here, and what it reads is looked up in the
// schema of the input.
#pragma once

#include <boost/json/value.hpp>
#include <string_view>
#include <vector>

#include "cpi/language/placement.hpp"
#include "cpi/language/problem.hpp"
#include "findings.hpp"

namespace cpi::manifest {

// What the pointers of a template point into.
struct TemplateInput {
  const boost::json::value *schema = nullptr;  // null: there is no input
  // The member of the scope that holds the input ("input" in triggers); empty: it is the scope.
  std::string_view member;
  // Further members of the scope, about which nothing is known ("search", "gate", "row").
  std::vector<std::string_view> extra;
};

// M311, M318, M319, M341.
void add_problem(Findings &findings, const LanguageProblem &problem);

// M315, M316, M317, M334.
void check_reads(Findings &findings, const std::vector<Read> &reads, const TemplateInput &input);

}  // namespace cpi::manifest
