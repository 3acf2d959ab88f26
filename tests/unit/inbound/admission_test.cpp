#include "inbound/admission.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace host::inbound {
namespace {

TEST(Admission, AnonymousConnectionsHaveTheirPartOfThePlaces) {
  Admission places(4, 2);
  places.opened(1);
  EXPECT_TRUE(places.has_room());
  places.opened(2);
  EXPECT_FALSE(places.has_room());
  places.shows_session(1);
  EXPECT_TRUE(places.has_room()) << "one is no longer anonymous";
  places.closed(2);
  places.closed(2);
  places.opened(3);
  places.opened(4);
  EXPECT_FALSE(places.has_room());
}

TEST(Admission, TheAnonymousConnectionThatWaitedLongestIsClosedFirst) {
  Admission places(10, 3);
  for (const Admission::Id id : {1, 2, 3}) places.opened(id);
  EXPECT_EQ(places.one_to_close(), 1U);
  places.is_worked_for(1);
  EXPECT_EQ(places.one_to_close(), 2U);
  places.takes_answer(1);
  places.waits_for_request(1);
  EXPECT_EQ(places.one_to_close(), 2U) << "1 began to wait after 3";
  places.closed(2);
  EXPECT_EQ(places.one_to_close(), 3U);
  places.waits_for_request(3);
  EXPECT_EQ(places.one_to_close(), 3U) << "it waits since before";
}

TEST(Admission, AnAnonymousConnectionThatTakesItsAnswerMakesRoomLikeOneThatWaits) {
  Admission places(10, 2);
  places.opened(1);
  places.takes_answer(1);
  places.opened(2);
  EXPECT_EQ(places.one_to_close(), 1U) << "it took its answer before 2 came";
  places.takes_answer(2);
  places.waits_for_request(1);
  EXPECT_EQ(places.one_to_close(), 2U);
  places.is_worked_for(1);
  places.is_worked_for(2);
  EXPECT_EQ(places.one_to_close(), std::nullopt) << "answers are being made";
}

TEST(Admission, ConnectionsOfSessionsAreClosedOnlyWhenTheyFillAllPlaces) {
  Admission places(3, 2);
  for (const Admission::Id id : {1, 2, 3}) {
    places.opened(id);
    places.shows_session(id);
  }
  EXPECT_FALSE(places.has_room());
  places.is_worked_for(1);
  EXPECT_EQ(places.one_to_close(), 2U);
  places.closed(3);
  places.opened(4);
  EXPECT_EQ(places.one_to_close(), 4U) << "an anonymous one first";
  Admission crowded(10, 1);
  crowded.opened(1);
  crowded.shows_session(1);
  crowded.opened(2);
  crowded.is_worked_for(2);
  EXPECT_EQ(crowded.one_to_close(), std::nullopt) << "anonymous ones close no session's connection";
}

TEST(Admission, WhatIsNotKnownChangesNothing) {
  Admission places(1, 1);
  places.closed(7);
  places.shows_session(7);
  places.takes_answer(7);
  EXPECT_TRUE(places.has_room());
  EXPECT_EQ(places.one_to_close(), std::nullopt);
}

}  // namespace
}  // namespace host::inbound
