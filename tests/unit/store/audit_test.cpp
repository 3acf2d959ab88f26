#include "fixture.hpp"

namespace host::test {
namespace {

class Audit : public testing::Test {
 protected:
  static AuditRecord line(std::int64_t at, bool refused = false) {
    AuditRecord one;
    one.at = at;
    one.who = "command nina";
    one.what = refused ? "request.refused" : "trigger.add";
    one.object = "trg_1";
    one.outcome = "ok";
    one.refused = refused;
    return one;
  }
  void add(std::vector<AuditRecord> lines, const Store::AuditBounds &bounds = {}) {
    store.add_audit(lines, bounds);
  }
  std::vector<std::int64_t> times(const Store::AuditFilter &filter = {}) {
    std::vector<std::int64_t> out;
    for (const AuditRecord &one : store.audit(filter)) out.push_back(one.at);
    return out;
  }
  Folder folder;
  SqliteStore store{folder.path()};
};

using Times = std::vector<std::int64_t>;

TEST_F(Audit, KeepsLinesInTheirOrder) {
  AuditRecord first = line(5000, true);
  first.left_out = 7;
  add({first, line(6000)});
  add({line(5500)});  // the clock was set back
  const auto lines = store.audit({});
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(times(), (Times{5000, 6000, 5500}));
  EXPECT_EQ(lines[0].who, "command nina");
  EXPECT_EQ(lines[0].what, "request.refused");
  EXPECT_EQ(lines[0].object, "trg_1");
  EXPECT_EQ(lines[0].outcome, "ok");
  EXPECT_TRUE(lines[0].refused);
  EXPECT_EQ(lines[0].left_out, 7);
  EXPECT_FALSE(lines[1].refused);
  EXPECT_LT(lines[0].seq, lines[1].seq);
}

TEST_F(Audit, IsReadSinceATimeAndTheNewestOnly) {
  for (std::int64_t at = 1; at <= 5; ++at) add({line(at)});
  EXPECT_EQ(times({.since = 4, .limit = 100}), (Times{4, 5}));
  EXPECT_EQ(times({.since = 0, .limit = 2}), (Times{4, 5}));
}

TEST_F(Audit, IsBoundedInNumberAndAge) {
  for (std::int64_t at = 1; at <= 30; ++at) add({line(at)}, {.oldest = 0, .most = 10});
  EXPECT_EQ(times().size(), 10U);
  EXPECT_EQ(times().front(), 21);
  add({line(31)}, {.oldest = 29});
  EXPECT_EQ(times(), (Times{29, 30, 31}));
}

TEST_F(Audit, RefusalsDoNotDisplaceWhatWasDone) {
  add({line(1)});
  for (std::int64_t at = 2; at <= 50; ++at)
    add({line(at, true)}, {.oldest = 0, .most = 1000, .most_refused = 3});
  EXPECT_EQ(times(), (Times{1, 48, 49, 50}));
}

}  // namespace
}  // namespace host::test
