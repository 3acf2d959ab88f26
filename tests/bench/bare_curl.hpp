// The baseline: libcurl's multi interface and nothing else. It fetches the same answers with the
// same requests, a token for each account, over one HTTP/2 connection, from one thread with reused
// handles and header lists made beforehand, and looks at no byte of what comes.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "measured.hpp"

namespace bench {

struct BareCurl {
  int port = 0;
  std::string ca_file;
  std::vector<std::string> tokens;  // of the accounts, which take turns
  std::size_t in_flight = 64;
  // How long answers may come together before libcurl is called again, as in the host's transport;
  // 0: as in libcurl's manual.
  std::chrono::microseconds gather{0};
};

Measured run(const BareCurl &setting, std::chrono::milliseconds duration);

}  // namespace bench
