#include "cli/core_dumps.hpp"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace host::cli {
namespace {

// In a child: the tests themselves may leave core dumps.
TEST(CoreDumps, AreForbiddenByTheLimitAndByTheFlag) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    forbid_core_dumps();
    rlimit limit{1, 1};
    const bool limited =
        ::getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0 && limit.rlim_max == 0;
    const bool untraceable = ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
    ::_exit((limited ? 1 : 0) + (untraceable ? 2 : 0));
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 3);
}

}  // namespace
}  // namespace host::cli
