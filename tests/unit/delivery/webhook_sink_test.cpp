#include "delivery/webhook_sink.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <future>

#include "delivery/webhook_signature.hpp"
#include "receiver.hpp"

namespace host {
namespace {

const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const std::string next_secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

WebhookOptions with(std::vector<std::string> secrets) {
  WebhookOptions options;
  options.secrets = std::move(secrets);
  return options;
}

SinkOutcome send(Sink &sink, const std::string &body = R"({"a":1})") {
  return sink.deliver(std::vector<Outgoing>{{"evt_1", body}}, {});
}

test::Receiver::Answer status(int code) {
  return [code](const test::Received &, test::HttpAnswer &response) { response.status = code; };
}

std::string refusal(const std::string &url, const WebhookOptions &options) {
  try {
    const WebhookSink sink(url, options);
  } catch (const SinkError &error) {
    return error.what();
  }
  ADD_FAILURE() << "taken: " << url;
  return {};
}

TEST(Webhook, GoesThroughTheProxyOfTheSettingsOnly) {
  test::Receiver receiver(status(204));
  const std::string at = receiver.url("");
  WebhookOptions options = with({secret});
  options.allow_http = true;
  options.connect_to = {"hooks.example:80:127.0.0.1:" + at.substr(at.rfind(':') + 1)};
  for (const char *name : {"http_proxy", "all_proxy", "ALL_PROXY"})
    ::setenv(name, "http://127.0.0.1:1", 1);
  WebhookSink direct("http://hooks.example/hook", options);
  EXPECT_EQ(send(direct).verdict, SinkVerdict::accepted) << "the environment decides nothing";
  ::setenv("no_proxy", "*", 1);
  options.proxy.url = "http://127.0.0.1:1";
  WebhookSink proxied("http://hooks.example/hook", options);
  EXPECT_EQ(send(proxied).verdict, SinkVerdict::refused) << "nobody listens there";
  for (const char *name : {"http_proxy", "all_proxy", "ALL_PROXY", "no_proxy"}) ::unsetenv(name);
  options.proxy.direct += ",hooks.example";
  WebhookSink around("http://hooks.example/hook", options);
  EXPECT_EQ(send(around).verdict, SinkVerdict::accepted);
  EXPECT_EQ(receiver.all().size(), 2U);
}

TEST(Webhook, SendsTheSignedBytes) {
  test::Receiver receiver(status(204));
  WebhookSink sink(receiver.url("/hook?x=1"), with({secret}));
  const std::string body = "{\"text\":\"\xC3\xBC \\n\",\"n\":9007199254740993}";
  const SinkOutcome outcome = send(sink, body);
  EXPECT_EQ(outcome.verdict, SinkVerdict::accepted);
  EXPECT_EQ(outcome.accepted, 1U);
  const auto all = receiver.all();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].path, "/hook");
  EXPECT_EQ(all[0].body, body);
  EXPECT_EQ(all[0].content_type, "application/cloudevents+json");
  EXPECT_EQ(all[0].id, "evt_1");
  const std::int64_t timestamp = std::stoll(all[0].timestamp);
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  EXPECT_LE(timestamp, now);
  EXPECT_GT(timestamp, now - 60);
  EXPECT_EQ(all[0].signature, WebhookSecret(secret).sign("evt_1", timestamp, all[0].body));
}

TEST(Webhook, SignsTwiceWhileTheSecretIsChanged) {
  test::Receiver receiver(status(200));
  WebhookSink sink(receiver.url(), with({secret, next_secret}));
  send(sink);
  const auto got = receiver.all().at(0);
  const std::int64_t timestamp = std::stoll(got.timestamp);
  EXPECT_EQ(got.signature, WebhookSecret(secret).sign("evt_1", timestamp, got.body) + " " +
                               WebhookSecret(next_secret).sign("evt_1", timestamp, got.body));
}

TEST(Webhook, KeepsItsIdOverRetries) {
  int tries = 0;
  test::Receiver receiver([&](const test::Received &, test::HttpAnswer &response) {
    response.status = ++tries < 3 ? 500 : 200;
  });
  WebhookSink sink(receiver.url(), with({secret}));
  EXPECT_EQ(send(sink).verdict, SinkVerdict::refused);
  EXPECT_EQ(send(sink).verdict, SinkVerdict::refused);
  EXPECT_EQ(send(sink).verdict, SinkVerdict::accepted);
  for (const auto &got : receiver.all()) EXPECT_EQ(got.id, "evt_1");
}

TEST(Webhook, EveryStatusHasItsMeaning) {
  int code = 0;
  test::Receiver receiver([&](const test::Received &, test::HttpAnswer &response) {
    response.status = code;
    if (code == 204) return;
    response.type = "text/plain";
    response.body = "a body nobody needs";
  });
  WebhookSink sink(receiver.url(), with({secret}));
  for (const int accepted : {200, 201, 202, 204, 299}) {
    code = accepted;
    const SinkOutcome outcome = send(sink);
    EXPECT_EQ(outcome.verdict, SinkVerdict::accepted) << code << ": " << outcome.reason;
  }
  for (const int refused : {301, 307, 400, 401, 404, 409, 429, 500, 502, 503, 504}) {
    code = refused;
    const SinkOutcome outcome = send(sink);
    EXPECT_EQ(outcome.verdict, SinkVerdict::refused) << code;
    EXPECT_EQ(outcome.accepted, 0U);
    EXPECT_NE(outcome.reason.find(std::to_string(code)), std::string::npos) << outcome.reason;
    EXPECT_EQ(outcome.reason.find("nobody"), std::string::npos);
  }
  code = 410;
  EXPECT_EQ(send(sink).verdict, SinkVerdict::gone);
}

TEST(Webhook, DoesNotFollowRedirects) {
  test::Receiver target(status(200));
  test::Receiver receiver([&](const test::Received &, test::HttpAnswer &response) {
    response.status = 302;
    response.headers.emplace_back("Location", target.url());
  });
  WebhookSink sink(receiver.url(), with({secret}));
  const SinkOutcome outcome = send(sink);
  EXPECT_EQ(outcome.verdict, SinkVerdict::refused);
  EXPECT_NE(outcome.reason.find("redirect"), std::string::npos);
  EXPECT_TRUE(target.all().empty());
}

TEST(Webhook, PassesOnWhenToRetryWithinADay) {
  std::string retry_after = "120";
  test::Receiver receiver([&](const test::Received &, test::HttpAnswer &response) {
    response.status = 429;
    response.headers.emplace_back("Retry-After", retry_after);
  });
  WebhookSink sink(receiver.url(), with({secret}));
  EXPECT_EQ(send(sink).retry_after, std::chrono::seconds(120));
  retry_after = "99999999";
  EXPECT_EQ(send(sink).retry_after, std::chrono::hours(24));
  retry_after = "soon";
  EXPECT_EQ(send(sink).retry_after, std::chrono::seconds(0));
}

TEST(Webhook, ADeadReceiverIsARefusalWithAReason) {
  std::string url;
  {
    const test::Receiver receiver(status(200));
    url = receiver.url("/secret-path");
  }
  WebhookSink sink(url, with({secret}));
  const SinkOutcome outcome = send(sink);
  EXPECT_EQ(outcome.verdict, SinkVerdict::refused);
  EXPECT_NE(outcome.reason.find("no answer"), std::string::npos) << outcome.reason;
  EXPECT_EQ(outcome.reason.find("secret-path"), std::string::npos) << outcome.reason;
}

TEST(Webhook, ASlowReceiverIsARefusalAfterTheTimeout) {
  std::promise<void> released;
  const auto wait = released.get_future().share();
  test::Receiver receiver([wait](const test::Received &, test::HttpAnswer &) { wait.wait(); });
  WebhookOptions options = with({secret});
  options.timeout = std::chrono::milliseconds(200);
  WebhookSink sink(receiver.url(), options);
  EXPECT_EQ(send(sink).verdict, SinkVerdict::refused);
  released.set_value();
}

TEST(Webhook, AHangingReceiverDoesNotKeepUsFromStopping) {
  std::promise<void> released;
  const auto wait = released.get_future().share();
  std::stop_source stop;
  test::Receiver receiver([&, wait](const test::Received &, test::HttpAnswer &) {
    stop.request_stop();
    wait.wait();
  });
  WebhookOptions options = with({secret});
  options.timeout = std::chrono::hours(1);
  WebhookSink sink(receiver.url(), options);
  const SinkOutcome outcome =
      sink.deliver(std::vector<Outgoing>{{"evt_1", "{}"}, {"evt_2", "{}"}}, stop.get_token());
  EXPECT_EQ(outcome.verdict, SinkVerdict::interrupted);
  EXPECT_EQ(outcome.accepted, 0U);
  released.set_value();
}

TEST(Webhook, FinishesTheEventUnderWayWhenAskedToStop) {
  std::stop_source stop;
  test::Receiver receiver([&](const test::Received &, test::HttpAnswer &) { stop.request_stop(); });
  WebhookSink sink(receiver.url(), with({secret}));
  const SinkOutcome outcome =
      sink.deliver(std::vector<Outgoing>{{"evt_1", "{}"}, {"evt_2", "{}"}}, stop.get_token());
  EXPECT_EQ(outcome.verdict, SinkVerdict::interrupted);
  EXPECT_EQ(outcome.accepted, 1U);
  EXPECT_EQ(receiver.all().size(), 1U);
}

TEST(Webhook, UnencryptedGoesToThisMachineOnly) {
  for (const char *url : {"http://127.0.0.1/", "http://localhost:99/x", "http://[::1]:8080/"})
    EXPECT_NO_THROW(WebhookSink(url, with({secret}))) << url;
  for (const char *url : {"http://example.com/", "http://127.example.com/", "http://10.0.0.1/",
                          "http://localhost.example.com/"})
    EXPECT_NE(refusal(url, with({secret})).find("https"), std::string::npos) << url;
  WebhookOptions options = with({secret});
  options.allow_http = true;
  EXPECT_NO_THROW(WebhookSink("http://example.com/", options));
}

TEST(Webhook, ABadUrlIsRefusedWithoutBeingShown) {
  for (const char *url :
       {"", "hidden", "ftp://example.com/hidden", "file:///hidden", "https://",
        "https://me:hidden@example.com/", "https://exa mple.com/hidden", "gopher://a/hidden"})
    EXPECT_EQ(refusal(url, with({secret})).find("hidden"), std::string::npos) << url;
}

TEST(Webhook, NeedsOneSecretOrTwo) {
  EXPECT_NE(refusal("https://example.com/", with({})).find("signing secret"), std::string::npos);
  EXPECT_NE(refusal("https://example.com/", with({secret, secret, secret})).find("signing secret"),
            std::string::npos);
  EXPECT_EQ(refusal("https://example.com/", with({"whsec_hidden"})).find("hidden"),
            std::string::npos);
}

TEST(Webhook, ItsNameTellsTheHostAndHidesTheRest) {
  const WebhookSink one("https://example.com:8443/token-abc?key=def", with({secret}));
  const WebhookSink same("https://example.com:8443/token-abc?key=def", with({next_secret}));
  const WebhookSink other("https://example.com:8443/token-xyz?key=def", with({secret}));
  EXPECT_TRUE(one.name().starts_with("webhook:https://example.com:8443/#")) << one.name();
  EXPECT_EQ(one.name().find("token"), std::string::npos);
  EXPECT_EQ(one.name().find("key"), std::string::npos);
  EXPECT_EQ(one.name(), same.name());
  EXPECT_NE(one.name(), other.name());
}

}  // namespace
}  // namespace host
