// kill -9 in the middle of commits: whatever the moment, the database is whole, and cursor, events
// and deliveries tell the same story.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <future>
#include <random>
#include <thread>

#include "fixture.hpp"
#include "store/committer.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace host::test {
namespace {

constexpr int events_per_poll = 3;
constexpr int triggers = 5;

// Never returns. The cursor's version counts the polls, and a poll's events are named by it. Each
// acknowledged poll is told through the pipe, as one byte.
[[noreturn]] void poll_until_killed(const std::filesystem::path &data_dir, int acknowledge) {
  SqliteStore store{data_dir};
  Committer committer(data_dir, [](const StoreError &) { std::_Exit(2); });
  const auto all = store.triggers();
  std::vector<std::int64_t> versions;
  for (const TriggerRecord &trigger : all) versions.push_back(trigger.cursor_version);
  for (;;) {
    std::vector<std::future<void>> waiting;
    for (std::size_t i = 0; i < all.size(); ++i) {
      std::vector<std::string> keys;
      for (int n = 0; n < events_per_poll; ++n)
        keys.push_back(std::to_string(versions[i]) + "-" + std::to_string(n));
      auto done = std::make_shared<std::promise<void>>();
      waiting.push_back(done->get_future());
      committer.commit(a_poll(all[i].row, versions[i]++, keys),
                       [done, acknowledge](CommitResult result, const StoreError *) {
                         if (result != CommitResult::stored) std::_Exit(3);
                         if (::write(acknowledge, "x", 1) != 1) std::_Exit(4);
                         done->set_value();
                       });
    }
    committer.write([](Store &inside) {
      const auto next = inside.next_for_sink("a", 1, 2);
      std::vector<std::int64_t> seqs;
      for (const EventRecord &event : next) seqs.push_back(event.seq);
      inside.delivered("a", seqs, 1);
    });
    for (auto &answer : waiting) answer.wait();
  }
}

std::int64_t number(Database &database, Sql sql) {
  Query row = database.query(sql);
  row.step();
  return row.integer(0);
}

std::int64_t polls_stored(const std::filesystem::path &file) {
  Database database(file, Database::Mode::read_write);
  return number(database, "SELECT sum(cursor_version) FROM triggers");
}

void expect_whole(const std::filesystem::path &file) {
  Database database(file, Database::Mode::read_write);
  {
    Query check = database.query("PRAGMA integrity_check");
    ASSERT_TRUE(check.step());
    ASSERT_EQ(check.text(0), "ok");
  }
  EXPECT_FALSE(database.query("PRAGMA foreign_key_check").step());
  EXPECT_EQ(number(database,
                   "SELECT count(*) FROM triggers AS t WHERE cursor_version * 3 <> "
                   "(SELECT count(*) FROM events WHERE trigger_row = t.row)"),
            0);
  EXPECT_EQ(number(database, "SELECT count(*) FROM events"),
            number(database, "SELECT count(*) FROM deliveries"));
  EXPECT_EQ(number(database,
                   "SELECT count(*) FROM events JOIN deliveries USING (seq) "
                   "WHERE events.state <> deliveries.state"),
            0);
  EXPECT_EQ(number(database,
                   "SELECT count(*) FROM deliveries AS d WHERE head <> (state = 'pending' AND "
                   "seq = (SELECT min(seq) FROM deliveries WHERE state = 'pending' AND "
                   "trigger_row = d.trigger_row))"),
            0)
      << "every lane has its oldest as head";
}

TEST(Crash, KillingTheHostInTheMiddleOfCommitsLosesAndInventsNothing) {
  const auto seed = static_cast<std::uint32_t>(std::random_device()());
  std::printf("seed %u\n", seed);
  std::mt19937 random(seed);
  const Folder folder;
  {
    SqliteStore store{folder.path()};
    store.add(a_connection());
    for (int i = 0; i < triggers; ++i) store.add(a_trigger("trg_" + std::to_string(i)));
    store.set_sinks(std::vector<std::string>{"a"});
  }
  std::int64_t acknowledged = 0;
  for (int round = 0; round < 50; ++round) {
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(pipe[0]);
      poll_until_killed(folder.path(), pipe[1]);
    }
    ::close(pipe[1]);
    // Counted from its first commit, or a slow start would take all the rounds.
    std::array<char, 4096> bytes{};
    acknowledged += ::read(pipe[0], bytes.data(), 1);
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 20000));
    ::kill(child, SIGKILL);
    for (ssize_t got = 1; got > 0; acknowledged += got)
      got = ::read(pipe[0], bytes.data(), bytes.size());
    ::close(pipe[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child failed by itself: " << WEXITSTATUS(status);

    ASSERT_NO_FATAL_FAILURE(expect_whole(folder.database())) << "round " << round;
    // What was acknowledged is there; at most one more group was on its way.
    const std::int64_t stored = polls_stored(folder.database());
    ASSERT_GE(stored, acknowledged) << "round " << round;
    ASSERT_LE(stored, acknowledged + triggers) << "round " << round;
    acknowledged = stored;
  }
  EXPECT_GT(acknowledged, 50);
}

}  // namespace
}  // namespace host::test
