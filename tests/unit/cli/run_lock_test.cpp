#include "cli/run_lock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <optional>

#include "../temporary_folder.hpp"
#include "cli/failure.hpp"

namespace host::cli {
namespace {

using testing::HasSubstr;

TEST(RunLock, TellsTheSecondOneWhoIsThere) {
  const TemporaryFolder folder;
  EXPECT_FALSE(run_owner(folder.path()));
  std::optional<RunLock> first(std::in_place, folder.path());
  const auto owner = run_owner(folder.path());
  ASSERT_TRUE(owner);
  EXPECT_EQ(owner->pid, ::getpid());
  EXPECT_GT(owner->since_unix_ms, 0);
  try {
    const RunLock second(folder.path());
    ADD_FAILURE() << "two of them";
  } catch (const CommandFailure &failure) {
    EXPECT_EQ(failure.exit, ExitCode::try_again);
    EXPECT_THAT(failure.error.message, HasSubstr("process " + std::to_string(::getpid())));
    EXPECT_THAT(failure.error.message, HasSubstr("since 20"));
  }
  first.reset();
  EXPECT_FALSE(run_owner(folder.path()));
  const RunLock third(folder.path());
}

TEST(RunLock, DoesWithoutReadableDetails) {
  const TemporaryFolder folder;
  const RunLock first(folder.path());
  (void)folder.file("run.lock", "garbage");
  EXPECT_EQ(run_owner(folder.path())->pid, 0);
  EXPECT_THROW(RunLock(folder.path()), CommandFailure);
}

TEST(RunLock, SaysWhatIsWrongWithTheFolder) {
  try {
    const RunLock lock("/does/not/exist");
    ADD_FAILURE();
  } catch (const CommandFailure &failure) {
    EXPECT_EQ(failure.exit, ExitCode::io);
  }
}

}  // namespace
}  // namespace host::cli
