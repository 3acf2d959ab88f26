#include "cpi/sdk/custom_call.hpp"

#include <random>

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "cpi/language/failure.hpp"
#include "scripted.hpp"

namespace {

using scripted::Answer;
using scripted::json;
using scripted::Outcome;

const std::string &manifest() {
  static const std::string text = scripted::manifest(R"({
    "limitations": [{"id": "crm-read", "message": "Contacts and deals cannot be read.",
      "instead": "Create or update them.",
      "applies_to": {"entities": [], "capabilities": []},
      "paths": [
        {"methods": ["GET"], "path": "/crm/v1/contacts/{}"},
        {"methods": ["GET"], "path": "/crm/v1/deals/{}/{*}", "except": ["/crm/v1/deals/fields/{}"]},
        {"methods": ["POST"], "path": "/crm/v1/contacts/get-list"},
        {"path": "/crm/v1/deals/get-list"}]}],
    "actions": [{"id": "call", "effects": {}, "input": {"type": "object"}, "handler": "call"}]})");
  return text;
}

Outcome call(const boost::json::object &input, const std::vector<Answer> &answers) {
  return scripted::run(
      manifest(), CPI_KIND_ACTION, "call", boost::json::serialize(input), answers,
      [](cpi::Connector &made) { made.on_action("call", cpi::custom_call(made.manifest())); });
}

Outcome call(std::string_view method, std::string_view path,
             const std::vector<Answer> &answers = {}) {
  boost::json::object input;
  input["method"] = method;
  input["path"] = path;
  return call(input, answers);
}

const cpi::PathLimits &limits() {
  static const auto value = cpi::PathLimits::compile(scripted::object(manifest()));
  return value;
}

bool limited(std::string_view method, std::string_view path) {
  try {
    limits().check(method, path);
    return false;
  } catch (const cpi::Failure &failure) {
    EXPECT_EQ(failure.error_class, cpi::ErrorClass::limitation) << path;
    return true;
  }
}

TEST(PathLimits, SeeThroughEverySpelling) {
  for (const auto *path : {"/crm/v1/contacts/get-list",
                           "/CRM/V1/Contacts/Get-List",
                           "/crm/v1/contacts/get-list/",
                           "//crm/v1/contacts/get-list",
                           "/crm//v1///contacts/get-list",
                           "/crm/v1/./contacts/get-list",
                           "/crm/v1/x/../contacts/get-list",
                           "/crm/v1/contacts/x/../get-list",
                           "/a/b/c/../../../crm/v1/contacts/get-list",
                           "/../crm/v1/contacts/get-list",
                           "/crm/v1/contacts/%67et-list",
                           "/crm/v1/%63%6f%6e%74%61%63%74%73/get-list",
                           "/crm/v1/contacts/%2567et-list",
                           "/crm/v1/contacts/%252567et-list",
                           "/crm%2fv1%2Fcontacts%2fget-list",
                           "/crm%252fv1/contacts/get-list",
                           "/crm/v1/x/%2e%2e/contacts/get-list",
                           "/crm/v1/x/%2E./contacts/get-list",
                           "/crm/v1/x/%252e%252e/contacts/get-list",
                           "/crm/v1/%2e/contacts/get-list",
                           "\\crm\\v1\\contacts\\get-list",
                           "/crm\\v1/contacts%5cget-list",
                           "/crm/v1/contacts;x=1/get-list",
                           "/crm;a/v1;b/contacts;c/get-list;d",
                           "/crm/v1/contacts%3bx/get-list",
                           "/crm/v1/x/..;/contacts/get-list",
                           "/crm/v1/contacts/get-list?x=1",
                           "/crm/v1/contacts/get-list%3fx=1",
                           "/crm/v1/contacts/get-list#x",
                           "/crm/v1/contacts/get-list%23x",
                           "/crm/v1/contacts/get-list%00",
                           "/crm/v1/contacts/get-list%20",
                           " /crm/v1/contacts/get-list",
                           "/crm/v1/cont\tacts/get-list",
                           "/crm/v1/cont%0d%0aacts/get-list",
                           "/crm/v1/con%C2%ADtacts/get-list",
                           "/crm/v1/con\u200Btacts/get-list",
                           "/ｃｒｍ/v1/contacts/get-list",
                           "/crm／v1／contacts／get-list",
                           "/crm/v1/contacts/get%EF%BC%8Dlist",
                           "/crm/v1/x/．．/contacts/get-list",
                           "/crm/v1/x/%E2%80%A5/contacts/get-list",
                           "/crm/v1/contacts%C0%AFget-list",
                           "/crm/v1/x/%C0%AE%C0%AE/contacts/get-list",
                           "/crm/v1/contacts%E0%80%AFget-list",
                           "/crm/v1/contact\u017F/get-list",
                           "/crm/v1/％63ontacts/get-list",
                           "/index.php/crm/v1/contacts/get-list",
                           "/crm/v1/contacts/get-list.json",
                           "https://api.sendpulse.com/crm/v1/contacts/get-list",
                           "crm/v1/contacts/get-list"}) {
    EXPECT_TRUE(limited("POST", path)) << path;
  }
}

TEST(PathLimits, CoverTheMethodsTheyName) {
  EXPECT_TRUE(limited("GET", "/crm/v1/contacts/5"));
  EXPECT_TRUE(limited("HEAD", "/crm/v1/contacts/5"));
  EXPECT_FALSE(limited("PUT", "/crm/v1/contacts/5"));
  EXPECT_FALSE(limited("POST", "/crm/v1/contacts/create"));
  EXPECT_TRUE(limited("GET", "/crm/v1/deals/5"));
  EXPECT_TRUE(limited("GET", "/crm/v1/deals/5/comments/7"));
  EXPECT_FALSE(limited("GET", "/crm/v1/deals"));
  EXPECT_FALSE(limited("POST", "/crm/v1/deals/5/comments"));
  for (const auto *method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
    EXPECT_TRUE(limited(method, "/crm/v1/deals/get-list")) << method;
  }
  EXPECT_FALSE(limited("GET", "/crm/v1/pipelines"));
  EXPECT_FALSE(limited("GET", "/addressbooks/5/emails/a%2Bb%40c.d"));
}

// Random spellings of a limited path never get through, neither as limited nor as plain.
TEST(CustomCall, LetsNoSpellingThrough) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto percent = [](char c) {
    constexpr auto hex = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    return std::string{'%', hex[byte >> 4], hex[byte & 15]};
  };
  for (int i = 0; i < 2000; ++i) {
    std::string path;
    for (const char c : std::string_view("/crm/v1/contacts/get-list")) {
      if (c == '/') {
        for (auto n = random() % 3; n > 0; --n) {
          const char *noise[] = {"/", "/.", "/x/..", "/%2e", "\\", "/;p"};
          path += noise[random() % std::size(noise)];
        }
      }
      std::string spelled(
          1, random() % 3 == 0 && c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c);
      for (auto rounds = random() % 4; rounds > 1; --rounds) {
        std::string next;
        for (const char each : spelled) next += percent(each);
        spelled = next;
      }
      path += spelled;
    }
    ASSERT_TRUE(limited("POST", path)) << path;
  }
}

TEST(NormalPath, HasOneForm) {
  for (const auto *path : {"/crm/v1/contacts", "/CRM//v1/./contacts/", "/crm/%76%31/x/../contacts",
                           "/crm/%2576%2531/contacts;a=b", "/crm%5Cv1%5Ccontacts?x"}) {
    EXPECT_EQ(cpi::normal_path(path), "/crm/v1/contacts") << path;
  }
  EXPECT_EQ(cpi::normal_path("/"), "/");
  for (const auto *path :
       {"", "crm", "//host/x", "/../x", "/x/../../y", "/x%00", "/x%0Ay", "/x%FF"}) {
    EXPECT_THROW(cpi::normal_path(path), cpi::Failure) << path;
  }
}

TEST(CustomCall, SendsWhatIsPlain) {
  const auto outcome = call(scripted::object(R"({
      "method": "POST", "path": "/addressbooks/5/emails/a%2Bb%40c.d", "query": {"a": [1, "x y"]},
      "headers": {"X-Trace": "7", "accept": "text/csv"}, "body": {"id": 18446744073709551615}})"),
                            {{.status = 201,
                              .body = R"({"result": true})",
                              .headers = {{"x-a", "1"}, {"x-a", "2"}, {"set-cookie", "s=1"}}}});
  ASSERT_TRUE(outcome.done) << outcome.message;
  EXPECT_EQ(outcome.output, json(R"({"status": 201, "headers": {"x-a": "1, 2"},
                                     "body": {"result": true}})"));
  const auto &sent = outcome.sent.at(0);
  EXPECT_EQ(sent.url,
            "https://api.sendpulse.com/addressbooks/5/emails/a%2Bb%40c.d?a%5B%5D=1&a%5B%5D=x%20y");
  EXPECT_EQ(sent.body, R"({"id":18446744073709551615})");
  EXPECT_EQ(sent.header("content-type"), "application/json");
  EXPECT_EQ(sent.header("accept"), "text/csv");
  EXPECT_EQ(sent.header("x-trace"), "7");
  EXPECT_FALSE(sent.repeatable);
  EXPECT_TRUE(call("GET", "/user/info", {{.body = "{}"}}).sent[0].repeatable);
}

TEST(CustomCall, RefusesEveryPathWithTwoReadings) {
  for (const auto *path : {"",
                           "user/info",
                           "//evil.example/x",
                           "https://evil.example/x",
                           "/https://evil.example",
                           "/x?a=1",
                           "/x#a",
                           "/a/../b",
                           "/a/./b",
                           "/..",
                           "/a/%2e%2e/b",
                           "/a/.%2E",
                           "/a//b",
                           "/a\\b",
                           "/a%5Cb",
                           "/a%2Fb",
                           "/a%2fb",
                           "/a%252Fb",
                           "/a%2541",
                           "/a;b",
                           "/a%3Bb",
                           "/a%3Fb",
                           "/a%23b",
                           "/a b",
                           "/a%0d%0aX:y",
                           "/a\r\nX: y",
                           "/a%00",
                           "/a%",
                           "/a%zz",
                           "/a%C0%AFb",
                           "/a%FF",
                           "/имя",
                           "/a%EF%BC%8Fb",
                           "/@evil.example\\x",
                           "/a\"b",
                           "/a<b",
                           "/a[b]"}) {
    const auto outcome = call("GET", path);
    EXPECT_EQ(outcome.error_class, CPI_CLASS_INVALID_INPUT) << path;
    EXPECT_EQ(outcome.details.at(0).at("pointer"), json("\"/path\"")) << path;
  }
}

TEST(CustomCall, RefusesLimitedPathsWithTheReason) {
  const auto outcome = call("POST", "/CRM//v1/contacts/%67et-list");
  EXPECT_EQ(outcome.error_class, CPI_CLASS_LIMITATION);
  EXPECT_EQ(outcome.message, "Contacts and deals cannot be read.");
  EXPECT_EQ(outcome.advice, "Create or update them.");
  EXPECT_EQ(outcome.details, json(R"({"limitation": "crm-read"})"));
}

TEST(CustomCall, AllowsWhatALimitationExceptsInOneReadingOnly) {
  EXPECT_FALSE(limited("GET", "/crm/v1/deals/fields/7"));
  EXPECT_FALSE(limited("HEAD", "/CRM/v1/deals/fields/7/"));
  for (const auto *path :
       {"/crm/v1/deals/fields/7/more", "/crm/v1/deals/fields", "/crm/v1/deals/7/fields",
        "/crm/v1/deals/fields/../7/notes", "/crm/v1/deals/fields/..%2F7/notes",
        "/crm/v1/deals/7/notes/../../fields/7"}) {
    EXPECT_TRUE(limited("GET", path)) << path;
  }
}

TEST(CustomCall, RefusesHeadersThatAreNotTheUsers) {
  for (const auto *name : {"Authorization",
                           "AUTHORIZATION",
                           "Proxy-Authorization",
                           "X-Authorization",
                           "Host",
                           "Cookie",
                           "Content-Length",
                           "Transfer-Encoding",
                           "Connection",
                           "X-HTTP-Method-Override",
                           "X_HTTP_Method_Override",
                           "X-HTTP-Method",
                           "X-Method-Override",
                           "X-Original-URL",
                           "X_Rewrite_URL",
                           "X-Forwarded-Host",
                           "Forwarded",
                           "Upgrade",
                           "Expect",
                           "bad name",
                           "a:b",
                           "",
                           "a\r\nb"}) {
    boost::json::object input{{"method", "GET"}, {"path", "/x"}};
    input["headers"] = boost::json::object{{name, "v"}};
    const auto outcome = call(input, {});
    EXPECT_EQ(outcome.error_class, CPI_CLASS_INVALID_INPUT) << name;
  }
  for (const auto *value : {R"("a\r\nb: c")", R"("a\u0000b")", "null", "[]", R"("\u007f")"}) {
    boost::json::object input{{"method", "GET"}, {"path", "/x"}};
    boost::json::object headers;
    headers["X-A"] = json(value);
    input["headers"] = headers;
    EXPECT_EQ(call(input, {}).error_class, CPI_CLASS_INVALID_INPUT) << value;
  }
}

TEST(CustomCall, RefusesAMethodInDisguise) {
  for (const auto *input :
       {R"({"method": "TRACE", "path": "/x"})", R"({"method": "get", "path": "/x"})",
        R"({"method": "GET\r\n", "path": "/x"})", R"({"method": 1, "path": "/x"})",
        R"({"path": "/x"})", R"({"method": "GET"})",
        R"({"method": "POST", "path": "/x", "body": {"_method": "GET"}})",
        R"({"method": "POST", "path": "/x", "query": {"_METHOD": "GET"}})",
        R"({"method": "POST", "path": "/x", "query": {"%5fmethod": "GET"}})",
        R"({"method": "GET", "path": "/x", "query": "a=b"})",
        R"({"method": "GET", "path": "/x", "headers": []})"}) {
    EXPECT_EQ(call(scripted::object(input), {}).error_class, CPI_CLASS_INVALID_INPUT) << input;
  }
}

TEST(CustomCall, FailsWithTheWholeAnswer) {
  const auto outcome =
      call("POST", "/x", {{.status = 422, .body = R"({"message": "No", "error_code": 422})"}});
  EXPECT_EQ(outcome.error_class, CPI_CLASS_INVALID_INPUT);
  EXPECT_EQ(outcome.vendor_code, 422);
  EXPECT_EQ(outcome.details, json(R"({"status": 422, "headers": {},
                                      "body": {"message": "No", "error_code": 422}})"));
  EXPECT_EQ(call("POST", "/x", {{.body = R"({"result": false})"}}).error_class,
            CPI_CLASS_INVALID_INPUT);
  EXPECT_EQ(call("POST", "/x", {{.status = 502, .body = "<html>"}}).error_class,
            CPI_CLASS_UNKNOWN_OUTCOME);
  const auto silent = call("GET", "/x", {{.transport = CPI_TRANSPORT_DNS}});
  EXPECT_EQ(silent.error_class, CPI_CLASS_UNAVAILABLE);
  EXPECT_TRUE(silent.details.is_null());
}

// A change whose answer makes no sense may have taken effect: the answer is shown, and nobody is
// told that it worked or to try again.
TEST(CustomCall, WhatCannotBeReadOfAChangeIsUnknown) {
  for (const auto *body : {"<html>Please sign in</html>", R"({"id": 1)", R"({"id": 1e999})"}) {
    const auto changed = call("POST", "/a", {{.body = body}});
    EXPECT_EQ(changed.error_class, CPI_CLASS_UNKNOWN_OUTCOME) << body;
    EXPECT_EQ(changed.details.at("body"), boost::json::value(body));
    EXPECT_TRUE(call("GET", "/a", {{.body = body}}).done) << body;
  }
  // A file is an answer.
  EXPECT_TRUE(
      call("POST", "/a", {{.body = "a;b", .headers = {{"content-type", "text/csv"}}}}).done);
  for (const auto *body : {"", "[]", "{}", R"({"data": []})"}) {
    EXPECT_TRUE(call("POST", "/a", {{.body = body}}).done);
  }
  EXPECT_FALSE(call("POST", "/a", {{.body = R"({"result": "false"})"}}).done);
}

TEST(CustomCall, GivesBackWhatIsNoJson) {
  EXPECT_EQ(call("GET", "/x", {{.body = "a,b\n"}}).output.at("body"), json(R"("a,b\n")"));
  EXPECT_EQ(call("GET", "/x", {{.body = "\xFF\xFE"}}).output.at("body_base64"), json("\"//4=\""));
  EXPECT_EQ(call("DELETE", "/x", {{.status = 204}}).output.at("body"), json("null"));
}

// What a limitation withholds is not read by writing it.
TEST(CustomCall, OfAWriteToWhatMayNotBeReadOnlyTheIdsAreGiven) {
  const auto body_of = [](std::string_view method, std::string_view path, const char *body) {
    return call(method, path, {{.body = body}}).output.at("body");
  };
  const auto *record = R"({"success": true, "data": {"id": 5, "phones": [{"phone": "1"}],
                           "firstName": "Jane"}})";
  EXPECT_EQ(body_of("PUT", "/crm/v1/contacts/5", record),
            json(R"({"success": true, "data": {"id": 5}})"));
  EXPECT_EQ(body_of("PATCH", "/CRM/v1/contacts/5", record),
            json(R"({"success": true, "data": {"id": 5}})"));
  EXPECT_EQ(body_of("POST", "/crm/v1/deals/5/x", R"([{"id": 6, "name": "A"}, "B"])"),
            json(R"([{"id": 6}])"));
  EXPECT_EQ(body_of("PUT", "/crm/v1/contacts/5", R"({"id": 5, "firstName": "Jane"})"),
            json(R"({"id": 5})"));
  EXPECT_EQ(body_of("DELETE", "/crm/v1/contacts/5", R"({"result": true})"),
            json(R"({"result": true})"));
  const auto *refused = R"({"success": false, "errors": {"phones": ["is wrong"]}})";
  EXPECT_EQ(call("PUT", "/crm/v1/contacts/5", {{.body = refused}}).details.at("body"),
            json(refused));
  EXPECT_EQ(body_of("POST", "/crm/v1/deals/fields/5", record), json(record));
  EXPECT_EQ(body_of("PUT", "/lists/5", record), json(record));
}

}  // namespace
