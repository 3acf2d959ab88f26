// The baseline: libcurl's multi interface and nothing else. It fetches the same answers over
// HTTP/2, with the same header sizes, from one thread with reused handles, and looks at no byte of
// them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace bench {

struct Measured {
  std::uint64_t count = 0;
  double seconds = 0;
  double cpu_seconds = 0;
};

Measured bare_curl(int port, const std::string &ca_file, const std::string &authorization,
                   std::size_t in_flight, std::chrono::milliseconds duration);

}  // namespace bench
