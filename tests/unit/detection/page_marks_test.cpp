#include "page_marks.hpp"

#include <gtest/gtest.h>

namespace cpi::detection {
namespace {

Cursor cursor_with(std::vector<PageMark> pages) {
  Cursor cursor;
  cursor.pages = std::move(pages);
  return cursor;
}

Scan scan_of(std::uint32_t pages, bool full = true) {
  Scan scan;
  scan.pages = pages;
  scan.full = full;
  return scan;
}

constexpr PageMark page_a = {.digest = 1, .rows = 20};
constexpr PageMark page_b = {.digest = 2, .rows = 20};
constexpr PageMark page_c = {.digest = 3, .rows = 7};

TEST(PageMarks, GoAlongTheMarksOfTheLastReading) {
  Cursor cursor = cursor_with({page_a, page_b});
  PageMarks marks(cursor);
  marks.begin();
  EXPECT_EQ(*marks.expected(), page_a);
  marks.add(page_a);
  EXPECT_FALSE(marks.at_the_end());
  EXPECT_EQ(*marks.expected(), page_b);
  marks.add(page_b);
  EXPECT_TRUE(marks.at_the_end());
  EXPECT_EQ(marks.expected(), nullptr);
  EXPECT_EQ(*marks.last(), page_b);
  marks.keep(scan_of(2));
  EXPECT_FALSE(marks.moved());
  marks.begin();
  EXPECT_EQ(marks.last(), nullptr);
}

TEST(PageMarks, KeepsWhatAWholeReadingFound) {
  Cursor cursor = cursor_with({page_a, page_b});
  PageMarks marks(cursor);
  marks.add(page_a);
  marks.add(page_c);
  marks.keep(scan_of(2));
  EXPECT_TRUE(marks.moved());
  EXPECT_EQ(cursor.pages, (std::vector<PageMark>{page_a, page_c}));
}

TEST(PageMarks, AReadingOfTheFirstPagesSaysNothingOfTheRest) {
  Cursor cursor = cursor_with({page_a, page_b});
  PageMarks marks(cursor);
  marks.add(page_c);
  marks.keep(scan_of(1, false));
  EXPECT_TRUE(marks.moved());
  EXPECT_EQ(cursor.pages, (std::vector<PageMark>{page_c, page_b}));
}

TEST(PageMarks, KeepsNothingOfAListThatMovedOrWasReadInTwoPolls) {
  for (const bool stable : {true, false}) {
    Cursor cursor = cursor_with({page_a, page_b});
    PageMarks marks(cursor);
    marks.add(page_a);
    Scan scan = scan_of(stable ? 2 : 1);
    scan.stable = stable;
    marks.keep(scan);
    EXPECT_TRUE(cursor.pages.empty());
  }
}

TEST(PageMarks, RowsMayBeMissingUnlessAsManyAreThereAndAllAreKnown) {
  Cursor cursor = cursor_with({page_a, page_b});
  PageMarks marks(cursor);
  marks.add(page_a);
  EXPECT_TRUE(marks.may_lack_rows(0));  // a page less
  marks.add({.digest = 9, .rows = 20});
  EXPECT_FALSE(marks.may_lack_rows(0));
  EXPECT_TRUE(marks.may_lack_rows(1));  // a new row stands for one that is gone
  marks.begin();
  marks.add(page_a);
  marks.add(page_c);
  EXPECT_TRUE(marks.may_lack_rows(0));  // fewer rows
}

}  // namespace
}  // namespace cpi::detection
