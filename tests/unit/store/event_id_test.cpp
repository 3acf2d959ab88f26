#include "store/event_id.hpp"

#include <gtest/gtest.h>

#include <set>

namespace host {
namespace {

// Made with Python: b32encode(blake2b(trigger + NUL + key, digest_size=17)), lower case, 26
// letters.
TEST(EventId, IsThatOfAnotherImplementation) {
  EXPECT_EQ(event_id("trg_1", "campaign:42"), "evt_z6l6hypwupivrhabg66ef73zxc");
  EXPECT_EQ(event_id("trg_1", ""), "evt_gyjkj6jr2j6ocjma5bd2c3f5p6");
  EXPECT_EQ(event_id("trg_x", "a.b/\xC3\xBC"), "evt_ladxoe3zbxgt7g2zzigv557shk");
}

TEST(EventId, SeparatesTriggerFromKey) {
  EXPECT_NE(event_id("trg_1", "1x"), event_id("trg_11", "x"));
}

TEST(EventId, DiffersForEveryKey) {
  std::set<std::string> ids;
  for (int i = 0; i < 10000; ++i) ids.insert(event_id("trg_1", std::to_string(i)));
  EXPECT_EQ(ids.size(), 10000U);
  for (const std::string &id : ids)
    EXPECT_EQ(id.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567_"), std::string::npos);
}

}  // namespace
}  // namespace host
