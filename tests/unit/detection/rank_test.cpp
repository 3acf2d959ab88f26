#include "rank.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include <string>
#include <string_view>
#include <vector>

#include "trigger.hpp"

namespace cpi::detection {
namespace {

int compared(std::string_view a, std::string_view b) {
  const int there = Rank::compare(Rank(a), Rank(b));
  EXPECT_EQ(Rank::compare(Rank(b), Rank(a)), -there) << a << ' ' << b;
  return there;
}

TEST(Rank, StampsWithAnOffsetAreInstants) {
  EXPECT_GT(compared("2025-10-26T03:10:00+02:00", "2025-10-26T03:40:00+03:00"), 0);
  EXPECT_EQ(compared("2025-03-01T11:00:00+02:00", "2025-03-01T09:00:00Z"), 0);
  EXPECT_LT(compared("2025-03-01 11:00:00+02:00", "2025-03-01T09:00:00.001Z"), 0);
  EXPECT_LT(compared("2025-03-01T09:00:00.0000001Z", "2025-03-01T09:00:00.0000002Z"), 0);
}

TEST(Rank, EverythingElseComparesAsItIsWritten) {
  EXPECT_LT(compared("2025-03-01 09:59:59", "2025-03-01 10:00:00"), 0);
  EXPECT_LT(compared("2025-03-01", "2025-03-01 00:00:01"), 0);
  EXPECT_LT(compared("9", "10"), 0);
  EXPECT_LT(compared("9.5", "10"), 0);
  EXPECT_LT(compared("661234567890123456789012", "66123456789012345678901f"), 0);
  EXPECT_EQ(compared("", ""), 0);
}

TEST(Rank, KindsComeOneAfterAnother) {
  const std::vector<std::string_view> rising = {"", "0000-00-00 00:00:00", "2025-03-01 09:00:00",
                                                "1970-01-01T00:00:00Z"};
  for (std::size_t i = 1; i < rising.size(); ++i) EXPECT_LT(compared(rising[i - 1], rising[i]), 0);
}

Scalar stamp(std::string_view json) {
  return to_scalar(json_of(json));
}

// What a scan of these stamps shows.
struct Observed {
  bool rising = false;
  bool falling = false;
};
Observed observed(const std::vector<std::string_view> &stamps) {
  Scan scan;
  Rank last;
  for (const std::string_view each : stamps) {
    observe_order(scan, last, stamp(each));
    last = Rank(scan.last_rank);  // as when a budget ends the poll here
  }
  return {scan.rising, scan.falling};
}

TEST(Rank, AnOddStampSaysNothingAboutTheOthers) {
  for (const std::string_view odd : {"null", R"("")", "0", R"("0")", R"("0000-00-00 00:00:00")",
                                     R"("0000-00-00")", "[]", "{}"}) {
    for (std::size_t at = 0; at <= 3; ++at) {
      std::vector<std::string_view> stamps = {
          R"("2025-03-03 09:00:00")", R"("2025-03-02 09:00:00")", R"("2025-03-01 09:00:00")"};
      stamps.insert(stamps.begin() + static_cast<std::ptrdiff_t>(at), odd);
      const Observed falls = observed(stamps);
      EXPECT_TRUE(falls.falling && !falls.rising) << odd << " at " << at;
      std::ranges::reverse(stamps);
      const Observed rises = observed(stamps);
      EXPECT_TRUE(rises.rising && !rises.falling) << odd << " at " << at;
    }
    EXPECT_FALSE(observed({odd, odd}).falling) << "nothing to rely on";
    EXPECT_FALSE(observed({odd, R"("2025-03-03 09:00:00")"}).falling) << odd;
  }
}

TEST(Rank, AnHourThatComesTwiceProvesNoOtherOrder) {
  // In Kyiv the clocks are set back on 2025-10-26 from 04:00 to 03:00. Newest first.
  const Observed twice =
      observed({R"("2025-10-26 04:10:00")", R"("2025-10-26 03:10:00")", R"("2025-10-26 03:55:00")",
                R"("2025-10-26 03:05:00")", R"("2025-10-26 02:50:00")"});
  EXPECT_TRUE(twice.falling && !twice.rising);
  EXPECT_TRUE(observed({R"("2025-10-27 03:10:00")", R"("2025-10-27 03:55:00")"}).rising);
  EXPECT_TRUE(observed({R"("2025-10-26 03:10:00")", R"("2025-10-26 04:20:00")"}).rising);
  // An offset says which of the two is meant.
  EXPECT_TRUE(
      observed({R"("2025-10-26T03:10:00+02:00")", R"("2025-10-26T03:55:00+02:00")"}).rising);
}

TEST(Rank, ATextOfDigitsDoesNotHideTheOrderOfTexts) {
  EXPECT_TRUE(observed({R"("660a")", R"("6605")", R"("660b")"}).rising);
  EXPECT_TRUE(observed({R"("6605")", R"("660a")"}).rising);
}

constexpr std::string_view by_date =
    R"({"strategy": "top", "key": ["/id"], "order": {"by": "/at"}})";

// A hundred things, the newest first, one a minute from 2025-02-28 09:00 on.
void add_a_hundred(Things &things) {
  for (int id = 100; id >= 1; --id) {
    const int minute = id % 60;
    things.add(R"({"id": )" + std::to_string(id) + R"(, "at": "2025-02-28 )" +
               (id < 60 ? "09:" : "10:") + (minute < 10 ? "0" : "") + std::to_string(minute) +
               R"(:00"})");
  }
}

TEST(Rank, OneOddStampDoesNotEndTheTrustInTheOrder) {
  for (const std::string odd : {"null", R"("")", "0", R"("0000-00-00 00:00:00")"}) {
    const std::string undated = R"({"id": 500, "at": )" + odd + "}";
    for (const std::size_t at : {0U, 50U, 100U}) {
      Things things(by_date);
      add_a_hundred(things);
      things.rows.rows.insert(things.rows.rows.begin() + static_cast<std::ptrdiff_t>(at),
                              json_of(undated));
      EXPECT_TRUE(things.trigger.baseline().notes.empty()) << odd << " at " << at;
      things.add_first(R"({"id": 101, "at": "2025-02-28 11:00:00"})");
      const Polled polled = things.trigger.poll();
      EXPECT_EQ(polled.keys(), Keys{"101"}) << odd << " at " << at;
      EXPECT_EQ(polled.urls.size(), 2U) << odd << " at " << at;
    }
    // One that is new is told once, and the order is still relied on.
    Things things(by_date);
    add_a_hundred(things);
    things.trigger.baseline();
    things.add_first(undated);
    things.add_first(R"({"id": 101, "at": "2025-02-28 11:00:00"})");
    const Polled polled = things.trigger.poll();
    EXPECT_EQ(polled.keys(), (Keys{"500", "101"})) << odd;
    EXPECT_TRUE(polled.notes.empty()) << polled.notes.front();
    things.add_first(R"({"id": 102, "at": "2025-02-28 11:01:00"})");
    const Polled next = things.trigger.poll();
    EXPECT_EQ(next.keys(), Keys{"102"}) << odd;
    EXPECT_EQ(next.urls.size(), 2U) << odd;
  }
}

TEST(Rank, ClocksThatAreSetBackDoNotEndTheTrustInTheOrder) {
  // The same night of Kyiv, with offsets and without.
  for (const bool offsets : {true, false}) {
    Things things(by_date);
    const auto at = [&](std::string_view clock, std::string_view offset) {
      return R"("at": "2025-10-26 )" + std::string(clock) + std::string(offsets ? offset : "") +
             R"("})";
    };
    for (int id = 60; id >= 1; --id) {
      const std::string minute = (id < 10 ? "0" : "") + std::to_string(id % 60);
      things.add(R"({"id": )" + std::to_string(id) + ", " +
                 at((id < 60 ? "02:" : "03:") + minute + ":00", "+03:00"));
    }
    things.trigger.baseline();
    int id = 61;
    for (const auto &[clock, offset] :
         {std::pair{"03:40:00", "+03:00"}, std::pair{"03:10:00", "+02:00"},
          std::pair{"03:45:00", "+02:00"}, std::pair{"04:05:00", "+02:00"}}) {
      things.add_first(R"({"id": )" + std::to_string(id) + ", " + at(clock, offset));
      const Polled polled = things.trigger.poll();
      EXPECT_EQ(polled.keys(), Keys{std::to_string(id)}) << offsets;
      EXPECT_TRUE(polled.notes.empty()) << clock << offsets;
      EXPECT_EQ(polled.urls.size(), 2U) << clock << offsets;
      ++id;
    }
  }
}

TEST(Rank, AListWithoutAnyUsableStampIsReadWhole) {
  Things things(by_date);
  for (int id = 1; id <= 60; ++id)
    things.add(R"({"id": )" + std::to_string(id) + R"(, "at": null})");
  things.trigger.baseline();
  things.add(R"({"id": 61, "at": null})");  // last, beyond the first page
  EXPECT_EQ(things.trigger.poll().keys(), Keys{"61"});
}

}  // namespace
}  // namespace cpi::detection
