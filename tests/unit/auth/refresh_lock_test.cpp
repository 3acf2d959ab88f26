#include "auth/refresh_lock.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "data_folder.hpp"
#include "store/store.hpp"

namespace host {
namespace {

TEST(RefreshLockTest, OneAtATimeForEachConnection) {
  const test::DataFolder folder;
  const RefreshLocks mine(folder.path());
  const RefreshLocks theirs(folder.path());
  {
    const auto held = mine.try_lock("con_1");
    ASSERT_TRUE(held);
    EXPECT_FALSE(theirs.try_lock("con_1"));
    EXPECT_TRUE(theirs.try_lock("con_2"));
    EXPECT_FALSE(theirs.try_lock_all());
  }
  EXPECT_TRUE(theirs.try_lock("con_1"));
}

TEST(RefreshLockTest, AllOfThem) {
  const test::DataFolder folder;
  const RefreshLocks mine(folder.path());
  const RefreshLocks theirs(folder.path());
  {
    const auto held = mine.try_lock_all();
    ASSERT_TRUE(held);
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(theirs.try_lock("con_" + std::to_string(i)));
  }
  EXPECT_TRUE(theirs.try_lock_all());
}

TEST(RefreshLockTest, EndsWithItsProcess) {
  const test::DataFolder folder;
  const RefreshLocks mine(folder.path());
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const RefreshLocks theirs(folder.path());
    const auto held = theirs.try_lock("con_1");
    const char done = held ? 'y' : 'n';
    if (::write(ready[1], &done, 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  char done = 0;
  ASSERT_EQ(::read(ready[0], &done, 1), 1);
  EXPECT_EQ(done, 'y');
  EXPECT_FALSE(mine.try_lock("con_1"));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(mine.try_lock("con_1"));
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST(RefreshLockTest, AFolderThatIsNotThereIsNamed) {
  try {
    const RefreshLocks locks("/nowhere/at/all");
    FAIL();
  } catch (const StoreError &error) {
    EXPECT_EQ(error.kind, StoreError::Kind::io);
    EXPECT_NE(std::string(error.what()).find("/nowhere/at/all"), std::string::npos);
  }
}

}  // namespace
}  // namespace host
