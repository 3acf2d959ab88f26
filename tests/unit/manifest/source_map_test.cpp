#include "cpi/manifest/source_map.hpp"

#include <gtest/gtest.h>

namespace cpi::manifest::test {
namespace {

TEST(SourceMap, GivesTheNearestPlaceAround) {
  SourceMap map;
  EXPECT_EQ(map.locate("/a"), Location{});
  const auto file = map.add_file("one.yaml");
  map.set("", {file, 1, 1});
  map.set("/a", {file, 2, 3});
  EXPECT_EQ(map.locate("/a"), (Location{file, 2, 3}));
  EXPECT_EQ(map.locate("/a/b/c"), (Location{file, 2, 3}));
  EXPECT_EQ(map.locate("/ab"), (Location{file, 1, 1}));
  EXPECT_TRUE(map.contains("/a"));
  EXPECT_FALSE(map.contains("/a/b"));
  EXPECT_EQ(map.file_name(file), "one.yaml");
  EXPECT_EQ(map.file_name(7), "");
}

TEST(SourceMap, AdoptMovesPlacesAndFiles) {
  SourceMap other;
  const auto second = other.add_file("two.yaml");
  other.set("/list", {second, 1, 1});
  other.set("/list/0", {second, 2, 1});
  other.set("/list/0/k", {second, 3, 1});
  other.set("/list/01", {second, 4, 1});
  SourceMap map;
  map.add_file("one.yaml");
  map.adopt(other, "/list/0", "/list/5");
  EXPECT_EQ(map.locate("/list/5/k"), (Location{1, 3, 1}));
  EXPECT_EQ(map.locate("/list/5"), (Location{1, 2, 1}));
  EXPECT_FALSE(map.contains("/list"));
  EXPECT_FALSE(map.contains("/list/51"));
  EXPECT_EQ(map.file_name(1), "two.yaml");
  map.adopt(other, "/list", "/other");
  EXPECT_EQ(map.files().size(), 2U);
}

}  // namespace
}  // namespace cpi::manifest::test
