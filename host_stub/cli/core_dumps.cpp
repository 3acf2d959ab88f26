#include "cli/core_dumps.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace host::cli {

void forbid_core_dumps() noexcept {
  // Each of the two is enough for most systems: a pattern in core_pattern that begins with a pipe
  // ignores the limit, and setuid dumps (fs.suid_dumpable) ignore the flag.
  constexpr rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

}  // namespace host::cli
