#include "cpi/manifest/manifest.hpp"

#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "good_manifest.hpp"

namespace cpi::manifest::test {
namespace {

namespace json = boost::json;

Manifest good() {
  return *load_text(std::string(good_manifest()), "m.yaml").manifest;
}

TEST(Manifest, TellsWhatHostsNeed) {
  const Manifest manifest = good();
  EXPECT_EQ(manifest.id(), "acme");
  EXPECT_EQ(manifest.version(), "1.2.0");
  EXPECT_EQ(manifest.title(), "Acme");
  EXPECT_EQ(manifest.summary(), "Things and boxes.");
  EXPECT_EQ(manifest.description(), "");
  EXPECT_EQ(manifest.library().file, "acme");
  EXPECT_EQ(manifest.library().abi_major, 1);
  EXPECT_EQ(manifest.network().allowed_hosts.size(), 2U);
  EXPECT_EQ(manifest.network().connect_timeout, std::chrono::seconds(4));
  EXPECT_EQ(manifest.network().total_timeout, std::chrono::seconds(20));
  EXPECT_EQ(manifest.network().max_response_bytes, 8388608U);
  EXPECT_EQ(manifest.test_label(), "/email");
  EXPECT_EQ(manifest.test_time_zone(), "");
}

TEST(Manifest, RateLimits) {
  const Manifest manifest = good();
  ASSERT_EQ(manifest.rate_limits().size(), 2U);
  EXPECT_EQ(manifest.rate_limits()[0].window, std::chrono::seconds(1));
  EXPECT_EQ(manifest.rate_limits()[0].limit, 10U);
  EXPECT_EQ(manifest.rate_limits()[0].poll_share, 0.5);
  EXPECT_TRUE(manifest.rate_limits()[0].applies_to.empty());
  EXPECT_EQ(manifest.rate_limits()[1].applies_to, (std::vector<std::string>{"thing.create"}));
}

TEST(Manifest, AuthMethods) {
  const Manifest manifest = good();
  const AuthMethod *oauth = manifest.find_auth_method("oauth");
  ASSERT_NE(oauth, nullptr);
  EXPECT_EQ(oauth->type, "oauth2_authorization_code");
  EXPECT_EQ(oauth->authorize_url, "https://login.acme.example/authorize");
  EXPECT_EQ(oauth->client_auth, ClientAuth::body_form);
  EXPECT_EQ(oauth->refresh_skew, std::chrono::seconds(300));
  EXPECT_EQ(oauth->scope_separator, " ");
  const AuthMethod *key = manifest.find_auth_method("key");
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(key->type, "static_bearer");
  EXPECT_EQ(key->text("token"), "/api_key");
  EXPECT_EQ(manifest.find_auth_method("none"), nullptr);
}

TEST(Manifest, Operations) {
  const Manifest manifest = good();
  EXPECT_EQ(manifest.actions().size(), 2U);
  EXPECT_EQ(manifest.triggers().size(), 1U);
  EXPECT_EQ(manifest.lookups().size(), 2U);
  EXPECT_NE(manifest.find_action("thing.list"), nullptr);
  EXPECT_EQ(manifest.find_action("thing"), nullptr);
  EXPECT_NE(manifest.find_lookup("boxes"), nullptr);
  const json::object *trigger = manifest.find_trigger("thing.created");
  ASSERT_NE(trigger, nullptr);
  EXPECT_EQ(manifest.event_type(*trigger), "com.acme.thing.created.v1");
}

TEST(Manifest, SchemasStandAlone) {
  const Manifest manifest = good();
  const json::value schema = manifest.schema_of(*manifest.find_action("thing.create"), "input");
  EXPECT_TRUE(schema.at("$defs").as_object().contains("box_id"));
  EXPECT_FALSE(schema.at("$defs").as_object().contains("thing"));
  const Schema compiled = Schema::compile_document(schema);
  EXPECT_TRUE(compiled.validate(json::parse(R"({"box_id": 1, "name": "a"})")).empty());
  EXPECT_FALSE(compiled.validate(json::parse(R"({"box_id": 0, "name": "a"})")).empty());
  EXPECT_EQ(manifest.schema_of(*manifest.find_lookup("boxes"), "input"), json::object());
}

TEST(Manifest, HashIsOfTheBytes) {
  EXPECT_EQ(to_hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256("abc")),  // FIPS 180-4, appendix B.1
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const Manifest manifest = good();
  EXPECT_EQ(manifest.sha256(), sha256(good_manifest()));
}

TEST(Manifest, CopiesShareOneState) {
  Manifest first = good();
  const Manifest second = first;
  const std::string_view id = second.id();
  first = *load_text(edited("id: acme\n", "id: other\n"), "o.yaml").manifest;
  EXPECT_EQ(id, "acme");
  EXPECT_EQ(second.find_action("thing.list"), second.find_action("thing.list"));
  EXPECT_EQ(first.id(), "other");
}

TEST(Load, ErrorsGiveNoManifest) {
  const LoadResult result = load_text(edited("id: acme\n", "id: Acme\n"), "m.yaml");
  EXPECT_FALSE(result.manifest.has_value());
  EXPECT_EQ(codes_of(result.problems), (std::vector<std::string>{"M201"}));
  EXPECT_FALSE(load_text("a: [", "m.yaml").manifest.has_value());
  EXPECT_EQ(codes_of(load("/nowhere/m.yaml").problems), (std::vector<std::string>{"M110"}));
}

TEST(Load, WarningsComeWithTheManifest) {
  const LoadResult result =
      load_text(edited(R"(manifest_version: "1.0")", R"(manifest_version: "1.7")"), "m.yaml");
  EXPECT_TRUE(result.manifest.has_value());
  EXPECT_EQ(codes_of(result.problems), (std::vector<std::string>{"M203"}));
}

TEST(Load, MembersThatWereRemovedComeWithAWarningEach) {
  std::string text = edited("refresh: {skew_s: 300}",
                            "refresh: {skew_s: 300, rotates: true}\n      redirect: loopback\n"
                            "      pkce: S256");
  const std::string_view check = "{lookup: boxes}";
  text.replace(text.find(check), check.size(), "{lookup: boxes, \"on\": unknown_outcome}");
  const LoadResult result = load_text(text, "m.yaml");
  EXPECT_EQ(codes_of(result.problems), (std::vector<std::string>{"M204", "M204", "M204", "M204"}));
  ASSERT_TRUE(result.manifest.has_value());
  EXPECT_EQ(result.manifest->find_auth_method("oauth")->refresh_skew, std::chrono::seconds(300));
  EXPECT_EQ(result.problems[1].pointer, "/auth/methods/0/redirect");
  EXPECT_NE(result.problems[1].message.find("has no effect"), std::string::npos);
}

// Only where they once were; elsewhere they are unknown members as any other.
TEST(Load, AMemberOfThatNameElsewhereIsAnError) {
  for (const auto &[from, to] : std::vector<std::pair<std::string_view, std::string_view>>{
           {"title: Acme\n", "title: Acme\nredirect: loopback\n"},
           {"{skew_s: 300}", "{skew_s: 300, redirect: loopback}"},
           {"check: {lookup: boxes}", "check: {lookup: boxes, rotates: true}"}}) {
    EXPECT_EQ(codes_of(load_text(edited(from, to), "m.yaml").problems),
              (std::vector<std::string>{"M201"}))
        << to;
  }
}

}  // namespace
}  // namespace cpi::manifest::test
