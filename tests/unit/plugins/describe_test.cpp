#include "plugins/describe.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>
#include <string>

#include "plugin_folder.hpp"

namespace host {
namespace {

namespace json = boost::json;
using test::PluginFolder;

TEST(Describe, TextSaysWhatThePluginOffersAndWhatItDoesNot) {
  PluginFolder folder;
  folder.install("good");
  const std::string text = describe_text(*folder.tiny());
  for (const auto *part :
       {"Tiny (tiny 1.2.3)", "API key (static_bearer)", "input: api_key*", "thing.created",
        "Triggers when a thing is made.", "polls every 300 s", "input: box_id",
        "cost of a poll when nothing changed: 1 request (shared with the account's other "
        "triggers); when something changed: none more",
        "blind spot: A thing that is gone before the next poll is not seen.", "thing.get",
        "input: id*", "read-only, safe to repeat", "boxes", "Boxes",
        "This connector cannot search things."})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

TEST(Describe, TextSaysHowLongADeprecatedOperationStaysAndWhatToUse) {
  PluginFolder folder;
  folder.install("good");
  std::string text = test::tiny_manifest();
  const std::string before = "    title: Get a Thing\n";
  text.replace(text.find(before), before.size(),
               before + "    deprecated: {since: 1.2.0, remove_after: 2.0.0, use: thing.get}\n");
  folder.write("tiny.yaml", text);
  const Discovery found = folder.discover();
  ASSERT_FALSE(found.plugins.empty());
  const std::string described = describe_text(*found.plugins[0]);
  EXPECT_NE(described.find("deprecated since 1.2.0; may be removed after 2.0.0; use thing.get "
                           "instead"),
            std::string::npos)
      << described;
}

TEST(Describe, TextNamesEndpointsWithoutAnOperationAndTheReason) {
  PluginFolder folder;
  folder.install("good");
  const std::string text = describe_text(*folder.tiny());
  EXPECT_NE(text.find("GET HEAD /things/{}/shadow  It returns what thing.get returns."),
            std::string::npos)
      << text;
}

TEST(Describe, JsonIsWhatAFormNeedsAndNothingOfThePluginsOwn) {
  PluginFolder folder;
  folder.install("good");
  const json::object out = describe_json(*folder.tiny());
  EXPECT_EQ(out.at("id"), "tiny");
  const json::object &trigger = out.at("triggers").at(0).as_object();
  EXPECT_EQ(trigger.at("event_type"), "com.tiny.thing.created.v1");
  EXPECT_EQ(trigger.at("interval_s"), 300);
  EXPECT_EQ(trigger.at("input").at("properties").at("box_id").at("x-options").at("lookup"),
            "boxes");
  EXPECT_FALSE(trigger.contains("handler"));
  const json::object &method = out.at("auth").at("methods").at(0).as_object();
  EXPECT_EQ(method.at("type"), "static_bearer");
  EXPECT_EQ(method.at("input").at("properties").at("api_key").at("writeOnly"), true);
  EXPECT_EQ(out.at("limitations").at(0).at("id"), "no-thing-search");
  EXPECT_EQ(out.at("omissions").at(0).at("reason"), "It returns what thing.get returns.");
  EXPECT_FALSE(out.contains("errors"));
  EXPECT_EQ(out.at("sha256").as_string().size(), 64u);
}

TEST(Describe, PluginsWithTheirProblemsAndWhereTheyWereSearched) {
  PluginFolder folder;
  folder.install("good", "tiny");
  folder.write("lonely/lonely.so", "x");
  const Discovery found = folder.discover();
  const std::string text = plugins_text(found);
  for (const auto &part : {std::string("tiny 1.2.3"), std::string("1 triggers, 1 actions"),
                           std::string("P104 lonely"), folder.path().string()})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;

  const json::object out = plugins_json(found);
  EXPECT_EQ(out.at("plugins").at(0).at("id"), "tiny");
  EXPECT_EQ(out.at("plugins").at(0).at("triggers"), 1);
  EXPECT_EQ(out.at("problems").at(0).at("code"), "P104");
  EXPECT_EQ(out.at("searched").at(0).as_string(), folder.path().string());
}

TEST(Describe, AManifestCannotPlayWithTheTerminal) {
  PluginFolder folder;
  folder.install("good");
  std::string text = test::tiny_manifest();
  const std::string plain = "title: Get a Thing";
  text.replace(text.find(plain), plain.size(), "title: \"Get \\e[2J Thing\"");
  folder.write("tiny.yaml", text);
  const Discovery found = folder.discover();
  if (found.plugins.empty()) GTEST_SKIP() << "the manifest's own checks refuse it already";
  EXPECT_EQ(describe_text(*found.plugins[0]).find('\x1B'), std::string::npos);
}

}  // namespace
}  // namespace host
