#include "polling/refused_parts.hpp"

#include <gtest/gtest.h>

namespace host {
namespace {

std::vector<std::string> names(const std::vector<RefusedPart> &parts) {
  std::vector<std::string> out;
  for (const RefusedPart &part : parts) out.push_back(part.name);
  return out;
}

using Names = std::vector<std::string>;

TEST(CompareRefused, APartBeginsStaysAndEnds) {
  const auto first =
      compare_refused("", R"({"notes":[],"refused":[{"name":"Wool","reason":"Bot is disabled."}]
})",
                      1000);
  EXPECT_EQ(names(first.begun), Names{"Wool"});
  EXPECT_TRUE(first.ended.empty());

  // Not asked again in this poll: it keeps its reason and its beginning.
  const auto second = compare_refused(stored_form(first.now), R"({"refused":[{"name":"Wool"
  }]
  })",
                                      2000);
  EXPECT_EQ(second.now, first.now);
  EXPECT_TRUE(second.begun.empty());
  EXPECT_TRUE(second.ended.empty());
  EXPECT_EQ(second.now.front().since, 1000);
  EXPECT_EQ(second.now.front().reason, "Bot is disabled.");

  const auto third = compare_refused(stored_form(second.now), "", 3000);
  EXPECT_EQ(names(third.ended), Names{"Wool"});
  EXPECT_EQ(stored_form(third.now), "");
}

TEST(CompareRefused, OneOfTwoThatAnswersAgain) {
  const auto two = compare_refused("", R"({"refused":[{"name":"a"},{"name":"b"}]})", 1);
  const auto one = compare_refused(stored_form(two.now), R"({"refused":[{"name":"b"}]})", 2);
  EXPECT_EQ(names(one.now), Names{"b"});
  EXPECT_EQ(names(one.ended), Names{"a"});
  EXPECT_TRUE(one.begun.empty());
}

TEST(CompareRefused, WhatIsNoListOfPartsIsNone) {
  for (const char *output : {"", "{}", "[]", "nonsense", R"({"refused":null})",
                             R"({"refused":[1]})", R"({"refused":[{"reason":"no name"}]})"}) {
    EXPECT_TRUE(compare_refused("nonsense", output, 1).now.empty()) << output;
    EXPECT_TRUE(compare_refused("", output, 1).ended.empty()) << output;
  }
}

TEST(NotesBeside, APartThatIsStillRefusedIsNoNews) {
  const char *output =
      R"({"notes":["Wool could not be read: No.","Silk could not be read: No.","Woolen rows moved."],
          "refused":[{"name":"Wool","reason":"No."},{"name":"Silk","reason":"No."}]})";
  const RefusedChange first = compare_refused(R"([{"name":"Wool","since":1}])", output, 2);
  EXPECT_EQ(names(first.lasting), Names{"Wool"});
  EXPECT_EQ(notes_beside(output, first.lasting),
            (Names{"Silk could not be read: No.", "Woolen rows moved."}));
  const RefusedChange second = compare_refused(stored_form(first.now), output, 3);
  EXPECT_EQ(notes_beside(output, second.lasting), Names{"Woolen rows moved."});
  EXPECT_TRUE(notes_beside("", {}).empty());
  EXPECT_TRUE(notes_beside(R"({"notes":[1]})", {}).empty());
}

TEST(RefusedText, NamesTheFirstAndCountsTheOthers) {
  EXPECT_EQ(refused_text({}), "");
  EXPECT_EQ(
      refused_text({{.name = "Wool", .reason = "Bot is disabled.", .since = 1'740'819'600'000}}),
      "Wool: Bot is disabled. (since 2025-03-01T09:00:00.000Z)");
  EXPECT_EQ(refused_text(refused_parts_of(R"([{"name":"Wool"},{"name":"Silk"},{"name":"Felt"}])")),
            "Wool, and 2 more");
}

}  // namespace
}  // namespace host
