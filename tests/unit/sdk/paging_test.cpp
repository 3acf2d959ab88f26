#include "cpi/sdk/paging.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "cpi/language/failure.hpp"
#include "scripted.hpp"

namespace {

using cpi::PageWalk;
using cpi::Paging;
using cpi::PagingStyle;
using scripted::json;

Paging compile(std::string_view node) {
  return Paging::compile(json(node), "/paging");
}

std::string query(const PageWalk &walk) {
  return boost::json::serialize(walk.extra().query);
}

constexpr auto by_offset =
    R"({"size": {"name": "limit", "value": 100}, "from": {"name": "offset"}})";

TEST(PageWalk, GoesByOffset) {
  const auto paging = compile(by_offset);
  PageWalk walk(paging, 1000);
  EXPECT_EQ(query(walk), R"({"limit":100,"offset":0})");
  EXPECT_TRUE(walk.advance(100, nullptr));
  EXPECT_EQ(query(walk), R"({"limit":100,"offset":100})");
  EXPECT_FALSE(walk.advance(99, nullptr));
  EXPECT_TRUE(walk.complete());
}

TEST(PageWalk, AsksForTheEndWhereAShortPageIsNoProof) {
  const auto paging = compile(by_offset);
  PageWalk walk(paging, 1000, 10);
  EXPECT_TRUE(walk.advance(50, nullptr, {}, false));
  EXPECT_TRUE(walk.confirming());
  EXPECT_EQ(query(walk), R"({"limit":100,"offset":40})");
  EXPECT_TRUE(walk.advance(50, nullptr, {}, false));
  EXPECT_EQ(query(walk), R"({"limit":100,"offset":80})");
  EXPECT_FALSE(walk.advance(10, nullptr, {}, false));  // the last rows again
  EXPECT_TRUE(walk.complete());
  PageWalk few(paging, 1000, 10);
  EXPECT_TRUE(few.advance(3, nullptr, {}, false));
  EXPECT_EQ(query(few), R"({"limit":100,"offset":1})");
  EXPECT_FALSE(few.advance(2, nullptr, {}, false));
}

TEST(PageWalk, StopsAtWhatIsWanted) {
  const auto paging = compile(by_offset);
  PageWalk walk(paging, 150);
  EXPECT_TRUE(walk.advance(100, nullptr));
  EXPECT_EQ(query(walk), R"({"limit":50,"offset":100})");
  EXPECT_FALSE(walk.advance(50, nullptr));
  EXPECT_FALSE(walk.complete());
  EXPECT_EQ(walk.position(), "o150");
}

TEST(PageWalk, ReadsRowsAgainAtTheBorder) {
  const auto paging = compile(by_offset);
  PageWalk walk(paging, 1000, 10);
  EXPECT_TRUE(walk.advance(100, nullptr));
  EXPECT_EQ(query(walk), R"({"limit":100,"offset":90})");
  EXPECT_TRUE(walk.advance(100, nullptr));
  EXPECT_EQ(query(walk), R"({"limit":100,"offset":180})");
  EXPECT_FALSE(walk.advance(10, nullptr));
  EXPECT_TRUE(walk.complete());
}

TEST(PageWalk, BelievesATotal) {
  const auto paging = compile(by_offset);
  PageWalk walk(paging, 1000);
  EXPECT_FALSE(walk.advance(100, nullptr, 100));
  EXPECT_TRUE(walk.complete());
  PageWalk on(paging, 1000);
  EXPECT_TRUE(on.advance(50, nullptr, 120));  // fewer than asked for, but not all
  EXPECT_TRUE(on.advance(50, nullptr, 120));
  EXPECT_FALSE(on.advance(0, nullptr, 120));  // the others are never shown
  EXPECT_TRUE(on.ended());
  EXPECT_FALSE(on.complete());
  EXPECT_EQ(on.surplus_total(), 120u);
}

TEST(PageWalk, DoesNotBelieveATotalBelowWhatCame) {
  const auto paging = compile(by_offset);
  PageWalk walk(paging, 1000);
  EXPECT_TRUE(walk.advance(100, nullptr, 20));
  EXPECT_TRUE(walk.advance(50, nullptr, 20, false));
  EXPECT_TRUE(walk.confirming());
  EXPECT_FALSE(walk.advance(0, nullptr, 20, false));
  EXPECT_TRUE(walk.complete());
}

TEST(PageWalk, GoesByPageNumber) {
  const auto paging =
      compile(R"({"style": "page", "in": "body", "size": {"name": "size", "value": 20},
                  "from": {"name": "page"}})");
  PageWalk walk(paging, 30);
  EXPECT_EQ(boost::json::serialize(walk.extra().body), R"({"size":20,"page":1})");
  EXPECT_TRUE(walk.extra().query.empty());
  EXPECT_TRUE(walk.advance(20, nullptr));
  // The last page keeps its size, or its number would mean other rows.
  EXPECT_EQ(boost::json::serialize(walk.extra().body), R"({"size":20,"page":2})");
  EXPECT_FALSE(walk.advance(20, nullptr));
  EXPECT_FALSE(walk.complete());
}

TEST(PageWalk, GoesAfterTheLastRow) {
  const auto paging = compile(R"({"style": "after", "size": {"name": "size", "value": 2},
                                  "after": {"name": "search_after", "pointer": "/id"}})");
  PageWalk walk(paging, 1000);
  EXPECT_EQ(query(walk), R"({"size":2})");
  const auto row = json(R"({"id": "5f8f"})");
  EXPECT_TRUE(walk.advance(2, &row));
  EXPECT_EQ(query(walk), R"({"size":2,"search_after":"5f8f"})");
  // The same row again: the service goes round in a circle, and nobody knows where the end is.
  EXPECT_FALSE(walk.advance(2, &row));
  EXPECT_TRUE(walk.ended());
  EXPECT_FALSE(walk.complete());
}

TEST(PageWalk, EndsWhereTheServiceGivesMoreThanAsked) {
  const auto paging = compile(by_offset);
  PageWalk walk(paging, 1000);
  EXPECT_FALSE(walk.advance(250, nullptr));
  EXPECT_TRUE(walk.complete());
  PageWalk on(paging, 1000);
  EXPECT_TRUE(on.advance(250, nullptr, {}, false));
  EXPECT_TRUE(on.confirming());
  EXPECT_EQ(query(on), R"({"limit":100,"offset":250})");
  EXPECT_FALSE(on.advance(0, nullptr, {}, false));
  EXPECT_TRUE(on.complete());
}

TEST(PageWalk, WithoutASizeEndsAtAnEmptyPage) {
  const auto paging = compile(R"({"from": {"name": "offset"}})");
  PageWalk walk(paging, 1000);
  EXPECT_EQ(query(walk), R"({"offset":0})");
  EXPECT_TRUE(walk.advance(7, nullptr));
  EXPECT_EQ(query(walk), R"({"offset":7})");
  EXPECT_FALSE(walk.advance(0, nullptr));
}

TEST(PageWalk, ComesBackToItsPosition) {
  struct Case {
    const char *paging, *position, *query;
  };
  const auto *after = R"({"style": "after", "after": {"name": "a", "pointer": "/id"}})";
  for (const Case &each : std::initializer_list<Case>{
           {by_offset, "o300", R"({"limit":100,"offset":300})"},
           {R"({"style": "page", "from": {"name": "p"}})", "p4", R"({"p":4})"},
           {after, R"(a"x")", R"({"a":"x"})"},
           {after, "a9223372036854775807", R"({"a":9223372036854775807})"}}) {
    const auto paging = compile(each.paging);
    PageWalk walk(paging, 1000);
    EXPECT_TRUE(walk.resume(each.position));
    EXPECT_EQ(query(walk), each.query);
    EXPECT_EQ(walk.position(), each.position);
  }
  const auto paging = compile(by_offset);
  for (const auto *position : {"", "o", "p1", "o-1", "o1x", "o99999999999999999999", "a1", "zz"}) {
    PageWalk walk(paging, 1000);
    EXPECT_FALSE(walk.resume(position)) << position;
  }
}

TEST(Paging, RefusesWrongNodes) {
  for (const auto *node :
       {"1", R"({"style": "circle"})", R"({"style": "page"})", R"({"style": "after"})",
        R"({"style": "none", "in": "head"})", R"({"style": "none", "size": {"value": 0}})",
        R"({"style": "none", "size": {"name": "a"}})", R"({"style": "none", "rows": "x"})",
        R"({"from": {}})", R"({"style": "after", "after": {"name": "a"}})",
        R"({"style": "none", "limt": "/a"})"}) {
    EXPECT_THROW(compile(node), std::invalid_argument) << node;
  }
}

}  // namespace
