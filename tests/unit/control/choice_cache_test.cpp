// How long choices are kept, and what ends that earlier; in virtual time.
#include "control/choice_cache.hpp"

#include <gtest/gtest.h>

#include <string>

namespace host {
namespace {

using std::chrono::seconds;

class ChoiceCacheTest : public testing::Test {
 protected:
  static ChoiceCache::Question question(const std::string &connection = "con_one",
                                        const std::string &list = "lists",
                                        const std::string &page = "") {
    return {.connection = connection, .list = list, .page = page};
  }
  void keep(const ChoiceCache::Question &of, const std::string &output, seconds lifetime) {
    ChoiceCache::Reading(choices, of, false).keep(output, lifetime);
  }
  std::string found(const ChoiceCache::Question &of) {
    const auto kept = choices.find(of);
    return kept ? kept->output : "nothing";
  }

  Clock::time_point now = Clock::time_point(std::chrono::hours(1));
  ChoiceCache choices{{.max_pages = 4, .max_bytes = 16'000, .now = [this] { return now; }}};
};

TEST_F(ChoiceCacheTest, AreFoundUntilTheirTimeIsOver) {
  EXPECT_EQ(found(question()), "nothing");
  keep(question(), "a", seconds(60));
  now += seconds(59);
  EXPECT_EQ(found(question()), "a");
  EXPECT_EQ(choices.find(question())->age, seconds(59));
  now += seconds(1);
  EXPECT_EQ(found(question()), "nothing");
  EXPECT_EQ(choices.pages(), 0U);
  EXPECT_EQ(choices.bytes(), 0U);
}

TEST_F(ChoiceCacheTest, BelongToAConnectionAListAndAPage) {
  keep(question(), "a", seconds(60));
  keep(question("con_one", "lists", "2"), "b", seconds(60));
  EXPECT_EQ(found(question("con_one", "lists", "2")), "b");
  EXPECT_EQ(found(question("con_two")), "nothing");
  EXPECT_EQ(found(question("con_one", "other lists")), "nothing");
  EXPECT_EQ(found(question("con_one", "lists", "3")), "nothing");
}

TEST_F(ChoiceCacheTest, WithoutALifetimeAreNotKept) {
  keep(question(), "a", seconds(0));
  EXPECT_EQ(choices.pages(), 0U);
}

TEST_F(ChoiceCacheTest, OfAConnectionThatChangedAreDroppedAndOthersStay) {
  keep(question(), "a", seconds(60));
  keep(question("con_two"), "b", seconds(60));
  choices.forget("con_one");
  EXPECT_EQ(found(question()), "nothing");
  EXPECT_EQ(found(question("con_two")), "b");
}

TEST_F(ChoiceCacheTest, ThatAreReadWhileTheConnectionChangesAreNotKept) {
  ChoiceCache::Reading outdated(choices, question(), false);
  ChoiceCache::Reading other(choices, question("con_two"), false);
  choices.forget("con_one");
  outdated.keep("before the change", seconds(60));
  other.keep("b", seconds(60));
  EXPECT_EQ(found(question()), "nothing");
  EXPECT_EQ(found(question("con_two")), "b");
  ChoiceCache::Reading(choices, question(), false).keep("after it", seconds(60));
  EXPECT_EQ(found(question()), "after it");
}

TEST_F(ChoiceCacheTest, ReadAnewReplaceAllPagesOfTheList) {
  keep(question(), "a", seconds(60));
  keep(question("con_one", "lists", "2"), "b", seconds(60));
  keep(question("con_one", "other lists"), "c", seconds(60));
  ChoiceCache::Reading late(choices, question("con_one", "lists", "2"), false);
  ChoiceCache::Reading(choices, question(), true).keep("new", seconds(60));
  late.keep("the second page of the old list", seconds(60));
  EXPECT_EQ(found(question()), "new");
  EXPECT_EQ(found(question("con_one", "lists", "2")), "nothing");
  EXPECT_EQ(found(question("con_one", "other lists")), "c");
}

TEST_F(ChoiceCacheTest, ThatCannotBeReadAnewAreGone) {
  keep(question(), "a", seconds(60));
  { const ChoiceCache::Reading failed(choices, question(), true); }
  EXPECT_EQ(found(question()), "nothing");
}

TEST_F(ChoiceCacheTest, AreBoundedInNumberTheOldestGoFirst) {
  for (const char *page : {"1", "2", "3", "4", "5"})
    keep(question("con_one", "lists", page), page, seconds(60));
  EXPECT_EQ(choices.pages(), 4U);
  EXPECT_EQ(found(question("con_one", "lists", "1")), "nothing");
  EXPECT_EQ(found(question("con_one", "lists", "5")), "5");
}

TEST_F(ChoiceCacheTest, AreBoundedInBytesAndOneThatIsTooLargeIsNotKept) {
  keep(question(), std::string(2'001, 'x'), seconds(60));
  EXPECT_EQ(choices.pages(), 0U);
  ChoiceCache few({.max_pages = 100, .max_bytes = 16'000, .now = [this] { return now; }});
  for (int page = 0; page < 30; ++page) {
    ChoiceCache::Reading(few, question("con_one", "lists", std::to_string(page)), false)
        .keep(std::string(1'000, 'x'), seconds(60));
    EXPECT_LE(few.bytes(), 16'000U);
  }
  EXPECT_GT(few.pages(), 5U);
  EXPECT_TRUE(few.find(question("con_one", "lists", "29")).has_value());
}

}  // namespace
}  // namespace host
