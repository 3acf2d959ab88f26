// Problems of a manifest: one stable code for each check, and a place for each problem.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cpi::manifest {

// A manifest with an error is refused; warnings and notes are only shown.
enum class Severity : std::uint8_t { error, warning, note };

// One row of the table of codes. A code never changes its meaning; a removed check leaves a gap.
struct Code {
  std::string_view code;  // "M101"
  Severity severity;
  std::string_view title;   // what the check is about
  std::string_view advice;  // what to do
};

// All codes, in order.
[[nodiscard]] std::span<const Code> all_codes() noexcept;

// The row of `code`; null if there is none.
[[nodiscard]] const Code *find_code(std::string_view code) noexcept;

struct Problem {
  std::string code;
  Severity severity = Severity::error;
  std::string pointer;  // JSON Pointer into the document; "" is its root
  std::string file;
  std::uint32_t line = 0;  // from 1; 0 when unknown
  std::uint32_t column = 0;
  std::string message;  // what is wrong, with the names in question; never a secret
  std::string advice;   // what to do about it
};

// A problem whose severity and advice come from the table. `code` must be in it.
[[nodiscard]] Problem make_problem(std::string_view code, std::string message);

// True when at least one problem is an error.
[[nodiscard]] bool has_errors(std::span<const Problem> problems) noexcept;

// Errors first, then warnings, then notes; within each by file, line, column and code.
void sort_problems(std::vector<Problem> &problems);

// As compilers write it: "file:line:col: error: M101 message (at /pointer). Advice".
[[nodiscard]] std::string to_line(const Problem &problem);

std::ostream &operator<<(std::ostream &out, const Problem &problem);

}  // namespace cpi::manifest
