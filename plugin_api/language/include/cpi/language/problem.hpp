// What is wrong in a manifest, as the compile functions of this library find it.
//
// Every compile function comes twice. The one with a `Problems` notes what is wrong, goes on with a
// neutral part in its place, and so finds everything at once: for whoever checks a manifest. What
// it returns is to be run only where it has noted nothing. The other one is for plugins, and throws
// the first problem as a LanguageError. What is checked is what runs: they are one function.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace cpi {

enum class ProblemKind {
  malformed,           // not as the format has it
  unknown_encoder,     // no encoder of that name
  foreign_host,        // not one of network.allowed_hosts
  matches_everything,  // a rule of `errors` that says nothing of the answer
};

struct LanguageProblem {
  std::string place;  // JSON Pointer into the manifest
  std::string why;    // a phrase about what stands there: "must be an object"
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
  // Throws LanguageError where there is one.
  void throw_first() const;

 private:
  std::vector<LanguageProblem> listed_;  // in the order in which they were found
};

}  // namespace cpi
