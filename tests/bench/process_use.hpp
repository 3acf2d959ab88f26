// What this process has used so far: processor time of all its threads, and resident memory.
#pragma once

#include <cstddef>

namespace bench {

double cpu_seconds();
std::size_t resident_bytes();

}  // namespace bench
