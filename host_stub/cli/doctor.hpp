// Looks at everything this program depends on and says what to do about what is wrong. It changes
// nothing: no directory, key or database is made, no token is renewed that need not be.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"

namespace host::cli {

enum class Health { ok, warn, fail };

struct CheckResult {
  std::string name;  // "database"
  Health health = Health::ok;
  std::string found;
  std::string advice;  // what to do; empty when all is well
};

std::vector<CheckResult> examine(Context &context);

}  // namespace host::cli
