#include "cpi/manifest/problem.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string_view>
#include <vector>

namespace cpi::manifest::test {
namespace {

TEST(Codes, AreUniqueOrderedAndExplained) {
  std::string_view before;
  for (const Code &code : all_codes()) {
    EXPECT_LT(before, code.code);
    before = code.code;
    EXPECT_EQ(code.code.size(), 4U);
    EXPECT_FALSE(code.title.empty());
    if (code.severity != Severity::note) {
      EXPECT_FALSE(code.advice.empty()) << code.code;
    }
    EXPECT_EQ(find_code(code.code), &code);
  }
  EXPECT_EQ(find_code("M999"), nullptr);
  EXPECT_THROW((void)make_problem("M999", ""), std::invalid_argument);
}

TEST(Problem, IsWrittenAsCompilersDo) {
  Problem problem = make_problem("M102", "the key \"a\" is here twice");
  EXPECT_EQ(to_line(problem),
            "manifest: error: M102 the key \"a\" is here twice. "
            "Remove or rename one of the two.");
  problem.file = "m.yaml";
  problem.line = 3;
  problem.column = 5;
  problem.pointer = "/x";
  EXPECT_EQ(to_line(problem),
            "m.yaml:3:5: error: M102 the key \"a\" is here twice (at /x). "
            "Remove or rename one of the two.");
}

TEST(Problem, SortsErrorsFirstThenByPlace) {
  std::vector<Problem> problems(4, make_problem("M203", "w"));
  problems[1] = make_problem("M201", "late");
  problems[1].line = 9;
  problems[2] = make_problem("M201", "early");
  problems[2].line = 2;
  problems[3] = make_problem("M420", "n");
  sort_problems(problems);
  EXPECT_EQ(problems[0].message, "early");
  EXPECT_EQ(problems[1].message, "late");
  EXPECT_EQ(problems[2].message, "w");
  EXPECT_EQ(problems[3].message, "n");
  EXPECT_TRUE(has_errors(problems));
  EXPECT_FALSE(has_errors(std::vector<Problem>{make_problem("M203", "w")}));
}

}  // namespace
}  // namespace cpi::manifest::test
