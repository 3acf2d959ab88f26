#include "cpi/zones/zone_rules.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cpi/json/rfc3339.hpp"

namespace cpi {
namespace {

std::int64_t seconds(std::string_view text) {
  return to_unix_ms(parse_lenient(text).value()) / 1000;
}

std::vector<std::string> instants(std::string_view zone, std::string_view wall) {
  std::vector<std::string> out;
  for (const std::int64_t instant : ZoneRules::find(zone)->instants_of(seconds(wall))) {
    out.push_back(format_rfc3339(instant * 1000).substr(0, 16));
  }
  return out;
}

using Instants = std::vector<std::string>;

TEST(ZoneRules, OldNamesAreKnownWhateverTheirCase) {
  for (const std::string_view name : {"Europe/Kyiv", "Europe/Kiev", "europe/kyiv", "EUROPE/KIEV"}) {
    const auto zone = ZoneRules::find(name);
    ASSERT_TRUE(zone) << name;
    EXPECT_EQ(zone->offset_at(seconds("2026-07-01T00:00")), 3 * 3600) << name;
    EXPECT_EQ(zone->offset_at(seconds("2026-12-24T00:00")), 2 * 3600) << name;
  }
  EXPECT_EQ(ZoneRules::find("europe/kiev")->name(), "Europe/Kiev");
}

TEST(ZoneRules, AnOffsetIsAZone) {
  for (const auto &[text, offset, name] : {std::tuple{"+03:00", 10800, "UTC+03:00"},
                                           {"+0300", 10800, "UTC+03:00"},
                                           {"+3", 10800, "UTC+03:00"},
                                           {"UTC+2", 7200, "UTC+02:00"},
                                           {"GMT-5", -18000, "UTC-05:00"},
                                           {"utc+05:45", 20700, "UTC+05:45"},
                                           {"-09:30", -34200, "UTC-09:30"},
                                           {"+14:00", 50400, "UTC+14:00"}}) {
    const auto zone = ZoneRules::find(text);
    ASSERT_TRUE(zone) << text;
    EXPECT_EQ(zone->offset_at(0), offset) << text;
    EXPECT_EQ(zone->name(), name);
    EXPECT_EQ(zone->instants_of(offset), std::vector<std::int64_t>{0}) << text;
    EXPECT_TRUE(zone->changes(0, seconds("2100-01-01")).empty()) << text;
  }
}

TEST(ZoneRules, AnOffsetIsSureWhereAllZonesAgreeThatHaveItNow) {
  const std::int64_t winter = seconds("2026-01-15T00:00");
  const std::int64_t summer = seconds("2026-07-15T00:00");
  const auto is_sure = [](std::string_view zone, std::int64_t at, std::int64_t now) {
    return ZoneRules::find(zone)->is_sure_at(at, now);
  };
  for (const std::string_view zone : {"+02:00", "+03:00", "+05:45", "-05:00", "+00:00"}) {
    EXPECT_TRUE(is_sure(zone, winter, winter)) << zone;
    EXPECT_TRUE(is_sure(zone, summer, summer)) << zone;
  }
  EXPECT_FALSE(is_sure("+02:00", summer, winter));  // Kyiv is at +03:00 then
  EXPECT_FALSE(is_sure("+02:00", winter, summer));  // Paris is at +01:00 then
  EXPECT_TRUE(is_sure("+03:00", summer, winter));   // Istanbul, Moscow
  EXPECT_FALSE(is_sure("+03:00", winter, summer));  // and Kyiv
  EXPECT_TRUE(is_sure("+05:45", winter, summer));   // nobody but Kathmandu
  EXPECT_TRUE(is_sure("+03:33", winter, summer));   // nobody at all
  EXPECT_TRUE(is_sure("Europe/Kyiv", summer, winter));
  EXPECT_TRUE(is_sure("Etc/GMT-2", summer, winter));
  const auto once = [&](std::string_view zone, std::string_view wall, std::int64_t now) {
    return ZoneRules::find(zone)->surely_shows_once(seconds(wall), now);
  };
  EXPECT_FALSE(once("+02:00", "2026-10-25T03:30", winter));
  EXPECT_FALSE(once("+02:00", "2026-03-29T03:30", winter));
  EXPECT_TRUE(once("+02:00", "2026-10-25T05:30", winter));
  EXPECT_TRUE(once("+03:00", "2026-10-25T03:30", winter));
  EXPECT_FALSE(once("+03:00", "2026-10-25T03:30", summer));
  EXPECT_FALSE(once("Europe/Kyiv", "2026-10-25T03:30", winter));
  EXPECT_TRUE(once("Asia/Tokyo", "2026-10-25T03:30", winter));
}

TEST(ZoneRules, TheDatabasesOwnOffsetsKeepTheirSign) {
  EXPECT_EQ(ZoneRules::find("Etc/GMT+2")->offset_at(0), -7200);
  EXPECT_EQ(ZoneRules::find("UTC")->offset_at(0), 0);
  EXPECT_EQ(ZoneRules::find("GMT")->offset_at(0), 0);
}

TEST(ZoneRules, WhatIsNoZoneIsUnknown) {
  for (const std::string_view text :
       {"", " ", "Kyiv", "Europe/", "Europe/Kyiv ", "Mars/Olympus", "UTC+", "UTC+25", "+15:00",
        "+03:60", "+03:0", "+03:000", "3", "03:00", "UTC 2", "(UTC+02:00) Kyiv", "\xD0\x9A"}) {
    EXPECT_FALSE(ZoneRules::find(text)) << text;
  }
}

TEST(ZoneRules, AWallClockComesOnceTwiceOrNever) {
  EXPECT_EQ(instants("Europe/Kyiv", "2026-12-24T09:00"), Instants{"2026-12-24T07:00"});
  EXPECT_EQ(instants("Europe/Kyiv", "2026-10-25T03:30"),
            (Instants{"2026-10-25T00:30", "2026-10-25T01:30"}));
  EXPECT_EQ(instants("Europe/Kyiv", "2026-10-25T04:00"), Instants{"2026-10-25T02:00"});
  EXPECT_EQ(instants("Europe/Kyiv", "2026-10-25T02:59"), Instants{"2026-10-24T23:59"});
  EXPECT_EQ(instants("Europe/Kyiv", "2026-03-29T03:00"), Instants{});
  EXPECT_EQ(instants("Europe/Kyiv", "2026-03-29T03:59"), Instants{});
  EXPECT_EQ(instants("Europe/Kyiv", "2026-03-29T04:00"), Instants{"2026-03-29T01:00"});
}

TEST(ZoneRules, TheRuleGoesOnAfterTheLastListedYear) {
  EXPECT_EQ(instants("Europe/Kyiv", "2098-03-30T03:30"), Instants{});
  EXPECT_EQ(instants("America/New_York", "2099-07-01T09:00"), Instants{"2099-07-01T13:00"});
  // In the south the year begins in summer.
  EXPECT_EQ(instants("Australia/Sydney", "2090-01-01T00:00"), Instants{"2089-12-31T13:00"});
}

TEST(ZoneRules, ADayMayBeMissing) {
  EXPECT_EQ(instants("Pacific/Apia", "2011-12-30T12:00"), Instants{});
  EXPECT_EQ(instants("Pacific/Apia", "2011-12-31T12:00"), Instants{"2011-12-30T22:00"});
}

TEST(ZoneRules, ChangesSayBothOffsets) {
  const auto changes =
      ZoneRules::find("Europe/Kyiv")->changes(seconds("2026-01-01"), seconds("2027-01-01"));
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].at, seconds("2026-03-29T01:00"));
  EXPECT_EQ(changes[0].before, 7200);
  EXPECT_EQ(changes[0].after, 10800);
  EXPECT_EQ(changes[1].after, 7200);
}

TEST(ZoneRules, ExtremeTimesAreAnswered) {
  const auto zone = ZoneRules::find("Europe/Kyiv");
  EXPECT_EQ(zone->instants_of(seconds("0001-01-01")).size(), 1U);
  EXPECT_EQ(zone->instants_of(seconds("9999-12-31T23:59:59")).size(), 1U);
}

TEST(ZoneRules, MostHoursAreInDoubtNowhere) {
  EXPECT_FALSE(is_doubtful_somewhere(seconds("2026-12-24T09:00")));
  EXPECT_FALSE(is_doubtful_somewhere(seconds("2026-07-15T18:30")));
  EXPECT_TRUE(is_doubtful_somewhere(seconds("2026-10-25T03:30")));
  EXPECT_TRUE(is_doubtful_somewhere(seconds("2026-03-08T02:30")));  // New York
}

}  // namespace
}  // namespace cpi
