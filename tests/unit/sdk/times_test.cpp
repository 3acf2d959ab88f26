#include "cpi/sdk/times.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/serialize.hpp>

#include "scripted.hpp"

namespace {

using scripted::Answer;
using scripted::Outcome;

// Two actions that send a time, one whose zone is documented and one whose zone is not, and a read.
std::string with_times() {
  std::string text = scripted::manifest(R"({
    "title": "Post",
    "auth": {"test": {"request": {"method": "GET", "path": "/user/info"}, "label": "/email",
                      "time_zone": "/time_zone"}},
    "$defs": {"at": {"type": "string", "title": "Send at", "format": "date-time-local",
                     "x-zone": "undocumented"}},
    "actions": [
      {"id": "known", "effects": {"read_only": false, "idempotent": false},
       "input": {"type": "object", "properties": {
         "at": {"type": "string", "title": "Send at", "format": "date-time-local",
                "x-zone": "account"}}},
       "request": {"method": "POST", "path": "/send",
                   "body": {"at": {"$from": "/at", "$encode": "datetime"}}}},
      {"id": "unknown", "effects": {"read_only": false, "idempotent": false},
       "input": {"type": "object", "properties": {
         "at": {"$ref": "#/$defs/at"},
         "steps": {"type": "array", "items": {"type": "object",
                                              "properties": {"at": {"$ref": "#/$defs/at"}}}}}},
       "request": {"method": "POST", "path": "/send",
                   "body": {"at": {"$from": "/at", "$encode": "datetime"},
                            "steps": {"$each": "/steps",
                                      "$item": {"$from": "./at", "$encode": "datetime"}}}}},
      {"id": "read", "effects": {"read_only": true, "idempotent": true},
       "input": {"type": "object", "properties": {"at": {"$ref": "#/$defs/at"}}},
       "request": {"method": "GET", "path": "/list",
                   "query": {"at": {"$from": "/at", "$encode": "datetime"}}}},
      {"id": "stamps", "effects": {"read_only": true, "idempotent": true},
       "input": {"type": "object"}, "request": {"method": "GET", "path": "/list"},
       "output": {"type": "object", "properties": {"rows": {"type": "array", "items": {
         "type": "object", "properties": {
           "created": {"type": ["string", "null"], "x-zone": "offset"},
           "created_instant": {"type": "string", "format": "date-time"}}}}}}}
    ]})");
  return text;
}

Answer zone(std::string_view value) {
  return {.body = R"({"email": "a@example.org", "time_zone": )" + std::string(value) + "}"};
}

const Answer sent_well{.body = R"({"result": true})"};

Outcome send(std::string_view id, std::string_view at, const std::vector<Answer> &answers) {
  static const std::string manifest = with_times();
  return scripted::run(manifest, CPI_KIND_ACTION, id, R"({"at": ")" + std::string(at) + R"("})",
                       answers);
}

// The body of the last request.
std::string body_of(const Outcome &outcome) {
  return outcome.done ? outcome.sent.back().body : outcome.message;
}

TEST(Times, AClockIsSentAsItWasEnteredAndAsksNobody) {
  for (const std::string_view id : {"known", "unknown"}) {
    const Outcome outcome = send(id, "2026-12-24T09:00:00", {sent_well});
    EXPECT_EQ(body_of(outcome), R"({"at":"2026-12-24 09:00:00"})");
    EXPECT_EQ(outcome.sent.size(), 1U);
  }
}

TEST(Times, AnOffsetIsConvertedWhereTheZoneIsDocumented) {
  const Outcome outcome =
      send("known", "2026-12-24T09:00:00-05:00", {zone(R"("Europe/Kiev")"), sent_well});
  EXPECT_EQ(body_of(outcome), R"({"at":"2026-12-24 16:00:00"})");
  ASSERT_EQ(outcome.sent.size(), 2U);
  EXPECT_EQ(outcome.sent[0].method, "GET");
  EXPECT_FALSE(outcome.sent[0].shareable);
  EXPECT_EQ(body_of(send("known", "2026-07-24T09:00:00Z", {zone(R"("Europe/Kyiv")"), sent_well})),
            R"({"at":"2026-07-24 12:00:00"})");
}

TEST(Times, TheAccountsOwnOffsetIsTakenEverywhere) {
  EXPECT_EQ(
      body_of(send("unknown", "2026-12-24T09:00:00+02:00", {zone(R"("Europe/Kyiv")"), sent_well})),
      R"({"at":"2026-12-24 09:00:00"})");
  EXPECT_EQ(body_of(send("unknown", "2026-12-24T09:00:00+03:00", {zone(R"("+03:00")"), sent_well})),
            R"({"at":"2026-12-24 09:00:00"})");
}

TEST(Times, AnotherOffsetIsRefusedWhereNothingIsDocumented) {
  const Outcome outcome = send("unknown", "2026-12-24T09:00:00-05:00", {zone(R"("Europe/Kyiv")")});
  EXPECT_EQ(outcome.error_class, CPI_CLASS_INVALID_INPUT);
  EXPECT_EQ(outcome.message,
            "Send at has the offset -05:00, but the account's time zone, Europe/Kyiv, is at +02:00 "
            "then. Post does not document the time zone of this field, so the time is not "
            "converted. Enter it as your Post account shows it: 2026-12-24T16:00:00.");
  EXPECT_EQ(outcome.sent.size(), 1U);
  // The summer's offset in winter is another one.
  EXPECT_FALSE(send("unknown", "2026-12-24T09:00:00+03:00", {zone(R"("Europe/Kyiv")")}).done);
}

TEST(Times, AnElementOfAListIsNamedByItsPlace) {
  static const std::string manifest = with_times();
  const Outcome outcome =
      scripted::run(manifest, CPI_KIND_ACTION, "unknown",
                    R"({"steps": [{"at": "2026-12-24T09:00:00"}, {"at": "2026-12-24T09:00:00Z"}]})",
                    {zone(R"("Europe/Kyiv")")});
  EXPECT_EQ(outcome.error_class, CPI_CLASS_INVALID_INPUT);
  EXPECT_EQ(outcome.details.at(0).at("pointer"), "/steps/1/at");
}

TEST(Times, TheHourThatComesTwiceIsRefused) {
  for (const std::string_view id : {"known", "unknown"}) {
    const Outcome outcome = send(id, "2026-10-25T03:30:00", {zone(R"("Europe/Kyiv")")});
    EXPECT_EQ(outcome.message,
              "Send at: 2026-10-25 03:30:00 comes twice in the account's time zone, Europe/Kyiv, "
              "because the clocks are set back: it may be 2026-10-25T03:30:00+03:00 or "
              "2026-10-25T03:30:00+02:00. Enter another time.");
  }
  // What it is converted to comes twice as well.
  EXPECT_FALSE(send("known", "2026-10-25T00:30:00Z", {zone(R"("Europe/Kyiv")")}).done);
  EXPECT_FALSE(send("unknown", "2026-10-25T03:30:00+02:00", {zone(R"("Europe/Kyiv")")}).done);
}

TEST(Times, TheHourThatDoesNotExistIsRefused) {
  const Outcome outcome = send("known", "2026-03-29T03:30:00", {zone(R"("Europe/Kyiv")")});
  EXPECT_EQ(outcome.message,
            "Send at: 2026-03-29 03:30:00 does not exist in the account's time zone, Europe/Kyiv: "
            "the clocks are set forward from 2026-03-29 03:00:00 to 2026-03-29 04:00:00. Enter "
            "another time.");
}

TEST(Times, TheSameHourIsSentWhereTheAccountIsElsewhere) {
  const Outcome outcome =
      send("known", "2026-10-25T03:30:00", {zone(R"("Asia/Tokyo")"), sent_well});
  EXPECT_EQ(body_of(outcome), R"({"at":"2026-10-25 03:30:00"})");
}

TEST(Times, AReadTakesTheHourThatComesTwiceAndAsksNobody) {
  const Outcome outcome = send("read", "2026-10-25T03:30:00", {{.body = "{}"}});
  EXPECT_TRUE(outcome.done) << outcome.message;
  EXPECT_EQ(outcome.sent.size(), 1U);
  EXPECT_TRUE(
      send("read", "2026-10-25T03:30:00+02:00", {zone(R"("Europe/Kyiv")"), {.body = "{}"}}).done);
}

TEST(Times, AnUnknownZoneRefusesAnOffset) {
  for (const std::string_view value : {R"("Mars/Olympus")", R"("")", "null", "{}", "7"}) {
    for (const std::string_view id : {"known", "unknown"}) {
      const Outcome outcome = send(id, "2026-12-24T09:00:00+02:00", {zone(value)});
      EXPECT_EQ(outcome.error_class, CPI_CLASS_INVALID_INPUT) << value;
      EXPECT_NE(outcome.message.find("Enter the time without an offset"), std::string::npos)
          << outcome.message;
    }
  }
  EXPECT_EQ(send("known", "2026-12-24T09:00:00Z", {{.body = "{}"}}).message,
            "Send at has an offset, but Post does not report the account's time zone. Enter the "
            "time without an offset, as your Post account shows it.");
  EXPECT_NE(send("known", "2026-12-24T09:00:00Z", {zone(R"("Mars/Olympus")")})
                .message.find("as \"Mars/Olympus\", which is unknown here (tzdata 20"),
            std::string::npos);
}

TEST(Times, AnUnknownZoneRefusesOnlyTheHoursThatAreInDoubtSomewhere) {
  const Outcome outcome = send("known", "2026-10-25T03:30:00", {zone(R"("")")});
  EXPECT_EQ(outcome.message,
            "Send at: 2026-10-25 03:30:00 comes twice, or does not exist, in some time zones, and "
            "Post does not report the account's time zone. Enter another time.");
}

// It is winter now: +02:00 may be Kyiv, which is at +03:00 in summer, or Johannesburg.
TEST(Times, AnOffsetInPlaceOfTheAccountsZoneIsTakenOnlyWhereItIsSure) {
  const Answer winter = zone(R"("+02:00")");
  EXPECT_EQ(body_of(send("known", "2025-03-02T09:00:00Z", {winter, sent_well})),
            R"({"at":"2025-03-02 11:00:00"})");
  EXPECT_EQ(body_of(send("unknown", "2025-03-02T09:00:00+02:00", {winter, sent_well})),
            R"({"at":"2025-03-02 09:00:00"})");
  for (const char *at : {"2025-07-01T09:00:00Z", "2025-07-01T09:00:00+02:00"}) {
    for (const char *id : {"known", "unknown"}) {
      EXPECT_EQ(
          body_of(send(id, at, {winter})),
          "Send at has an offset, but Post reports the account's time zone as \"+02:00\", and "
          "some time zones with this offset have another one then. Enter the time without an "
          "offset, as your Post account shows it.");
    }
  }
  // No zone that is at +03:00 in winter changes its clocks.
  EXPECT_EQ(body_of(send("known", "2025-07-01T09:00:00Z", {zone(R"("UTC+3")"), sent_well})),
            R"({"at":"2025-07-01 12:00:00"})");
  // A clock goes out as it was entered, but for the hours that are in doubt.
  EXPECT_EQ(body_of(send("known", "2025-07-01T09:00:00", {sent_well})),
            R"({"at":"2025-07-01 09:00:00"})");
  EXPECT_EQ(body_of(send("unknown", "2025-10-26T03:30:00", {winter})),
            "Send at: 2025-10-26 03:30:00 comes twice, or does not exist, in some time zones that "
            "are at +02:00 now, and Post reports only this offset as the account's time zone. "
            "Enter another time.");
  EXPECT_EQ(body_of(send("unknown", "2025-10-26T03:30:00", {zone(R"("+03:00")"), sent_well})),
            R"({"at":"2025-10-26 03:30:00"})");
}

TEST(Times, NothingIsSentWhenTheZoneCannotBeRead) {
  const Outcome outcome =
      send("known", "2026-12-24T09:00:00Z", {{.status = 403, .body = R"({"message": "No"})"}});
  EXPECT_EQ(outcome.error_class, CPI_CLASS_FORBIDDEN);
  EXPECT_EQ(outcome.sent.size(), 1U);
}

TEST(Times, AStampWithAnOffsetGetsItsInstantAndNoOther) {
  static const std::string manifest = with_times();
  const Outcome outcome =
      scripted::run(manifest, CPI_KIND_ACTION, "stamps", "{}",
                    {{.body = R"({"rows": [{"created": "2026-03-01 11:00:00+02:00"},
                             {"created": "2026-03-01T09:00:00.250Z"},
                             {"created": "2026-03-01 11:00:00"}, {"created": null}, {}]})"}});
  EXPECT_EQ(boost::json::serialize(outcome.output),
            R"({"rows":[{"created":"2026-03-01 11:00:00+02:00",)"
            R"("created_instant":"2026-03-01T09:00:00.000Z"},)"
            R"({"created":"2026-03-01T09:00:00.250Z",)"
            R"("created_instant":"2026-03-01T09:00:00.250Z"},)"
            R"({"created":"2026-03-01 11:00:00"},{"created":null},{}]})");
}

}  // namespace
