#include "cpi/manifest/pointer.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cpi::manifest::test {
namespace {

// RFC 6901, section 5.
TEST(Pointer, ResolvesTheExamplesOfTheRfc) {
  const boost::json::value value =
      boost::json::parse(R"({"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "m~n": 8})");
  EXPECT_EQ(resolve(value, ""), &value);
  EXPECT_EQ(*resolve(value, "/foo/0"), "bar");
  EXPECT_EQ(*resolve(value, "/"), 0);
  EXPECT_EQ(*resolve(value, "/a~1b"), 1);
  EXPECT_EQ(*resolve(value, "/c%d"), 2);
  EXPECT_EQ(*resolve(value, "/m~0n"), 8);
  for (const std::string_view none :
       {"/bar", "/foo/2", "/foo/00", "/foo/-", "/foo/x", "/foo/0/a"}) {
    EXPECT_EQ(resolve(value, none), nullptr) << none;
  }
}

TEST(Pointer, ChildAndTokensAreInverse) {
  for (const std::string &token : std::vector<std::string>{"", "a", "/", "~", "~1", "a/b~c", "0"}) {
    const std::string pointer = child(child("", "x"), token);
    EXPECT_TRUE(is_pointer(pointer));
    EXPECT_EQ(tokens_of(pointer), (std::vector<std::string>{"x", token}));
  }
  EXPECT_EQ(child("/a", std::size_t{7}), "/a/7");
}

TEST(Pointer, WellFormed) {
  for (const std::string_view good : {"", "/", "/a/b", "/~0~1"}) EXPECT_TRUE(is_pointer(good));
  for (const std::string_view bad : {"a", "./a", "/~", "/~2", "#/a"}) EXPECT_FALSE(is_pointer(bad));
}

}  // namespace
}  // namespace cpi::manifest::test
