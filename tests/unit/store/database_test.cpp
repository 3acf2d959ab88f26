#include "store/sqlite/database.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <stdexcept>

#include "fixture.hpp"

namespace host::test {
namespace {

class Databases : public ::testing::Test {
 protected:
  static std::filesystem::path empty_file(const std::filesystem::path &path) {
    std::ofstream(path).close();
    return path;
  }
  std::int64_t count() {
    Query row = database.query("SELECT count(*) FROM t");
    row.step();
    return row.integer(0);
  }
  void SetUp() override { database.script("CREATE TABLE t (n INTEGER, s TEXT, b BLOB)"); }

  Folder folder;
  Database database{empty_file(folder.database()), Database::Mode::read_write};
};

TEST_F(Databases, BindsAndReadsEveryKind) {
  const std::string text("a\0b", 3);
  const Bytes bytes = {0, 255, 0};
  EXPECT_EQ(database.run("INSERT INTO t VALUES (?1, ?2, ?3)", INT64_MIN, text, bytes), 1);
  Query row = database.query("SELECT n, s, b, length(s) IS NULL FROM t");
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.integer(0), INT64_MIN);
  EXPECT_EQ(row.text(1), text);
  Bytes read;
  row.read(2, read);
  EXPECT_EQ(read, bytes);
  EXPECT_FALSE(row.boolean(3));
  EXPECT_FALSE(row.step());
}

TEST_F(Databases, AnEmptyValueIsNotNull) {
  database.run("INSERT INTO t VALUES (0, ?1, ?2)", std::string_view(), Bytes());
  EXPECT_TRUE(database.query("SELECT 1 FROM t WHERE s = '' AND b IS NOT NULL").step());
}

TEST_F(Databases, AQueryKeepsATemporaryItWasGiven) {
  database.run("INSERT INTO t VALUES (1, ?1, NULL)", std::string(100, 'x'));
  Query row = database.query("SELECT n FROM t WHERE s = ?1", std::string(100, 'x'));
  const std::string noise(100, 'y');
  EXPECT_TRUE(row.step());
}

TEST_F(Databases, TheSameStatementCanBeInUseTwice) {
  for (int i = 0; i < 3; ++i) database.run("INSERT INTO t VALUES (?1, '', NULL)", i);
  const auto rows = [this] { return database.query("SELECT n FROM t"); };
  int pairs = 0;
  Query outer = rows();
  while (outer.step()) {
    Query inner = rows();
    while (inner.step()) ++pairs;
  }
  EXPECT_EQ(pairs, 9);
}

TEST_F(Databases, AnExceptionUndoesTheTransaction) {
  EXPECT_THROW(database.transaction([&] {
    database.run("INSERT INTO t VALUES (1, '', NULL)");
    throw std::runtime_error("x");
  }),
               std::runtime_error);
  EXPECT_EQ(count(), 0);
}

TEST_F(Databases, AnInnerExceptionUndoesTheInnerPartOnly) {
  database.transaction([&] {
    database.run("INSERT INTO t VALUES (1, '', NULL)");
    try {
      database.transaction([&] {
        database.run("INSERT INTO t VALUES (2, '', NULL)");
        database.transaction([&] { database.run("INSERT INTO t VALUES (3, '', NULL)"); });
        throw std::runtime_error("x");
      });
    } catch (const std::runtime_error &) {
      database.run("INSERT INTO t VALUES (4, '', NULL)");
    }
  });
  Query row = database.query("SELECT group_concat(n) FROM t");
  row.step();
  EXPECT_EQ(row.text(0), "1,4");
}

TEST_F(Databases, NothingIsWrittenOnceSqliteHasRolledBackByItself) {
  EXPECT_THROW(database.transaction([&] {
    database.run("INSERT INTO t VALUES (1, '', NULL)");
    database.script("ROLLBACK");  // as SQLite does when the disk is full
    database.run("INSERT INTO t VALUES (2, '', NULL)");
  }),
               StoreError);
  EXPECT_EQ(count(), 0);
  database.transaction([&] { database.run("INSERT INTO t VALUES (3, '', NULL)"); });
  EXPECT_EQ(count(), 1);
}

TEST_F(Databases, ABadStatementNamesTheFileAndTheReason) {
  try {
    database.run("INSERT INTO nowhere VALUES (1)");
    FAIL();
  } catch (const StoreError &error) {
    EXPECT_NE(std::string(error.what()).find(folder.database().string()), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("nowhere"), std::string::npos);
  }
}

}  // namespace
}  // namespace host::test
