#include "text/suggestion.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace host {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::vector<std::string> triggers{"mailing_list.created", "subscriber.added",
                                        "subscriber.unsubscribed", "campaign.created",
                                        "campaign.status_changed"};

TEST(Suggestions, ForgiveAWrongAMissingASurplusAndASwappedLetter) {
  EXPECT_THAT(suggestions("subscriber.addad", triggers), ElementsAre("subscriber.added"));
  EXPECT_THAT(suggestions("subscriber.aded", triggers), ElementsAre("subscriber.added"));
  EXPECT_THAT(suggestions("subscriber.addded", triggers), ElementsAre("subscriber.added"));
  EXPECT_THAT(suggestions("subscrbier.added", triggers), ElementsAre("subscriber.added"));
}

TEST(Suggestions, ForgiveCase) {
  EXPECT_THAT(suggestions("Campaign.Created", triggers), ElementsAre("campaign.created"));
}

TEST(Suggestions, KnowThePartOfAName) {
  EXPECT_THAT(suggestions("unsub", triggers), ElementsAre("subscriber.unsubscribed"));
  EXPECT_THAT(suggestions("campaign", triggers),
              ElementsAre("campaign.created", "campaign.status_changed"));
}

TEST(Suggestions, PutTheNearestFirstAndGiveThreeAtMost) {
  const std::vector<std::string> names{"aaaaab", "aaaaaa", "aaaabb", "aaabbb", "aaaaac"};
  EXPECT_THAT(suggestions("aaaaa", names), ElementsAre("aaaaab", "aaaaaa", "aaaaac"));
}

TEST(Suggestions, SayNothingWhenNothingIsNear) {
  EXPECT_THAT(suggestions("zzz", triggers), IsEmpty());
  EXPECT_THAT(suggestions("", triggers), IsEmpty());
  EXPECT_THAT(suggestions("ab", std::vector<std::string>{"cd"}), IsEmpty());
  EXPECT_THAT(suggestions(std::string(5000, 'a'), triggers), IsEmpty());
}

TEST(DidYouMean, IsASentence) {
  EXPECT_EQ(did_you_mean("subscriber.aded", triggers), "Did you mean subscriber.added?");
  EXPECT_EQ(did_you_mean("campaign", triggers),
            "Did you mean campaign.created or campaign.status_changed?");
  EXPECT_EQ(did_you_mean("zzz", triggers), "");
}

}  // namespace
}  // namespace host
