// Opening: what is made, with which rights, and what is said when it cannot be used.
#include "store/store.hpp"
#include "store/sqlite/sqlite_store.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <latch>
#include <thread>

#include "fixture.hpp"
#include "store/sqlite/database.hpp"

namespace host::test {
namespace {

unsigned mode_of(const std::filesystem::path &path) {
  struct stat found {};
  EXPECT_EQ(::stat(path.c_str(), &found), 0) << path;
  return found.st_mode & 0777U;
}

void expect_refusal(StoreError::Kind kind, const std::filesystem::path &data_dir) {
  try {
    static_cast<void>(SqliteStore(data_dir));
    FAIL() << "was opened";
  } catch (const StoreError &error) {
    EXPECT_EQ(error.kind, kind) << error.what();
    EXPECT_NE(std::string(error.what()).find(data_dir.string()), std::string::npos) << error.what();
  }
}

void overwrite(const std::filesystem::path &file, std::streamoff from, std::size_t size) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(from);
  stream << std::string(size, '\xa5');
}

TEST(OpenStore, OfAKindThatThisHostLacksNamesThoseThatItHas) {
  const Folder folder;
  StoreAddress address(folder.path());
  address.kind = "oracle";
  try {
    open_store(address);
    FAIL();
  } catch (const StoreError &error) {
    EXPECT_THAT(error.what(),
                testing::AllOf(testing::HasSubstr("\"oracle\""), testing::HasSubstr("sqlite")));
  }
  EXPECT_FALSE(examine_store(folder.path()).exists);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Opening, MakesAPrivateFolderAndPrivateFiles) {
  const Folder folder;
  const auto data_dir = folder.path() / "deep" / "er";
  SqliteStore store{data_dir};
  store.add(a_connection());
  EXPECT_EQ(mode_of(data_dir), 0700U);
  for (const char *name : {"connector.db", "connector.db-wal", "connector.db-shm"})
    EXPECT_EQ(mode_of(data_dir / name), 0600U) << name;
}

TEST(Opening, MakesAnOpenFilePrivateAgain) {
  const Folder folder;
  static_cast<void>(SqliteStore(folder.path()));
  std::filesystem::permissions(folder.database(), std::filesystem::perms(0644));
  static_cast<void>(SqliteStore(folder.path()));
  EXPECT_EQ(mode_of(folder.database()), 0600U);
}

TEST(Opening, ReadsBackWhatAnotherConnectionWrote) {
  const Folder folder;
  SqliteStore first{folder.path()};
  SqliteStore second{folder.path()};
  const std::int64_t before = second.data_version();
  EXPECT_EQ(second.data_version(), before);
  first.add(a_connection());
  EXPECT_NE(second.data_version(), before);
  EXPECT_TRUE(second.connection("con_1"));
}

TEST(Opening, ManyThreadsMayMakeItAtOnce) {
  for (int round = 0; round < 10; ++round) {
    const Folder folder;
    constexpr int threads = 8;
    std::latch start(threads);
    std::vector<std::thread> all;
    for (int i = 0; i < threads; ++i) {
      all.emplace_back([&, i] {
        start.arrive_and_wait();
        try {
          SqliteStore(folder.path()).add(a_connection("con_" + std::to_string(i)));
        } catch (const std::exception &error) {
          ADD_FAILURE() << error.what();
        }
      });
    }
    for (std::thread &thread : all) thread.join();
    EXPECT_EQ(SqliteStore(folder.path()).connections().size(), 8U);
  }
}

TEST(Opening, KeepsTheSealCheck) {
  const Folder folder;
  {
    SqliteStore store{folder.path()};
    EXPECT_FALSE(store.seal_check());
    store.set_seal_check({1, 0, 2});
    store.set_seal_check({3, 0, 4});
  }
  EXPECT_EQ(SqliteStore(folder.path()).seal_check(), (Bytes{3, 0, 4}));
}

TEST(Opening, ATextFileIsRefusedAndUntouched) {
  const Folder folder;
  const std::string text(5000, 'x');
  std::ofstream(folder.database()) << text;
  expect_refusal(StoreError::Kind::corrupt, folder.path());
  std::ifstream file(folder.database());
  EXPECT_EQ(std::string((std::istreambuf_iterator<char>(file)), {}), text);
}

TEST(Opening, ADamagedHeaderIsRefused) {
  const Folder folder;
  SqliteStore(folder.path()).add(a_connection());
  overwrite(folder.database(), 0, 4096);
  expect_refusal(StoreError::Kind::corrupt, folder.path());
}

TEST(Opening, DamageInsideIsReportedWhenItIsMet) {
  const Folder folder;
  {
    SqliteStore store{folder.path()};
    for (int i = 0; i < 2000; ++i) store.add(a_connection("con_" + std::to_string(i)));
  }
  const auto size = static_cast<std::size_t>(std::filesystem::file_size(folder.database()));
  overwrite(folder.database(), 4096 * 20, size - static_cast<std::size_t>(4096) * 20);
  try {
    SqliteStore(folder.path()).connections();
    FAIL() << "damage was not noticed";
  } catch (const StoreError &error) {
    EXPECT_EQ(error.kind, StoreError::Kind::corrupt) << error.what();
    EXPECT_NE(std::string(error.what()).find("backup"), std::string::npos);
  }
}

TEST(Opening, AFileInPlaceOfTheFolderIsRefused) {
  const Folder folder;
  std::ofstream(folder.path() / "file").close();
  expect_refusal(StoreError::Kind::missing, folder.path() / "file");
  EXPECT_THROW(SqliteStore(folder.path() / "file" / "below"), StoreError);
}

TEST(Opening, AFolderInPlaceOfTheFileIsRefused) {
  const Folder folder;
  std::filesystem::create_directory(folder.database());
  expect_refusal(StoreError::Kind::io, folder.path());
}

TEST(Opening, ALockedFileIsReportedAsBusy) {
  const Folder folder;
  SqliteStore store{folder.path()};
  Database other(folder.database(), Database::Mode::read_write);
  other.script("BEGIN IMMEDIATE");
  try {
    store.add(a_connection());
    FAIL();
  } catch (const StoreError &error) {
    EXPECT_EQ(error.kind, StoreError::Kind::busy) << error.what();
  }
  other.script("ROLLBACK");
  store.add(a_connection());
}

TEST(Opening, ADeletedFileIsNoticedBeforeTheNextWrite) {
  const Folder folder;
  SqliteStore store{folder.path()};
  const auto aside = folder.path() / "aside";
  std::filesystem::rename(folder.database(), aside);
  try {
    store.add(a_connection());
    FAIL() << "wrote into a file nobody will ever see";
  } catch (const StoreError &error) {
    EXPECT_EQ(error.kind, StoreError::Kind::missing) << error.what();
  }
  std::filesystem::rename(aside, folder.database());
  store.add(a_connection());
  EXPECT_TRUE(store.connection("con_1"));
}

TEST(Opening, AFullDiskIsReportedAndNothingIsHalfWritten) {
  const Folder folder;
  SqliteStore store{folder.path()};
  store.add(a_connection());
  const std::int64_t row = store.add(a_trigger());

  // A file size limit instead of a full disk: it needs no rights, and SQLite sees the same.
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit small = before;
  small.rlim_cur = std::filesystem::file_size(folder.path() / "connector.db-wal") + 20000;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  PollCommit commit = a_poll(row, 0, {"k1"});
  commit.events[0].data = std::string(500000, 'x');
  StoreError::Kind kind{};
  std::string said;
  try {
    store.commit(commit);
  } catch (const StoreError &error) {
    kind = error.kind;
    said = error.what();
  }
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);

  EXPECT_EQ(kind, StoreError::Kind::full) << said;
  EXPECT_NE(said.find("Free some space"), std::string::npos);
  EXPECT_TRUE(store.events({}).empty());
  TriggerRecord trigger;
  store.load_trigger(row, trigger);
  EXPECT_EQ(trigger.cursor_version, 0);
  EXPECT_EQ(store.commit(commit), CommitResult::stored);
  EXPECT_EQ(store.events({}).size(), 1U);
}

TEST_F(StoreTest, SharedReadsSeeOneMomentUntilTheyEnd) {
  SqliteStore reader{folder.path()};
  reader.share_reads();
  TriggerRecord seen;
  ASSERT_TRUE(reader.load_trigger(row, seen));
  EXPECT_EQ(poll({"k1"}), CommitResult::stored);

  ASSERT_TRUE(reader.load_trigger(row, seen));
  EXPECT_EQ(seen.cursor_version, 0);
  reader.end_reads();
  ASSERT_TRUE(reader.load_trigger(row, seen));
  EXPECT_EQ(seen.cursor_version, 1);
  reader.end_reads();
  reader.end_reads();  // there is nothing to end: no harm
}

TEST_F(StoreTest, ATransactionAfterSharedReadsSeesAndWritesThePresent) {
  SqliteStore other{folder.path()};
  other.share_reads();
  TriggerRecord seen;
  ASSERT_TRUE(other.load_trigger(row, seen));
  EXPECT_EQ(poll({"k1"}), CommitResult::stored);

  EXPECT_EQ(other.commit(a_poll(row, 1, {"k2"})), CommitResult::stored);
  ASSERT_TRUE(other.load_trigger(row, seen));
  EXPECT_EQ(seen.cursor_version, 2);
  other.end_reads();
  EXPECT_EQ(poll({"k3"}), CommitResult::stored);
}

TEST_F(StoreTest, ATransactionThatFailsAmongSharedReadsIsUndone) {
  store.share_reads();
  EXPECT_EQ(trigger().cursor_version, 0);
  EXPECT_THROW(store.transaction([&] {
    store.set_connection_label("con_1", "changed");
    throw std::runtime_error("undo");
  }),
               std::runtime_error);
  EXPECT_NE(store.connection("con_1")->label, "changed");
  store.end_reads();
}

// A file system of its own, for those who may mount one.
class Mounted : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::mount("none", folder.path().c_str(), "tmpfs", 0, "size=1m") != 0)
      GTEST_SKIP() << "needs the right to mount";
    mounted_ = true;
  }
  void TearDown() override {
    if (mounted_) ::umount2(folder.path().c_str(), MNT_DETACH);
  }
  Folder folder;

 private:
  bool mounted_ = false;
};

TEST_F(Mounted, AFullFileSystemIsReportedAndRecoveredFrom) {
  SqliteStore store{folder.path()};
  store.add(a_connection());
  const std::int64_t row = store.add(a_trigger());
  std::ofstream(folder.path() / "ballast") << std::string(4U << 20U, 'x');
  PollCommit commit = a_poll(row, 0, {"k1"});
  commit.events[0].data = std::string(100000, 'x');
  try {
    store.commit(commit);
    FAIL() << "there was room";
  } catch (const StoreError &error) {
    EXPECT_EQ(error.kind, StoreError::Kind::full) << error.what();
  }
  EXPECT_TRUE(store.events({}).empty());
  std::filesystem::remove(folder.path() / "ballast");
  EXPECT_EQ(store.commit(commit), CommitResult::stored);
}

TEST_F(Mounted, AReadOnlyFileSystemIsReported) {
  SqliteStore(folder.path()).add(a_connection());
  ASSERT_EQ(::mount("none", folder.path().c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr), 0);
  expect_refusal(StoreError::Kind::io, folder.path());
  expect_refusal(StoreError::Kind::io, folder.path() / "below");
}

}  // namespace
}  // namespace host::test
