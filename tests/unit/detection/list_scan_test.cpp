#include "list_scan.hpp"

#include <gtest/gtest.h>

#include "trigger.hpp"

namespace cpi::detection {
namespace {

constexpr std::int64_t scan_now = 1'740'819'600'000;
constexpr std::string_view offset_pages = R"({"request": {"method": "GET", "path": "/things"},
    "paging": {"size": {"name": "limit", "value": 6}, "from": {"name": "offset"}}})";

// A list whose pages are made by hand. No channel: a page is its text.
struct Scanning {
  PollPlan plan;
  Begin begin;
  boost::json::object input;
  PollParts parts;

  explicit Scanning(std::string_view detect, std::uint32_t max_requests = 0)
      : plan(plan_of(offset_pages, detect)),
        begin(begin_with(max_requests)),
        parts(plan, begin, input) {
    parts.position.start_over("sixteen bytes or more", scan_now);
    parts.position.cursor().complete = true;
  }
  static Begin begin_with(std::uint32_t max_requests) {
    Begin begin;
    begin.max_requests = max_requests;
    return begin;
  }
  Shard &shard() { return parts.position.cursor().at(0); }

  // {"id": n} for each.
  Page page(std::initializer_list<int> ids) {
    Page page;
    page.own = "[";
    for (const int id : ids) {
      if (page.own.size() > 1) page.own += ',';
      page.own += "{\"id\":" + std::to_string(id) + "}";
    }
    page.own += ']';
    page.mark.digest = page_digest(parts.position.cursor().key, page.own);
    return page;
  }
  // A whole scan of these pages; the last answer is that there is no more.
  ListScan::Next read(ListScan &scan, std::initializer_list<std::initializer_list<int>> pages) {
    scan.start();
    ListScan::Next next = ListScan::Next::ask;
    for (const auto &ids : pages) {
      if (next != ListScan::Next::ask || !scan.may_ask()) break;
      parts.budget.count_request();
      next = scan.take(page(ids));
    }
    return next;
  }
  // And its end.
  bool scan(RunKind kind, std::initializer_list<std::initializer_list<int>> pages) {
    parts.kind = kind;
    ListScan scan(parts, &shard(), {}, scan_now);
    EXPECT_EQ(read(scan, pages), ListScan::Next::finished);
    return scan.close(scan_now);
  }
};

TEST(ListScan, ABaselineReportsNothingAndAsksForTheEnd) {
  Scanning it(R"({"strategy": "set", "key": ["/id"]})");
  it.parts.kind = RunKind::baseline;
  ListScan scan(it.parts, &it.shard(), {}, scan_now);
  EXPECT_EQ(it.read(scan, {{1, 2, 3}}), ListScan::Next::ask);  // short, and yet asked on
  EXPECT_EQ(scan.purpose(), Purpose::baseline);
  ASSERT_TRUE(scan.may_ask());
  EXPECT_EQ(scan.take(it.page({})), ListScan::Next::finished);
  EXPECT_TRUE(scan.close(scan_now));
  EXPECT_TRUE(it.parts.outbox.empty());
  EXPECT_EQ(it.shard().memory.size(), 3u);
  EXPECT_TRUE(it.shard().ready);
  EXPECT_EQ(it.shard().ends, (std::vector<End>{{.day = 0, .rows = 3}}));
}

TEST(ListScan, AShortPageIsTheEndWhereItWasTheEndBefore) {
  Scanning it(R"({"strategy": "set", "key": ["/id"]})");
  EXPECT_TRUE(it.scan(RunKind::baseline, {{1, 2, 3}, {}}));
  EXPECT_TRUE(it.scan(RunKind::normal, {{3, 2, 1}}));  // three rows again: not asked on
  ListScan scan(it.parts, &it.shard(), {}, scan_now);
  EXPECT_EQ(it.read(scan, {{1, 2, 3, 4}}), ListScan::Next::ask);  // four: it is
}

TEST(ListScan, AForcedScanAsksForTheEndAllTheSame) {
  Scanning it(R"({"strategy": "set", "key": ["/id"]})");
  it.scan(RunKind::baseline, {{1, 2, 3}, {}});
  it.parts.kind = RunKind::forced;
  ListScan scan(it.parts, &it.shard(), {}, scan_now);
  EXPECT_EQ(it.read(scan, {{1, 2, 3}}), ListScan::Next::ask);
  EXPECT_EQ(scan.purpose(), Purpose::forced);
}

TEST(ListScan, RowsThatMovedOverAPageBorderAreSeen) {
  Scanning it(R"({"strategy": "set", "key": ["/id"]})");
  it.scan(RunKind::baseline, {{1, 2, 3, 4, 5, 6}, {2, 3, 4, 5, 6, 7}, {3, 4, 5, 6, 7}});
  it.parts.kind = RunKind::normal;
  ListScan scan(it.parts, &it.shard(), {}, scan_now);
  // Row 1 went while the first page was read: row 7 is where row 6 was.
  it.read(scan, {{1, 2, 3, 4, 5, 6}, {3, 4, 5, 6, 7}});
  EXPECT_TRUE(scan.close(scan_now));
  EXPECT_TRUE(it.shard().again);
  EXPECT_TRUE(it.parts.outbox.empty());
}

TEST(ListScan, ABaselineOfAListThatMovesIsReadAgainAtOnce) {
  Scanning it(R"({"strategy": "set", "key": ["/id"]})");
  it.parts.kind = RunKind::baseline;
  ListScan scan(it.parts, &it.shard(), {}, scan_now);
  for (int attempt = 0; attempt < 3; ++attempt) {
    it.read(scan, {{1, 2, 3, 4, 5, 6}, {3, 4, 5, 6, 7}, {}});
    EXPECT_FALSE(scan.close(scan_now)) << attempt;
  }
  it.read(scan, {{1, 2, 3, 4, 5, 6}, {3, 4, 5, 6, 7}, {}});
  EXPECT_TRUE(scan.close(scan_now));
  EXPECT_EQ(it.parts.notes.texts().size(), 1u);
}

TEST(ListScan, StopsAtTheBudgetAndGoesOnThere) {
  Scanning it(R"({"strategy": "set", "key": ["/id"]})", 1);
  it.parts.kind = RunKind::normal;
  {
    ListScan scan(it.parts, &it.shard(), {}, scan_now);
    EXPECT_EQ(it.read(scan, {{1, 2, 3, 4, 5, 6}}), ListScan::Next::ask);
    EXPECT_FALSE(scan.may_ask());
  }
  EXPECT_TRUE(it.shard().scan.running);
  EXPECT_EQ(it.shard().scan.position, "o1");  // five rows of the overlap
  ListScan scan(it.parts, &it.shard(), {}, scan_now);
  scan.start();
  const Extra extra = scan.extra();
  EXPECT_EQ(extra.query.at("offset"), 1);
  EXPECT_EQ(scan.take(it.page({2, 3, 4, 5, 6, 7})), ListScan::Next::ask);
  EXPECT_EQ(it.parts.outbox.size(), 7u);
}

TEST(ListScan, ATopListIsReadUntilAPageIsWhollyKnown) {
  Scanning it(R"({"strategy": "top", "key": ["/id"], "order": {"by": "/id"}})");
  it.scan(RunKind::baseline, {{9, 8, 7, 6, 5, 4}, {8, 7, 6, 5, 4, 3}, {7, 6, 5, 4, 3}});
  EXPECT_EQ(it.shard().order, Order::falling);
  EXPECT_TRUE(it.scan(RunKind::normal, {{10, 9, 8, 7, 6, 5}, {9, 8, 7, 6, 5, 4}}));
  EXPECT_EQ(it.parts.outbox.size(), 1u);
  EXPECT_EQ(it.shard().memory.size(), 7u);  // the new one with its event
}

TEST(ListScan, ATopListThatIsNotInOrderIsReadWhole) {
  Scanning it(R"({"strategy": "top", "key": ["/id"], "order": {"by": "/id"}})");
  it.scan(RunKind::baseline, {{9, 8, 7, 6, 5, 4}, {8, 7, 6, 5, 4}});
  it.parts.kind = RunKind::normal;
  ListScan scan(it.parts, &it.shard(), {}, scan_now);
  EXPECT_EQ(it.read(scan, {{8, 9, 7, 6, 5, 4}}), ListScan::Next::ask);
  EXPECT_EQ(it.shard().order, Order::violated);
  EXPECT_TRUE(it.shard().scan.full);
}

TEST(ListScan, ARowIsGoneAfterTwoScansWithoutIt) {
  Scanning it(R"({"strategy": "set", "key": ["/id"], "emits": ["removed"]})");
  it.scan(RunKind::baseline, {{1, 2, 3, 4}, {}});
  it.scan(RunKind::normal, {{1, 2, 3}, {}});
  EXPECT_TRUE(it.shard().again);
  EXPECT_TRUE(it.parts.outbox.empty());
  it.scan(RunKind::normal, {{1, 2, 3}, {}});
  EXPECT_EQ(it.parts.outbox.size(), 1u);
}

TEST(ListScan, MostOfAListIsNotGoneAtOnce) {
  Scanning it(R"({"strategy": "set", "key": ["/id"], "emits": ["removed"]})");
  it.scan(RunKind::baseline, {{1, 2, 3, 4, 5}, {}});
  for (int scan = 0; scan < 5; ++scan) it.scan(RunKind::normal, {{1}, {}});
  EXPECT_TRUE(it.parts.outbox.empty());
  EXPECT_EQ(it.shard().missing_since, scan_now);
}

TEST(ListScan, PagesThatAreAsTheyWereNeedNoBody) {
  Scanning it(R"({"strategy": "set", "key": ["/id"]})");
  it.scan(RunKind::baseline, {{1, 2, 3}, {}});
  ListScan scan(it.parts, nullptr, {}, scan_now);
  scan.start();
  Page same = it.page({1, 2, 3});
  ASSERT_NE(scan.expected(), nullptr);
  EXPECT_EQ(scan.expected()->digest, same.mark.digest);
  same.mark = *scan.expected();
  same.same = true;
  EXPECT_EQ(scan.take(std::move(same)), ListScan::Next::finished);
  EXPECT_TRUE(scan.is_untouched());
  EXPECT_EQ(it.parts.rows_seen, 6u);  // of the baseline, too
}

TEST(ListScan, AnAnswerWithoutAListIsAFailure) {
  Scanning it(R"({"strategy": "set", "key": ["/id"]})");
  ListScan scan(it.parts, &it.shard(), {}, scan_now);
  scan.start();
  Page page;
  page.own = R"({"message": "Whoops"})";
  EXPECT_THROW(scan.take(std::move(page)), Failure);
}

}  // namespace
}  // namespace cpi::detection
