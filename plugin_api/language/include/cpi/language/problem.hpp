// The problems that the compile functions of this library find in a manifest.
//
// Every compile function has two forms. The form with a `Problems` is for checkers: it records each
// problem and continues with a neutral part in its place, so it finds all problems at once. Its
// result may only be run if it recorded none. The other form is for plugins, and throws the first
// problem as a LanguageError. Both share one implementation, so the checked manifest is the one
// that runs.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace cpi {

enum class ProblemKind {
  malformed,           // not as the format requires
  unknown_encoder,     // an unknown encoder
  foreign_host,        // not one of network.allowed_hosts
  matches_everything,  // a rule of `errors` without a condition
  irreversible,        // a write of a probe that could not be taken back (probe_writes.hpp)
};

struct LanguageProblem {
  std::string place;  // JSON Pointer into the manifest
  std::string why;    // a phrase about the value there: "must be an object"
  ProblemKind kind = ProblemKind::malformed;
};

// what() is "<place>: <why>".
struct LanguageError : std::invalid_argument {
  explicit LanguageError(LanguageProblem of);

  LanguageProblem problem;
};

class Problems {
 public:
  void add(std::string place, std::string why, ProblemKind kind = ProblemKind::malformed);

  const std::vector<LanguageProblem> &listed() const noexcept { return listed_; }
  bool empty() const noexcept { return listed_.empty(); }
  // Throws LanguageError if there is a problem.
  void throw_first() const;

 private:
  std::vector<LanguageProblem> listed_;  // in the order of discovery
};

}  // namespace cpi
