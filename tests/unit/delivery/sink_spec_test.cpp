#include "delivery/sink_spec.hpp"

#include <gtest/gtest.h>

#include "delivery/webhook_signature.hpp"
#include "fixture.hpp"

namespace host {
namespace {

std::string refusal(std::string_view text) {
  try {
    parse_sink_spec(text);
  } catch (const SinkError &error) {
    return error.what();
  }
  ADD_FAILURE() << text << " was taken";
  return {};
}

TEST(SinkSpec, NamesThreeKinds) {
  EXPECT_EQ(parse_sink_spec("stdout").kind->word, "stdout");
  EXPECT_EQ(parse_sink_spec("file:/a/b c").kind->word, "file");
  EXPECT_EQ(parse_sink_spec("file:/a/b c").target, "/a/b c");
  EXPECT_EQ(parse_sink_spec("webhook:https://a/?b=c:d").kind->word, "webhook");
  EXPECT_EQ(parse_sink_spec("webhook:https://a/?b=c:d").target, "https://a/?b=c:d");
}

TEST(SinkSpec, SaysWhatItWouldTake) {
  EXPECT_NE(refusal("").find("webhook:URL"), std::string::npos);
  EXPECT_NE(refusal("kafka:x").find("file:PATH"), std::string::npos);
  EXPECT_NE(refusal("stdout ").find("stdout"), std::string::npos);
  EXPECT_NE(refusal("file:").find("file:PATH"), std::string::npos);
  EXPECT_NE(refusal("webhook:").find("webhook:https://"), std::string::npos);
  EXPECT_NE(refusal("https://host/secret").find("webhook:"), std::string::npos);
  EXPECT_EQ(refusal("https://host/secret").find("secret"), std::string::npos);
  refusal(std::string_view("file:a\0b", 8));
  refusal(std::string_view("webhook:a\0b", 11));
}

TEST(SinkSpec, KnowsTheNameWithoutMakingTheSink) {
  const test::Folder folder;
  const std::string file = "file:" + (folder.path() / "events.ndjson").string();
  for (const std::string &spelling :
       {file, "file:" + (folder.path() / "a/..//./events.ndjson").string()}) {
    EXPECT_EQ(sink_name(parse_sink_spec(spelling)), file);
    EXPECT_EQ(make_sink(parse_sink_spec(spelling), {})->name(), file);
  }
  EXPECT_EQ(sink_name(parse_sink_spec("stdout")), "stdout");
  const SinkSpec webhook = parse_sink_spec("webhook:https://example.com/a?key=b");
  WebhookOptions options;
  for (int i = 0; i < 2; ++i) {
    options.secrets = {new_webhook_secret()};
    EXPECT_EQ(make_sink(webhook, options)->name(), sink_name(webhook));
  }
  EXPECT_EQ(sink_name(webhook).find("key"), std::string::npos);
  EXPECT_THROW(sink_name(parse_sink_spec("webhook:ftp://example.com/")), SinkError);
}

TEST(SinkSpec, MakesTheSink) {
  const test::Folder folder;
  EXPECT_EQ(make_sink(parse_sink_spec("stdout"), {})->name(), "stdout");
  const std::string file = "file:" + (folder.path() / "events.ndjson").string();
  EXPECT_EQ(make_sink(parse_sink_spec(file), {})->name(), file);
  WebhookOptions options;
  options.secrets = {new_webhook_secret()};
  EXPECT_TRUE(make_sink(parse_sink_spec("webhook:https://example.com/a"), options)
                  ->name()
                  .starts_with("webhook:https://example.com/#"));
}

}  // namespace
}  // namespace host
