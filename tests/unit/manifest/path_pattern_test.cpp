#include "cpi/manifest/path_pattern.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace cpi::manifest::test {
namespace {

TEST(NormalizePath, ReadsAsTheMostLenientServer) {
  EXPECT_EQ(normalize_path("/a/b"), "/a/b");
  EXPECT_EQ(normalize_path("/A/b/"), "/a/b");
  EXPECT_EQ(normalize_path("//a///b"), "/a/b");
  EXPECT_EQ(normalize_path("/a/./b/../c"), "/a/c");
  EXPECT_EQ(normalize_path("/a?x=/b"), "/a");
  EXPECT_EQ(normalize_path("/a%3fx"), "/a");
  EXPECT_EQ(normalize_path("/%61%2Fb"), "/a/b");
  EXPECT_EQ(normalize_path("/%252561"), "/a");
  EXPECT_EQ(normalize_path("/a;x=1/b"), "/a/b");
  EXPECT_EQ(normalize_path(""), "/");
}

TEST(NormalizePath, RefusesWhatNoPathIs) {
  for (const char *path : {"/..", "/a/../../b", "/a%", "/a%2", "/a%zz", "/a\\b", "/a%5cb", "/a\n",
                           "/a%00b", "/%2e%2e/a"}) {
    EXPECT_EQ(normalize_path(path), std::nullopt) << path;
  }
}

TEST(PathMatches, SegmentBySegment) {
  EXPECT_TRUE(path_matches("/a/b", "/a/b"));
  EXPECT_FALSE(path_matches("/a/b", "/a/bc"));
  EXPECT_FALSE(path_matches("/a/b", "/a"));
  EXPECT_FALSE(path_matches("/a", "/a/b"));
  EXPECT_TRUE(path_matches("/a/{}", "/a/b"));
  EXPECT_FALSE(path_matches("/a/{}", "/a"));
  EXPECT_FALSE(path_matches("/a/{}", "/a/b/c"));
  EXPECT_TRUE(path_matches("/a/{}/c", "/a/b/c"));
  EXPECT_TRUE(path_matches("/a/{*}", "/a/b/c"));
  EXPECT_TRUE(path_matches("/a/{*}", "/a"));
  EXPECT_FALSE(path_matches("/a/{*}", "/ab"));
  EXPECT_TRUE(path_matches("/getOne", "/getone"));
}

}  // namespace
}  // namespace cpi::manifest::test
