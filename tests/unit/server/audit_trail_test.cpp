#include "server/audit_trail.hpp"

#include <gmock/gmock.h>

#include <string>

#include "../store/fixture.hpp"
#include "control/audit.hpp"

namespace host::server {
namespace {

using namespace std::chrono_literals;

class Refusals : public testing::Test {
 protected:
  RefusalLimit limit;
  RefusalLimit::Time now{};
  std::int64_t admitted(std::string_view kind, int times) {
    std::int64_t lines = 0;
    for (int i = 0; i < times; ++i)
      if (limit.admit(kind, now)) ++lines;
    return lines;
  }
};

TEST_F(Refusals, OfAKindGetAFewLinesAMinute) {
  EXPECT_EQ(admitted("no session", 1000), RefusalLimit::most_in_window);
  EXPECT_EQ(admitted("token", 3), 3) << "another kind is not hidden by it";
  now += RefusalLimit::window - 1ms;
  EXPECT_EQ(admitted("no session", 5), 0);
  now += 1ms;
  EXPECT_EQ(limit.admit("no session", now), 1000 - RefusalLimit::most_in_window + 5);
  EXPECT_EQ(limit.admit("no session", now), 0) << "they are told once";
}

TEST_F(Refusals, ThatWereLeftOutAreToldWhenTheMinuteIsOver) {
  admitted("token", 15);
  EXPECT_TRUE(limit.take_left_out(now).empty());
  now += RefusalLimit::window;
  const auto some = limit.take_left_out(now);
  ASSERT_EQ(some.size(), 1U);
  EXPECT_EQ(some[0].kind, "token");
  EXPECT_EQ(some[0].count, 5);
  EXPECT_TRUE(limit.take_left_out(now).empty());
  EXPECT_EQ(limit.admit("token", now), 0);
}

TEST(Trail, WritesEachLineAndCountsTheRefusalsThatHaveNone) {
  const host::test::Folder folder;
  {
    AuditTrail trail{StoreAddress(folder.path()), nullptr};
    trail.write("token backup", "trigger.add", "trg_1\n", "ok");
    for (int i = 0; i < 50; ++i) trail.refused("nobody", "no session", "GET /api/events");
    trail.flush();
    SqliteStore store{folder.path()};
    const auto lines = store.audit({});
    ASSERT_EQ(lines.size(), 1U + RefusalLimit::most_in_window);
    EXPECT_EQ(lines[0].who, "token backup");
    EXPECT_EQ(lines[0].what, "trigger.add");
    EXPECT_EQ(lines[0].object, "trg_1?");
    EXPECT_EQ(lines[0].outcome, "ok");
    EXPECT_GT(lines[0].at, 0);
    EXPECT_EQ(lines[1].outcome, "refused: no session");
    EXPECT_EQ(lines[1].object, "GET /api/events");
    EXPECT_TRUE(lines[1].refused);
  }
  SqliteStore store{folder.path()};
  EXPECT_EQ(store.audit({}).back().left_out, 50 - RefusalLimit::most_in_window)
      << "told at the end of the server, too";
}

}  // namespace
}  // namespace host::server
