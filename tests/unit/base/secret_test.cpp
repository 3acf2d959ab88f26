#include "base/secret.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <string>
#include <utility>

namespace host {
namespace {

TEST(Secret, CopiesAndMoves) {
  Secret first("hush");
  const Secret copy = first;
  EXPECT_EQ(copy.reveal(), "hush");
  const Secret moved = std::move(first);
  EXPECT_EQ(moved.reveal(), "hush");
  Secret other("something else");
  other = copy;
  EXPECT_EQ(other, copy);
  EXPECT_FALSE(other == Secret("hus"));
  EXPECT_FALSE(other == Secret("husk"));
  EXPECT_TRUE(Secret() == Secret(""));
}

TEST(Secret, AMovedFromOneHoldsNothing) {
  for (const auto *text :
       {"short", "a text that is too long to live inside of the string itself"}) {
    Secret from(text);
    const Secret to = std::move(from);
    EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move): that is the question
    EXPECT_EQ(to.reveal(), text);
  }
}

TEST(Secret, TakesATextOverAndLeavesNothing) {
  for (std::string text : {std::string("short"), std::string(100, 'x')}) {
    const std::string copy = text;
    const char *const place = text.data();
    const Secret secret = Secret::take(std::move(text));
    EXPECT_EQ(secret.reveal(), copy);
    EXPECT_TRUE(text.empty());  // NOLINT(bugprone-use-after-move): that is the promise
    if (copy.size() > 50) {
      EXPECT_EQ(secret.reveal().data(), place);
    }
  }
}

TEST(Secret, WipingLeavesNothingInTheBuffer) {
  std::string text = "a secret long enough for the heap, I hope";
  const char *const data = text.data();
  const std::size_t size = text.size();
  wipe(text);
  EXPECT_TRUE(text.empty());
  EXPECT_EQ(text.data(), data) << "the buffer stays, or there is nothing to look at";
  for (std::size_t i = 0; i < size; ++i) ASSERT_EQ(data[i], '\0') << i;
}

TEST(Secret, WipingJsonReachesEveryText) {
  boost::json::value value = boost::json::parse(R"({"a":"hush","b":[{"c":"hush"}],"d":1})");
  wipe(value);
  EXPECT_EQ(value.at("a").as_string(), std::string(4, '\0'));
  EXPECT_EQ(value.at("b").at(0).at("c").as_string(), std::string(4, '\0'));
  EXPECT_EQ(value.at("d"), 1);
}

}  // namespace
}  // namespace host
