#include "control/record_json.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace host {
namespace {

using boost::json::serialize;

TEST(StoredJson, AnIntegerBeyond64BitsIsATextWithItsDigits) {
  EXPECT_EQ(
      serialize(stored_json(R"({"id":123456789012345678901,"n":[18446744073709551615,"x"]})")),
      R"({"id":"123456789012345678901","n":[18446744073709551615,"x"]})");
  EXPECT_EQ(stored_json("[0.10]").at(0).get_double(), 0.1);
  EXPECT_TRUE(stored_json("{").is_null());
}

TEST(ConnectionJson, HasNothingSealedAndLeavesOutWhatIsEmpty) {
  ConnectionRecord connection;
  connection.id = "con_1";
  connection.plugin = "sendpulse";
  connection.method = "app";
  connection.label = "owner@example.com";
  connection.settings = "{}";
  connection.sealed_input = {1, 2, 3};
  connection.sealed_tokens = {4};
  connection.created_at = 784'111'777'000;
  EXPECT_EQ(serialize(connection_json(connection)),
            R"({"id":"con_1","plugin":"sendpulse","method":"app","label":"owner@example.com",)"
            R"("state":"ok","created_at":"1994-11-06T08:49:37.000Z"})");
  connection.state = ConnectionState::needs_sign_in;
  connection.state_reason = "revoked";
  connection.settings = R"({"token_url": "https://x"})";
  const auto out = connection_json(connection);
  EXPECT_EQ(out.at("state_reason").as_string(), "revoked");
  EXPECT_EQ(out.at("settings").at("token_url").as_string(), "https://x");
}

TEST(TriggerJson, SaysHowItGoes) {
  TriggerRecord trigger;
  trigger.id = "trg_1";
  trigger.connection_id = "con_1";
  trigger.trigger = "campaign.created";
  trigger.input = R"({"a":1})";
  trigger.interval_ms = 300'000;
  trigger.start = StartMode::last_n;
  trigger.start_count = 5;
  trigger.created_at = 784'111'777'000;
  EXPECT_EQ(serialize(trigger_json(trigger)),
            R"({"id":"trg_1","connection":"con_1","trigger":"campaign.created","input":{"a":1},)"
            R"("interval_s":300,"start":"last:5","state":"initialising",)"
            R"("created_at":"1994-11-06T08:49:37.000Z"})");
  trigger.interval_ms = 1500;
  trigger.failures = 3;
  trigger.last_error = R"({"class":"timeout"})";
  const auto out = trigger_json(trigger);
  EXPECT_EQ(out.at("interval_s").as_double(), 1.5);
  EXPECT_EQ(out.at("last_error").at("class").as_string(), "timeout");
  EXPECT_EQ(out.at("failures").to_number<int>(), 3);
}

TEST(EventJson, KeepsItsData) {
  EventRecord event;
  event.id = "evt_1";
  event.seq = 7;
  event.data = R"({"id":9007199254740993})";
  event.state = EventState::held;
  const auto out = event_json(event);
  EXPECT_EQ(out.at("data").at("id").as_int64(), 9007199254740993);
  EXPECT_EQ(out.at("state").as_string(), "held");
  EXPECT_FALSE(out.contains("subject"));
  EXPECT_FALSE(out.contains("delivered_at"));
  event.data = "damaged";
  EXPECT_TRUE(event_json(event).at("data").is_null());
}

TEST(DeliveryJson, TellsTheNextTryOnlyWhileThereIsOne) {
  DeliveryRecord delivery;
  delivery.sink = "stdout";
  delivery.next_try = 784'111'777'000;
  EXPECT_TRUE(delivery_json(delivery).contains("next_try"));
  delivery.state = DeliveryState::dead;
  EXPECT_FALSE(delivery_json(delivery).contains("next_try"));
}

TEST(StartText, IsWhatTheFlagTakes) {
  EXPECT_EQ(start_text(StartMode::now, 0), "now");
  EXPECT_EQ(start_text(StartMode::last_n, 12), "last:12");
  EXPECT_EQ(start_text(StartMode::all, 0), "all");
}

}  // namespace
}  // namespace host
