#include "store/committer.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <future>
#include <map>
#include <optional>
#include <stdexcept>
#include <thread>

#include "fixture.hpp"
#include "store/sqlite/database.hpp"

namespace host::test {
namespace {

struct Answer {
  CommitResult result = CommitResult::stale;
  std::optional<StoreError::Kind> error;
};

class Committing : public StoreTest {
 protected:
  // Blocks the store thread until the gate is opened, so that what follows becomes one group.
  void hold(Committer &committer) {
    committer.write([gate = gate_.get_future().share()](Store &) { gate.wait(); });
  }
  void let_go() { gate_.set_value(); }

  static std::future<Answer> send(Committer &committer, PollCommit commit) {
    auto promise = std::make_shared<std::promise<Answer>>();
    committer.commit(std::move(commit), [promise](CommitResult result, const StoreError *error) {
      promise->set_value({result, error ? std::optional(error->kind) : std::nullopt});
    });
    return promise->get_future();
  }

 private:
  std::promise<void> gate_;
};

void ignore(const StoreError &) {}

TEST_F(Committing, AnswersAfterTheCommit) {
  Committer committer(folder.path(), ignore);
  const Answer answer = send(committer, a_poll(row, 0, {"k1"})).get();
  EXPECT_EQ(answer.result, CommitResult::stored);
  EXPECT_FALSE(answer.error);
  EXPECT_EQ(store.events({}).size(), 1U);
  EXPECT_EQ(send(committer, a_poll(row, 0, {"k2"})).get().result, CommitResult::stale);
}

TEST_F(Committing, WhatIsQueuedBecomesOneTransaction) {
  std::vector<std::int64_t> rows;
  for (int i = 0; i < 50; ++i) rows.push_back(store.add(a_trigger("trg_b" + std::to_string(i))));
  Committer committer(folder.path(), ignore);
  const std::int64_t before = store.data_version();
  std::promise<void> running;
  std::promise<void> gate;
  committer.write([&](Store &) {
    running.set_value();
    gate.get_future().wait();
  });
  running.get_future().wait();
  std::vector<std::future<Answer>> answers;
  for (auto it = rows.rbegin(); it != rows.rend(); ++it)
    answers.push_back(send(committer, a_poll(*it, 0, {"k"})));
  std::vector<std::int64_t> order;  // of recording, as an event of the same transaction sees it
  std::promise<void> seen;
  committer.write([&](Store &inside) {
    for (const EventRecord &event : inside.events({})) order.push_back(event.trigger_row);
    EXPECT_TRUE(store.events({}).empty()) << "a group must not be visible in parts";
    seen.set_value();
  });
  gate.set_value();
  for (auto &answer : answers) EXPECT_EQ(answer.get().result, CommitResult::stored);
  seen.get_future().wait();
  EXPECT_EQ(order, rows);  // sorted, though they came backwards
  EXPECT_NE(store.data_version(), before);
}

TEST_F(Committing, CommitsOfOneTriggerKeepTheirOrder) {
  Committer committer(folder.path(), ignore);
  hold(committer);
  std::vector<std::future<Answer>> answers;
  for (int i = 0; i < 20; ++i)
    answers.push_back(send(committer, a_poll(row, i, {"k" + std::to_string(i)})));
  let_go();
  for (auto &answer : answers) EXPECT_EQ(answer.get().result, CommitResult::stored);
  EXPECT_EQ(trigger().cursor_version, 20);
}

TEST_F(Committing, WritesStayInOrderWithCommits) {
  const std::int64_t second = store.add(a_trigger("trg_2"));
  Committer committer(folder.path(), ignore);
  hold(committer);
  auto before = send(committer, a_poll(second, 0, {"k1"}));
  committer.write([&](Store &inside) { inside.set_trigger_state(second, TriggerState::paused); });
  auto after = send(committer, a_poll(second, 1, {"k2"}));
  auto other = send(committer, a_poll(row, 0, {"k3"}));
  let_go();
  EXPECT_EQ(before.get().result, CommitResult::stored);
  EXPECT_EQ(after.get().result, CommitResult::stale);
  EXPECT_EQ(other.get().result, CommitResult::stored);
}

TEST_F(Committing, AFailingWriteIsUndoneAndTheRestGoesOn) {
  std::vector<std::string> failures;
  {
    Committer committer(folder.path(),
                        [&](const StoreError &error) { failures.emplace_back(error.what()); });
    hold(committer);
    auto first = send(committer, a_poll(row, 0, {"k1"}));
    std::promise<std::string> answered;
    committer.write(
        [](Store &inside) {
          inside.set_connection_label("con_1", "half done");
          throw std::runtime_error("the work failed");
        },
        [&](const StoreError *error) { answered.set_value(error ? error->what() : ""); });
    auto second = send(committer, a_poll(row, 1, {"k2"}));
    let_go();
    EXPECT_EQ(first.get().result, CommitResult::stored);
    EXPECT_EQ(answered.get_future().get(), "the work failed");
    EXPECT_EQ(second.get().result, CommitResult::stored);
  }
  EXPECT_EQ(store.connection("con_1")->label, "someone@example.com");
  EXPECT_EQ(failures, Keys{"the work failed"});
}

TEST_F(Committing, CommitsWhatIsQueuedBeforeItEnds) {
  std::vector<std::future<Answer>> answers;
  {
    Committer committer(folder.path(), ignore);
    for (int i = 0; i < 500; ++i)
      answers.push_back(send(committer, a_poll(row, i, {"k" + std::to_string(i)})));
  }
  for (auto &answer : answers) EXPECT_EQ(answer.get().result, CommitResult::stored);
  EXPECT_EQ(trigger().cursor_version, 500);
}

TEST_F(Committing, MayBeFedByManyThreads) {
  constexpr int threads = 4;
  constexpr int polls = 100;
  std::vector<std::int64_t> rows;
  for (int i = 0; i < threads; ++i)
    rows.push_back(store.add(a_trigger("trg_t" + std::to_string(i))));
  std::atomic<int> stored = 0;
  {
    Committer committer(folder.path(), ignore);
    std::vector<std::thread> all;
    for (int i = 0; i < threads; ++i) {
      all.emplace_back([&, i] {
        for (int n = 0; n < polls; ++n) {
          committer.commit(a_poll(rows[static_cast<std::size_t>(i)], n, {"k" + std::to_string(n)}),
                           [&](CommitResult result, const StoreError *error) {
                             if (result == CommitResult::stored && error == nullptr) ++stored;
                           });
        }
      });
    }
    for (std::thread &thread : all) thread.join();
  }
  EXPECT_EQ(stored, threads * polls);
  EXPECT_EQ(store.count_events(EventState::pending), threads * polls);
}

TEST_F(Committing, AFullDiskFailsTheGroupAndLaterWorkIsTriedAgain) {
  std::atomic<int> failures = 0;
  Committer committer(folder.path(), [&](const StoreError &error) {
    EXPECT_EQ(error.kind, StoreError::Kind::full) << error.what();
    ++failures;
  });
  send(committer, a_poll(row, 0)).get();

  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit small = before;
  small.rlim_cur = std::filesystem::file_size(folder.path() / "connector.db-wal") + 10000;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  PollCommit big = a_poll(row, 1, {"k1"});
  big.events[0].data = std::string(500000, 'x');
  hold(committer);
  auto poor = send(committer, big);
  std::promise<bool> written;
  committer.write([](Store &inside) { inside.set_connection_label("con_1", "lost"); },
                  [&](const StoreError *error) { written.set_value(error == nullptr); });
  let_go();
  const Answer refused = poor.get();
  const bool wrote = written.get_future().get();
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);

  EXPECT_EQ(refused.error, StoreError::Kind::full);
  EXPECT_EQ(refused.result, CommitResult::stale);
  EXPECT_FALSE(wrote);
  EXPECT_GE(failures, 1);
  EXPECT_TRUE(store.events({}).empty());
  EXPECT_EQ(send(committer, big).get().result, CommitResult::stored);
  EXPECT_EQ(store.events({}).size(), 1U);
}

TEST(CommitterOpening, RefusesADatabaseItCannotUse) {
  const Folder folder;
  std::filesystem::create_directory(folder.database());
  EXPECT_THROW(Committer(folder.path(), ignore), StoreError);
}

}  // namespace
}  // namespace host::test
