// What was counted in a while, and what it cost.
#pragma once

#include <cstdint>

namespace bench {

struct Measured {
  std::uint64_t count = 0;
  double seconds = 0;
  double cpu_seconds = 0;  // user and system, all threads of the process
};

}  // namespace bench
