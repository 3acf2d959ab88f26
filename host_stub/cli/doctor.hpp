// Checks everything this program depends on, with advice for each problem. It changes nothing: it
// creates no directory, key or database, and renews a token only when that is due.
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
  std::string advice;  // what to do; empty without a problem
};

std::vector<CheckResult> examine(Context &context);

}  // namespace host::cli
