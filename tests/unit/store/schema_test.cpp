#include "store/sqlite/schema.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "fixture.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace host::test {
namespace {

// A database as the n-th version left it.
void make_version(int version, const std::filesystem::path &file) {
  std::ofstream(file).close();
  Database database(file, Database::Mode::read_write);
  for (int n = 1; n <= version; ++n) {
    std::ifstream source(std::filesystem::path(SCHEMA_FIXTURES) /
                         ("schema_" + std::to_string(n) + ".sql"));
    const std::string sql((std::istreambuf_iterator<char>(source)), {});
    ASSERT_FALSE(sql.empty());
    database.script(sql.c_str());
  }
}

std::int64_t pragma(Database &database, Sql sql) {
  Query row = database.query(sql);
  row.step();
  return row.integer(0);
}

std::vector<std::string> shape(const std::filesystem::path &file) {
  Database database(file, Database::Mode::existing_read_only);
  std::vector<std::string> columns;
  Query row = database.query(
      "SELECT s.type || ' ' || s.name || ': ' || c.name || ' ' || c.type || ' ' || "
      "c.\"notnull\" || c.pk "
      "FROM sqlite_schema AS s, pragma_table_info(s.name) AS c WHERE s.name NOT LIKE 'sqlite_%' "
      "UNION ALL SELECT 'index ' || s.name || ': ' || coalesce(c.name, '') || ' ' || c.seqno "
      "FROM sqlite_schema AS s, pragma_index_info(s.name) AS c WHERE s.type = 'index' "
      "UNION ALL SELECT 'partial ' || name || substr(sql, instr(sql, ' WHERE ')) "
      "FROM sqlite_schema WHERE type = 'index' AND instr(sql, ' WHERE ') > 0 ORDER BY 1");
  while (row.step()) columns.emplace_back(row.text(0));
  return columns;
}

std::vector<std::filesystem::path> backups(const Folder &folder) {
  std::vector<std::filesystem::path> found;
  for (const auto &entry : std::filesystem::directory_iterator(folder.path())) {
    if (entry.path().string().find(".backup") != std::string::npos) found.push_back(entry.path());
  }
  return found;
}

class Schema : public ::testing::Test {
 protected:
  void SetUp() override { make_version(1, folder.database()); }

  // The real history, and a version from the future.
  static std::vector<const char *> with(const char *next) {
    std::vector<const char *> steps(schema_steps().begin(), schema_steps().end());
    steps.push_back(next);
    return steps;
  }
  Folder folder;
};

TEST_F(Schema, Version1StillOpensWithAllItHolds) {
  SqliteStore store{folder.path()};
  EXPECT_EQ(store.connection("con_old")->sealed_tokens, Bytes{0x0b});
  TriggerRecord trigger;
  ASSERT_TRUE(store.load_trigger(3, trigger));
  EXPECT_EQ(trigger.cursor, (Bytes{0xc0, 0xff, 0xee}));
  EXPECT_EQ(trigger.cursor_version, 9);
  EXPECT_EQ(store.event("evt_delivered")->state, EventState::delivered);
  EXPECT_EQ(store.event("evt_pending")->data, R"({"n":6})");
  EXPECT_EQ(store.next_try("stdout"), 9000);
  EXPECT_EQ(store.next_for_sink("stdout", 9000, 10).size(), 1U);
  EXPECT_EQ(store.seal_check(), (Bytes{1, 2}));
  EXPECT_EQ(store.schedule_version(), 4);
  EXPECT_EQ(store.claim({"key", "", "", "", IdempotencyState::running, "", 1})->result,
            R"({"a":1})");
  EXPECT_EQ(store.commit(a_poll(3, 9, {"k5", "k7"})), CommitResult::stored);
  EXPECT_EQ(store.events({}).size(), 3U);
}

TEST(SchemaSteps, Version2StillOpensWithWhatItAdded) {
  const Folder folder;
  make_version(2, folder.database());
  SqliteStore store{folder.path()};
  EXPECT_EQ(store.reserve_rate({"con_old", "campaigns", 1, 10000}, 51000), 9000);
}

TEST(SchemaSteps, Version3StillOpensWithWhatItAdded) {
  const Folder folder;
  make_version(3, folder.database());
  SqliteStore store{folder.path()};
  const std::string webhook = "webhook:https://example.com/#12345678";
  store.set_sinks(std::vector<std::string>{webhook});
  store.enable_sink(webhook);
  EXPECT_EQ(store.next_try(webhook), 8000);
  EXPECT_EQ(store.deliveries(6).at(0).tried_at, 7000);
  EXPECT_EQ(store.release("trg_old"), 1);
  EXPECT_EQ(store.next_for_sink(webhook, 9000, 10).size(), 2U);
  EXPECT_EQ(backups(folder).size(), 1U);
}

TEST(SchemaSteps, Version4StillOpensWithWhatItAdded) {
  const Folder folder;
  make_version(4, folder.database());
  SqliteStore store{folder.path()};
  EXPECT_EQ(backups(folder).size(), 1U);
  EXPECT_NE(store.trigger("trg_old")->refused.find("Wool"), std::string::npos);
  EXPECT_FALSE(store.trigger("trg_old")->requests);
  ASSERT_EQ(store.refused_parts().size(), 1U);
  EXPECT_EQ(store.refused_parts().front().row, 3);
  store.remove_trigger("trg_old");
  EXPECT_TRUE(store.refused_parts().empty());
}

TEST(SchemaSteps, Version5StillOpensWithWhatItAdded) {
  const Folder folder;
  make_version(5, folder.database());
  SqliteStore store{folder.path()};
  EXPECT_EQ(backups(folder).size(), 1U);
  const RequestCounts counts{
      .requests = 10, .polls = 8, .earlier_requests = 300, .earlier_polls = 144, .last = 2};
  EXPECT_EQ(store.requests(3), counts);
  EXPECT_EQ(store.trigger("trg_old")->requests, counts);
  store.remove_trigger("trg_old");
  EXPECT_FALSE(store.requests(3));
}

TEST(SchemaSteps, Version6StillOpensWithWhatItAdded) {
  const Folder folder;
  make_version(6, folder.database());
  SqliteStore store{folder.path()};
  EXPECT_TRUE(backups(folder).empty());
  const auto token = store.token({0x0a, 0x0b});
  ASSERT_TRUE(token);
  EXPECT_EQ(token->name, "backup");
  EXPECT_EQ(token->scope, TokenScope::run);
  EXPECT_EQ(token->last_used_at, 1500);
  ASSERT_TRUE(store.session({0x0c}));
  EXPECT_EQ(store.session({0x0c})->used_at, 1500);
  ASSERT_EQ(store.audit({}).size(), 1U);
  EXPECT_EQ(store.audit({}).front().seq, 7);
}

// As the released version leaves it: events on hold have no row in `deliveries`, and what waits is
// for the active sinks.
TEST(SchemaSteps, WhatWaitedInVersion2IsStillForTheSameSinks) {
  const Folder folder;
  make_version(2, folder.database());
  Database(folder.database(), Database::Mode::read_write)
      .script(
          "INSERT INTO sinks VALUES (2, 'webhook:x', 1, ''), (3, 'file:/old', 0, '');"
          "INSERT INTO deliveries VALUES (6, 2, 3, 'pending', 1, 0, 0, '');"
          "INSERT INTO events VALUES (7, 'evt_held', 3, 'k7', 's7', 2, 6000, 'poll_3', 'held', 0, "
          "'{}')");
  SqliteStore store{folder.path()};
  EXPECT_EQ(backups(folder).size(), 1U);
  store.set_sinks(std::vector<std::string>{"stdout"});  // a run that does not name the webhook
  EXPECT_EQ(store.release("trg_old"), 1);
  store.delivered("stdout", std::vector<std::int64_t>{6, 7}, 9000);
  EXPECT_EQ(store.event("evt_pending")->state, EventState::pending);
  store.set_sinks(std::vector<std::string>{"webhook:x"});
  const auto waiting = store.next_for_sink("webhook:x", 9000, 10);
  ASSERT_EQ(waiting.size(), 2U);
  EXPECT_EQ(waiting[0].id, "evt_pending");
  EXPECT_EQ(waiting[1].id, "evt_held");
  EXPECT_EQ(store.count_undelivered("file:/old"), 0);
}

TEST_F(Schema, AMigratedOneHasTheShapeOfANewOne) {
  static_cast<void>(SqliteStore(folder.path()));
  const Folder fresh;
  static_cast<void>(SqliteStore(fresh.path()));
  EXPECT_EQ(shape(folder.database()), shape(fresh.database()));
}

TEST_F(Schema, AnOlderOneIsMigratedAfterABackup) {
  Database database(folder.database(), Database::Mode::read_write);
  const std::int64_t before = pragma(database, "PRAGMA user_version");
  migrate(database, with("ALTER TABLE triggers ADD COLUMN added INTEGER DEFAULT 42"));
  EXPECT_EQ(pragma(database, "PRAGMA user_version"),
            static_cast<std::int64_t>(schema_steps().size()) + 1);
  EXPECT_EQ(pragma(database, "SELECT added FROM triggers WHERE row = 3"), 42);

  const auto copies = backups(folder);
  ASSERT_EQ(copies.size(), 1U);
  EXPECT_EQ(copies[0], folder.database().string() + ".schema-1.backup");
  struct stat found {};
  ASSERT_EQ(::stat(copies[0].c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  Database copy(copies[0], Database::Mode::existing_read_only);
  EXPECT_EQ(pragma(copy, "PRAGMA user_version"), before);
  EXPECT_EQ(pragma(copy, "SELECT cursor_version FROM triggers WHERE row = 3"), 9);
}

TEST_F(Schema, TheBackupHoldsWhatIsStillInTheWriteAheadLog) {
  SqliteStore live{folder.path()};  // keeps the log from being folded in
  live.set_connection_label("con_old", "written last");
  Database database(folder.database(), Database::Mode::read_write);
  migrate(database, with("SELECT 1"));
  const std::string name =
      folder.database().string() + ".schema-" + std::to_string(schema_steps().size()) + ".backup";
  Database copy(name, Database::Mode::existing_read_only);
  EXPECT_EQ(pragma(copy, "SELECT count(*) FROM connections WHERE label = 'written last'"), 1);
}

TEST_F(Schema, AFailingMigrationLeavesTheOldOneWhole) {
  Database database(folder.database(), Database::Mode::read_write);
  const auto before = shape(folder.database());
  EXPECT_THROW(migrate(database, with("CREATE TABLE half (a); DROP TABLE nowhere")), StoreError);
  EXPECT_EQ(shape(folder.database()), before);
  EXPECT_EQ(pragma(database, "PRAGMA user_version"), 1);
  migrate(database, with("CREATE TABLE whole (a)"));  // a later try has another backup's name
  EXPECT_EQ(backups(folder).size(), 2U);
}

TEST_F(Schema, ANewerOneIsRefusedAndUntouched) {
  {
    Database database(folder.database(), Database::Mode::read_write);
    database.script("PRAGMA user_version = 99");
  }
  try {
    static_cast<void>(SqliteStore(folder.path()));
    FAIL();
  } catch (const StoreError &error) {
    EXPECT_EQ(error.kind, StoreError::Kind::newer_schema);
    const std::string said = error.what();
    EXPECT_NE(said.find(folder.database().string()), std::string::npos) << said;
    EXPECT_NE(said.find("99"), std::string::npos) << said;
    EXPECT_NE(said.find("Update the program"), std::string::npos) << said;
  }
  EXPECT_TRUE(backups(folder).empty());
  Database database(folder.database(), Database::Mode::read_write);
  EXPECT_EQ(pragma(database, "PRAGMA user_version"), 99);
  EXPECT_EQ(pragma(database, "SELECT count(*) FROM events"), 2);
}

TEST_F(Schema, AnotherProgramsDatabaseIsRefusedAndUntouched) {
  std::filesystem::remove(folder.database());
  std::ofstream(folder.database()).close();
  Database(folder.database(), Database::Mode::read_write).script("CREATE TABLE theirs (a)");
  try {
    static_cast<void>(SqliteStore(folder.path()));
    FAIL();
  } catch (const StoreError &error) {
    EXPECT_EQ(error.kind, StoreError::Kind::corrupt);
  }
  EXPECT_EQ(shape(folder.database()).size(), 1U);
}

TEST(SchemaSteps, EveryStepHasItsFixture) {
  // Whoever adds step n also adds schema_n.sql and a test that opens it.
  for (std::size_t n = 1; n <= schema_steps().size(); ++n) {
    EXPECT_TRUE(std::filesystem::exists(std::filesystem::path(SCHEMA_FIXTURES) /
                                        ("schema_" + std::to_string(n) + ".sql")));
  }
}

}  // namespace
}  // namespace host::test
