#include <gtest/gtest.h>

#include "fixture.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace host::test {
namespace {

constexpr std::int64_t hour = 3'600'000;
constexpr std::int64_t now = 1'700'000'000'000;

class RateUses : public StoreTest {
 protected:
  std::int64_t reserve(std::int64_t at, std::string_view connection = "con_1",
                       std::string_view rule = "campaigns") {
    return store.reserve_rate({connection, rule, 2, hour}, at);
  }
};

TEST_F(RateUses, AllowTheLimitInAnyStretchOfTheWindow) {
  EXPECT_EQ(reserve(now), 0);
  EXPECT_EQ(reserve(now + 1000), 0);
  EXPECT_EQ(reserve(now + 2000), hour - 2000);
  EXPECT_EQ(reserve(now + hour - 1), 1) << "a refusal counts nothing";
  EXPECT_EQ(reserve(now + hour), 0);
  EXPECT_EQ(reserve(now + hour), 1000);
}

TEST_F(RateUses, AreKeptForEachAccountAndRule) {
  store.add(a_connection("con_2"));
  EXPECT_EQ(reserve(now), 0);
  EXPECT_EQ(reserve(now), 0);
  EXPECT_EQ(reserve(now, "con_2"), 0);
  EXPECT_EQ(reserve(now, "con_1", "pushes"), 0);
  EXPECT_EQ(reserve(now), hour);
}

TEST_F(RateUses, OutlastTheProcess) {
  EXPECT_EQ(reserve(now), 0);
  SqliteStore another{folder.path()};
  EXPECT_EQ(another.reserve_rate({"con_1", "campaigns", 2, hour}, now), 0);
  EXPECT_EQ(reserve(now), hour);
}

TEST_F(RateUses, DoNotBlockForLongAfterTheClockWasSetBack) {
  EXPECT_EQ(reserve(now), 0);
  EXPECT_EQ(reserve(now), 0);
  EXPECT_EQ(reserve(now - 100 * hour), 0);
}

TEST_F(RateUses, CanBeGivenBack) {
  EXPECT_EQ(reserve(now), 0);
  EXPECT_EQ(reserve(now + 1000), 0);
  EXPECT_EQ(reserve(now + 2000, "con_1", "pushes"), 0);
  store.give_rate_back("con_1", "campaigns");
  EXPECT_EQ(reserve(now + 3000), 0);
  EXPECT_EQ(reserve(now + 4000), hour - 4000) << "the older one still counts";
  store.give_rate_back("con_2", "campaigns");
}

TEST_F(RateUses, GoWithTheirConnection) {
  EXPECT_EQ(reserve(now), 0);
  EXPECT_EQ(reserve(now), 0);
  store.remove_connection("con_1");
  EXPECT_THROW(reserve(now), StoreError);
  store.add(a_connection());
  EXPECT_EQ(reserve(now), 0);
}

}  // namespace
}  // namespace host::test
