#include "cpi/json/pointer.hpp"

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "document.hpp"

namespace {

using cpi::Pointer;
using documents::json;

// The examples of RFC 6901, section 5.
TEST(Pointer, FindsWhatTheStandardSays) {
  const auto document = json(R"({"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3,
                                 "g|h": 4, "i\\j": 5, "k\"l": 6, " ": 7, "m~n": 8})");
  const auto at = [&](std::string_view text) {
    return Pointer::compile(text, "/x").find(document);
  };
  EXPECT_EQ(*at(""), document);
  EXPECT_EQ(*at("/foo"), json(R"(["bar", "baz"])"));
  EXPECT_EQ(*at("/foo/0"), json("\"bar\""));
  EXPECT_EQ(*at("/"), json("0"));
  EXPECT_EQ(*at("/a~1b"), json("1"));
  EXPECT_EQ(*at("/c%d"), json("2"));
  EXPECT_EQ(*at("/i\\j"), json("5"));
  EXPECT_EQ(*at("/ "), json("7"));
  EXPECT_EQ(*at("/m~0n"), json("8"));
}

TEST(Pointer, FindsNothingWhereNothingIs) {
  const auto document = json(R"({"list": [1, 2], "text": "x"})");
  for (const auto *text : {"/none", "/list/2", "/list/-", "/list/01", "/list/", "/text/0",
                           "/list/99999999999999999999", "/list/1x"}) {
    EXPECT_EQ(Pointer::compile(text, "/x").find(document), nullptr) << text;
  }
}

TEST(Pointer, RefusesWhatIsNoneAndNamesThePlace) {
  for (const auto *text : {"a", "a/b", "/~", "/~2", "/a~"}) {
    try {
      Pointer::compile(text, "/actions/3/answer/pick");
      FAIL() << text;
    } catch (const std::invalid_argument &error) {
      EXPECT_NE(std::string(error.what()).find("/actions/3/answer/pick"), std::string::npos);
    }
  }
}

TEST(Pointer, VisitsEveryMatchOfAStar) {
  auto document = json(R"({"rows": [{"n": 1}, {"m": 2}, {"n": 3}], "map": {"a": 4, "b": 5}})");
  int sum = 0;
  const auto add = [&](boost::json::value &value) { sum += static_cast<int>(value.as_int64()); };
  Pointer::compile("/rows/*/n", "").each(document, add);
  EXPECT_EQ(sum, 4);
  Pointer::compile("/map/*", "").each(document, add);
  EXPECT_EQ(sum, 13);
  Pointer::compile("/none/*", "").each(document, add);
  EXPECT_EQ(sum, 13);
}

TEST(Pointer, JoinsWithEscapes) {
  EXPECT_EQ(cpi::pointer_join("/a", "b/c~d"), "/a/b~1c~0d");
  EXPECT_EQ(cpi::pointer_join("", 12), "/12");
}

TEST(Pointer, FindsNothingWhereThereIsNothing) {
  const auto document = json(R"({"foo": ["bar", "baz"]})");
  for (const std::string_view none :
       {"/bar", "/foo/2", "/foo/00", "/foo/-", "/foo/x", "/foo/0/a", "foo", "/~"}) {
    EXPECT_EQ(cpi::find_at(document, none), nullptr) << none;
  }
  EXPECT_EQ(*cpi::find_at(document, "/foo/1"), json("\"baz\""));
}

TEST(Pointer, JoinAndTokensAreInverse) {
  for (const std::string &token : std::vector<std::string>{"", "a", "/", "~", "~1", "a/b~c", "0"}) {
    const std::string pointer = cpi::pointer_join(cpi::pointer_join("", "x"), token);
    EXPECT_TRUE(cpi::is_pointer(pointer));
    EXPECT_EQ(cpi::pointer_tokens(pointer), (std::vector<std::string>{"x", token}));
  }
  EXPECT_EQ(cpi::pointer_join("/a", std::size_t{7}), "/a/7");
}

TEST(Pointer, IsWellFormed) {
  for (const std::string_view good : {"", "/", "/a/b", "/~0~1"})
    EXPECT_TRUE(cpi::is_pointer(good)) << good;
  for (const std::string_view bad : {"a", "./a", "/~", "/~2", "#/a"})
    EXPECT_FALSE(cpi::is_pointer(bad)) << bad;
}

}  // namespace
