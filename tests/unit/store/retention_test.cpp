#include "store/retention.hpp"

#include <gtest/gtest.h>

#include "fixture.hpp"

namespace host::test {
namespace {

class Retention : public StoreTest {
 protected:
  void record(int count) {
    Keys keys;
    for (int i = 0; i < count; ++i) keys.push_back(std::to_string(i));
    ASSERT_EQ(poll(keys), CommitResult::stored);
    std::vector<std::int64_t> seqs;
    for (const EventRecord &event : store.next_for_sink("a", 10000, count))
      seqs.push_back(event.seq);
    store.delivered("a", seqs, 20000);
  }
  void forget(std::int64_t unix_ms) {
    Committer committer(folder.path(), [](const StoreError &error) { FAIL() << error.what(); });
    forget_before(committer, unix_ms);
  }
};

TEST_F(Retention, ForgetsMoreThanOneBite) {
  use_sinks({"a"});
  record(5001);
  forget(30000);
  EXPECT_EQ(store.count_events(EventState::delivered), 0);
}

TEST_F(Retention, KeepsWhatIsYoungerOrNotDelivered) {
  use_sinks({"a"});
  record(3);
  poll({"waiting"});
  forget(20000);
  EXPECT_EQ(store.count_events(EventState::delivered), 3);
  forget(20001);
  EXPECT_EQ(store.count_events(EventState::delivered), 0);
  EXPECT_EQ(next("a"), Keys{"waiting"});
}

}  // namespace
}  // namespace host::test
