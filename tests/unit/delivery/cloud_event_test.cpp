#include "delivery/cloud_event.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace host {
namespace {

EventRecord an_event() {
  EventRecord event;
  event.id = "evt_abc";
  event.trigger_id = "trg_1";
  event.connection_id = "con_1";
  event.trigger = "campaign.created";
  event.plugin = "sendpulse";
  event.subject = "campaigns/7";
  event.data = R"({"id":7})";
  event.dedupe_version = 2;
  event.time = 1753000000123;
  return event;
}

TEST(CloudEvent, IsOneLineOfTheJsonFormat) {
  EXPECT_EQ(cloud_event(an_event()),
            R"({"specversion":"1.0","id":"evt_abc","source":"/connections/con_1/triggers/trg_1",)"
            R"("type":"com.sendpulse.campaign.created.v2","time":"2025-07-20T08:26:40.123Z",)"
            R"("subject":"campaigns/7","datacontenttype":"application/json","data":{"id":7}})");
}

TEST(CloudEvent, ASampleSaysSo) {
  const auto value = boost::json::parse(cloud_event(an_event(), EventKind::sample));
  EXPECT_EQ(value.at("testevent"), true);
  EXPECT_FALSE(boost::json::parse(cloud_event(an_event())).as_object().contains("testevent"));
}

TEST(CloudEvent, HasNoEmptySubject) {
  EventRecord event = an_event();
  event.subject.clear();
  EXPECT_FALSE(boost::json::parse(cloud_event(event)).as_object().contains("subject"));
}

TEST(CloudEvent, StaysOneLineWhateverTheDataLooksLike) {
  EventRecord event = an_event();
  event.subject = "two\nlines \"quoted\" \x01";
  event.data = "{\r\n  \"text\": \"a\\nb\"\n}\n";
  const std::string line = cloud_event(event);
  EXPECT_EQ(line.find_first_of("\r\n"), std::string::npos);
  const auto value = boost::json::parse(line);
  EXPECT_EQ(value.at("subject").as_string(), event.subject);
  EXPECT_EQ(value.at("data").at("text"), "a\nb");
}

TEST(CloudEvent, LeavesNumbersAsTheyAre) {
  EventRecord event = an_event();
  event.data = R"({"n":123456789012345678901234567890,"x":1.10,"z":9007199254740993})";
  EXPECT_NE(cloud_event(event).find(event.data), std::string::npos);
}

TEST(CloudEvent, TakesDeepData) {
  EventRecord event = an_event();
  event.data = std::string(200, '[') + std::string(200, ']');
  EXPECT_NE(cloud_event(event).find("\"application/json\""), std::string::npos);
}

TEST(CloudEvent, WhatIsNotJsonGoesOutAsText) {
  for (const std::string &data :
       {std::string("{\"a\":"), std::string(), std::string("{} {}"), std::string("say \"hi\"\n")}) {
    EventRecord event = an_event();
    event.data = data;
    const auto value = boost::json::parse(cloud_event(event));
    EXPECT_EQ(value.at("datacontenttype"), "text/plain");
    EXPECT_EQ(value.at("data").as_string(), data);
  }
}

}  // namespace
}  // namespace host
