#include "cpi/language/problem.hpp"

#include <utility>

namespace cpi {

LanguageError::LanguageError(LanguageProblem of)
    : std::invalid_argument(of.place + ": " + of.why), problem(std::move(of)) {}

void Problems::add(std::string place, std::string why, ProblemKind kind) {
  listed_.push_back({std::move(place), std::move(why), kind});
}

void Problems::throw_first() const {
  if (!listed_.empty()) throw LanguageError(listed_.front());
}

}  // namespace cpi
