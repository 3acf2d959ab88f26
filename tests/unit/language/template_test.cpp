#include "cpi/language/request_template.hpp"

#include <random>
#include <stdexcept>

#include <gtest/gtest.h>

#include "cpi/language/failure.hpp"
#include "json_text.hpp"

namespace {

using cpi::Placement;
using cpi::RequestTemplate;
using cpi::Scope;
using cpi::language::test::json;
using cpi::language::test::object;

const cpi::Network &network() {
  static const cpi::Network value{.base_url = "https://api.sendpulse.com",
                                  .allowed_hosts = {"api.sendpulse.com", "files.sendpulse.com"}};
  return value;
}

std::optional<boost::json::value> place(std::string_view node, std::string_view input) {
  const auto root = object(input);
  return Placement::compile(json(node), "/body").place(Scope{root});
}

cpi::Request build(std::string_view request, std::string_view input, bool idempotent = false) {
  const auto root = object(input);
  return RequestTemplate::compile(json(request), network(), idempotent, "/actions/0/request")
      .build(Scope{root});
}

std::string header(const cpi::Request &request, std::string_view name) {
  for (const auto &each : request.headers) {
    if (each.name == name) return each.value;
  }
  return "";
}

TEST(Placement, PutsThingsWhereTheyBelong) {
  struct Case {
    const char *node, *input, *placed;
  };
  for (const Case &each : std::initializer_list<Case>{
           {R"({"a": 1, "b": [true, null]})", "{}", R"({"a": 1, "b": [true, null]})"},
           {R"({"$from": "/x"})", R"({"x": [1]})", "[1]"},
           {R"({"a": {"$from": "/x"}, "b": {"$from": "/y"}})", R"({"y": null})", R"({"b": null})"},
           {R"([1, {"$from": "/x"}, 2])", "{}", "[1, 2]"},
           {R"({"$from": "/x", "$default": 5})", "{}", "5"},
           {R"({"$from": "/x", "$default": 5})", R"({"x": 6})", "6"},
           {R"({"$from": "/x", "$values": {"mine": "me", "true": 1}})", R"({"x": "mine"})",
            R"("me")"},
           {R"({"$from": "/x", "$values": {"mine": "me", "true": 1}})", R"({"x": true})", "1"},
           {R"({"$from": "/x", "$values": {"mine": "me"}, "$default": 0})", R"({"x": "all"})", "0"},
           {R"({"$from": "/x", "$encode": ["comma", "base64"]})", R"({"x": ["a@b.c", "d@e.f"]})",
            R"("YUBiLmMsZEBlLmY=")"},
           {R"({"$each": "/rows", "$item": {"e": {"$from": "./email"}, "l": {"$from": "/list"}}})",
            R"({"list": 7, "rows": [{"email": "a"}, {}]})", R"([{"e": "a", "l": 7}, {"l": 7}])"},
           {R"({"$each": "/rows", "$item": {"$from": "./email"}})",
            R"({"rows": [{"email": "a"}, {}, {"email": "b"}]})", R"(["a", "b"])"},
           {R"({"$each": "/rows", "$item": {"$from": "."}})", R"({"rows": [1, 2]})", "[1, 2]"},
           {R"({"$each": "/a", "$item": {"$each": "./b", "$item": {"$from": "./c"}}})",
            R"({"a": [{"b": [{"c": 1}, {"c": 2}]}, {"b": []}]})", "[[1, 2], []]"},
           {R"({"$each": "/files", "$encode": "by_name",
               "$item": {"name": {"$from": "./n"}, "value": {"$from": "./c"}}})",
            R"({"files": [{"n": "a.txt", "c": "QQ=="}]})", R"({"a.txt": "QQ=="})"},
           {R"({"$merge": [{"a": 1, "b": 1}, {"$from": "/x"}, {"$from": "/none"}]})",
            R"({"x": {"b": 2, "c": 3}})", R"({"a": 1, "b": 2, "c": 3})"},
           {R"({"$concat": [[1, {"$from": "/none"}], {"$from": "/none"}, {"$from": "/x"}]})",
            R"({"x": [2, [3]]})", "[1, 2, [3]]"},
           {R"({"$switch": "/x", "$cases": {"a": {"t": {"$from": "/t"}}, "b": 2}})",
            R"({"x": "a", "t": 1})", R"({"t": 1})"},
           {R"({"$switch": "/x", "$cases": {"1": "one", "*": "many"}})", R"({"x": 1})", R"("one")"},
           {R"({"$switch": "/x", "$cases": {"1": "one", "*": "many"}})", R"({"x": [1]})",
            R"("many")"},
           {R"({"$switch": "/x", "$cases": {"*": 1}, "$default": {"$from": "/y"}})", R"({"y": 2})",
            "2"},
           {R"({"a": {"$switch": "/x", "$cases": {"b": 1}}})", R"({"x": "c"})", "{}"},
           {R"({"$switch": "/x", "$cases": {"a": {"$from": "/y"}}, "$encode": "base64"})",
            R"({"x": "a", "y": "A"})", R"("QQ==")"},
           {R"({"$each": "/rows", "$item": {"$switch": "./k", "$cases": {"n": {"$from": "./v"}}}})",
            R"({"rows": [{"k": "n", "v": 1}, {"k": "o", "v": 2}]})", "[1]"},
           {R"({"$with": "/a", "$item": {"x": {"$from": "./x"}, "y": {"$from": "/y"}}})",
            R"({"a": {"x": 1}, "y": 2})", R"({"x": 1, "y": 2})"},
           {R"({"$with": "", "$item": {"$from": "./x"}})", R"({"x": 1})", "1"},
           {R"({"$with": "", "$item": {"$from": "."}})", R"({"x": 1})", R"({"x": 1})"},
           {R"({"$each": "/a", "$item": {"$with": "./b", "$item": {"$from": "./c"}}})",
            R"({"a": [{"b": {"c": 1}}, {}, {"b": {"c": 2}}]})", "[1, 2]"},
           {R"({"inner": {"a": {"$from": "/none"}}})", "{}", R"({"inner": {}})"},
           {R"({"$from": "/id"})", R"({"id": 9223372036854775807})", "9223372036854775807"},
           {R"({"$from": "/a~1b/0"})", R"({"a/b": ["x"]})", R"("x")"}}) {
    const auto placed = place(each.node, each.input);
    ASSERT_TRUE(placed) << each.node;
    EXPECT_EQ(*placed, json(each.placed)) << each.node;
  }
  EXPECT_FALSE(place(R"({"$from": "/none"})", "{}"));
  EXPECT_FALSE(place(R"({"$each": "/none", "$item": 1})", "{}"));
  EXPECT_FALSE(place(R"({"$with": "/none", "$item": 1})", "{}"));
  EXPECT_FALSE(place(R"({"$switch": "/x", "$cases": {"*": 1}})", "{}"));
  EXPECT_FALSE(place(R"({"$switch": "/x", "$cases": {"*": {"$from": "/y"}}})", R"({"x": 1})"));
}

TEST(Placement, NamesTheValueThatDoesNotFit) {
  try {
    place(R"({"$each": "/rows", "$item": {"$from": "./at", "$encode": "date"}})",
          R"({"rows": [{"at": "2025-03-01"}, {"at": "soon"}]})");
    FAIL();
  } catch (const cpi::Failure &failure) {
    EXPECT_EQ(failure.error_class, cpi::ErrorClass::invalid_input);
    EXPECT_EQ(json(failure.details).at(0).at("pointer"), json("\"/rows/1/at\""));
    EXPECT_EQ(failure.message, "at must be a date like 2025-03-01T09:00:00Z.");
  }
  for (const auto &[node, pointer] :
       {std::pair{R"({"$with": "/a", "$item": {"$from": "./at", "$encode": "date"}})", "/a/at"},
        {R"({"$with": "", "$item": {"$from": "./at", "$encode": "date"}})", "/at"}}) {
    try {
      place(node, R"({"a": {"at": "soon"}, "at": "soon"})");
      FAIL() << node;
    } catch (const cpi::Failure &failure) {
      EXPECT_EQ(json(failure.details).at(0).at("pointer"), boost::json::value(pointer));
    }
  }
  EXPECT_THROW(place(R"({"$each": "/x", "$item": 1})", R"({"x": {}})"), cpi::Failure);
  EXPECT_THROW(place(R"({"$merge": [{"$from": "/x"}]})", R"({"x": 1})"), cpi::Failure);
  EXPECT_THROW(place(R"({"$concat": [{"$from": "/x"}]})", R"({"x": 1})"), cpi::Failure);
}

TEST(Placement, RefusesWrongTemplates) {
  for (const auto *node : {R"({"$from": "x"})",
                           R"({"$from": 1})",
                           R"({"$from": "/x", "$encode": "rot13"})",
                           R"({"$from": "/x", "other": 1})",
                           R"({"$each": "/x"})",
                           R"({"$each": "", "$item": 1})",
                           R"({"$with": "/x"})",
                           R"({"$with": "./x", "$item": 1})",
                           R"({"$with": "/x", "$item": 1, "$default": 2})",
                           R"({"$merge": {}})",
                           R"({"$when": "/x"})",
                           R"({"$concat": []})",
                           R"({"$switch": "/x"})",
                           R"({"$switch": "/x", "$cases": {}})",
                           R"({"$switch": "/x", "$cases": {"a": {"$from": 1}}})",
                           R"({"$switch": "./x", "$cases": [1]})",
                           R"({"$from": "/x", "$values": [1]})",
                           R"({"a": {"$encode": "text"}})",
                           R"({"$from": "./x"})",
                           R"({"$from": ""})",
                           R"({"$from": "/x", "$encode": []})",
                           R"({"$each": "./x", "$item": 1})",
                           R"({"$switch": "./x", "$cases": {"a": 1}})",
                           R"({"a": [{"$from": "."}]})"}) {
    EXPECT_THROW(Placement::compile(json(node), "/body"), std::invalid_argument) << node;
  }
}

TEST(RequestTemplate, BuildsUrls) {
  const auto url = [](std::string_view request, std::string_view input) {
    return build(request, input).url;
  };
  EXPECT_EQ(url(R"({"method": "GET", "path": "/addressbooks/{list_id}/emails/{email}"})",
                R"({"list_id": 89, "email": "jane+a/b%c@example.org"})"),
            "https://api.sendpulse.com/addressbooks/89/emails/jane%2Ba%2Fb%25c%40example.org");
  EXPECT_EQ(url(R"({"method": "GET", "path": "/x/{/a/b}", "host": "files.sendpulse.com"})",
                R"({"a": {"b": "ю"}})"),
            "https://files.sendpulse.com/x/%D1%8E");
  EXPECT_EQ(url(R"({"method": "GET", "path": "/campaigns", "query": {
                   "limit": 100, "order": {"$from": "/order"}, "status": {"$from": "/status"},
                   "ids": {"$from": "/status", "$encode": "comma"}, "q": {"$from": "/q"},
                   "nothing": null, "from": {"day": 1}}})",
                R"({"status": [1, 3], "q": "a&b=c d"})"),
            "https://api.sendpulse.com/campaigns?limit=100&status%5B%5D=1&status%5B%5D=3"
            "&ids=1%2C3&q=a%26b%3Dc%20d&from%5Bday%5D=1");
  EXPECT_EQ(url(R"({"method": "GET", "path": "/x", "query": {
                   "on": true, "off": false, "asked": {"$from": "/asked"},
                   "unasked": {"$from": "/unasked"}, "said": {"$from": "/unasked", "$encode": "bool01"},
                   "each": [true, false]}})",
                R"({"asked": true, "unasked": false})"),
            "https://api.sendpulse.com/x?on=1&asked=1&said=0&each%5B%5D=1&each%5B%5D=0");
  EXPECT_EQ(url(R"({"method": "GET", "path": "/x", "query": {"a": {"$from": "/none"}}})", "{}"),
            "https://api.sendpulse.com/x");
  EXPECT_EQ(url(R"({"method": "GET", "path": "/balance/{currency?}"})", "{}"),
            "https://api.sendpulse.com/balance");
  EXPECT_EQ(url(R"({"method": "GET", "path": "/balance/{currency?}"})", R"({"currency": "UAH"})"),
            "https://api.sendpulse.com/balance/UAH");
}

TEST(RequestTemplate, NamesSegments) {
  constexpr const char *request = R"({"method": "GET", "path": "/{base}/contacts/{id}",
      "segments": {"base": {"$from": "/channel", "$values": {
        "viber": ["viber", "chat bots"], "telegram": "telegram", "up": ["a", ".."], "none": []}}}})";
  const auto url = [&](std::string_view input) { return build(request, input).url; };
  EXPECT_EQ(url(R"({"channel": "telegram", "id": "a/b"})"),
            "https://api.sendpulse.com/telegram/contacts/a%2Fb");
  EXPECT_EQ(url(R"({"channel": "viber", "id": 1})"),
            "https://api.sendpulse.com/viber/chat%20bots/contacts/1");
  for (const char *channel : {"up", "none", "unknown"}) {
    try {
      url(R"({"id": 1, "channel": ")" + std::string(channel) + "\"}");
      FAIL() << channel;
    } catch (const cpi::Failure &failure) {
      EXPECT_EQ(failure.error_class, cpi::ErrorClass::invalid_input);
      EXPECT_EQ(json(failure.details).at(0).at("pointer"), json("\"/channel\"")) << channel;
    }
  }
  EXPECT_EQ(
      build(R"({"method": "GET", "path": "/x/{a?}", "segments": {"a": {"$from": "/none"}}})", "{}")
          .url,
      "https://api.sendpulse.com/x");
}

TEST(RequestTemplate, NeverLeavesItsPath) {
  const auto *request = R"({"method": "DELETE", "path": "/emails/{email}"})";
  for (const auto *input : {"{}", R"({"email": ""})", R"({"email": "."})", R"({"email": ".."})",
                            R"({"email": null})", R"({"email": []})"}) {
    try {
      build(request, input);
      FAIL() << input;
    } catch (const cpi::Failure &failure) {
      EXPECT_EQ(failure.error_class, cpi::ErrorClass::invalid_input);
      EXPECT_EQ(json(failure.details).at(0).at("pointer"), json("\"/email\""));
    }
  }
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto compiled = RequestTemplate::compile(json(request), network(), false, "/r");
  for (int i = 0; i < 5000; ++i) {
    std::string email(1 + random() % 6, ' ');
    for (char &c : email) c = static_cast<char>(1 + random() % 255);
    boost::json::object root;
    root["email"] = email;
    if (email == "." || email == "..") continue;
    const auto url = compiled.build(Scope{root}).url;
    ASSERT_EQ(url.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                    "0123456789-._~%",
                                    std::string_view("https://api.sendpulse.com/emails/").size()),
              std::string::npos)
        << url;
  }
}

TEST(RequestTemplate, WritesBodies) {
  const auto sent = build(R"({"method": "POST", "path": "/addressbooks",
                              "body": {"bookName": {"$from": "/name"}, "id": {"$from": "/id"}}})",
                          R"({"name": "Клієнти", "id": 18446744073709551615})");
  EXPECT_EQ(sent.body, R"({"bookName":"Клієнти","id":18446744073709551615})");
  EXPECT_EQ(header(sent, "Content-Type"), "application/json");
  EXPECT_EQ(header(sent, "Accept"), "application/json");
  EXPECT_FALSE(sent.repeatable);

  const auto form = build(R"({"method": "POST", "path": "/x", "content": "form",
                              "body": {"a": {"$from": "/a"}, "b": [1, 2], "c": "x y&z"}})",
                          "{}");
  EXPECT_EQ(form.body, "b%5B%5D=1&b%5B%5D=2&c=x%20y%26z");
  EXPECT_EQ(header(form, "Content-Type"), "application/x-www-form-urlencoded");

  const auto none = build(R"({"method": "POST", "path": "/x", "body": {"$from": "/none"}})", "{}");
  EXPECT_EQ(none.body, "");
  EXPECT_EQ(header(none, "Content-Type"), "");

  const auto big = build(R"({"method": "POST", "path": "/x",
                             "body": {"body": {"$from": "/html", "$encode": "base64"}}})",
                         "{\"html\": \"" + std::string(200'000, 'h') + "\"}");
  EXPECT_GT(big.body.size(), 266'000U);
}

TEST(RequestTemplate, WritesMultipartWithoutChance) {
  const auto *request = R"({"method": "POST", "path": "/x", "content": "multipart", "body": {
    "name": {"$from": "/name"}, "file": {"filename": {"$from": "/file"}, "content": {"$from": "/data"},
    "content_type": "text/csv"}}})";
  const auto *input = R"({"name": "a\r\nb", "file": "x\"y\r\n.csv", "data": "QQpC"})";
  const auto sent = build(request, input);
  const auto type = header(sent, "Content-Type");
  const std::string prefix = "multipart/form-data; boundary=";
  ASSERT_TRUE(type.starts_with(prefix));
  const auto boundary = type.substr(prefix.size());
  EXPECT_EQ(sent.body,
            "--" + boundary +
                "\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\na\r\nb\r\n--" + boundary +
                "\r\nContent-Disposition: form-data; name=\"file\"; "
                "filename=\"x%22y%0D%0A.csv\"\r\nContent-Type: text/csv\r\n\r\nA\nB\r\n--" +
                boundary + "--\r\n");
  EXPECT_EQ(build(request, input).body, sent.body);
  EXPECT_NE(build(request, R"({"name": "other", "file": "x", "data": ""})").body, sent.body);
  // A content that holds its own boundary gets another one.
  const auto nested =
      build(request, "{\"name\": \"" + boundary + "\", \"file\": \"x\", \"data\": \"\"}");
  const auto other = header(nested, "Content-Type").substr(prefix.size());
  EXPECT_NE(other, boundary);
  EXPECT_THROW(build(request, R"({"name": "a", "file": "x", "data": "%"})"), cpi::Failure);
}

TEST(RequestTemplate, WritesAListOfFilesUnderOneName) {
  const auto sent =
      build(R"({"method": "POST", "path": "/x", "content": "multipart", "body": {
    "file[]": {"$each": "/files",
               "$item": {"filename": {"$from": "./name"}, "content": {"$from": "./data"}}}}})",
            R"({"files": [{"name": "a", "data": "QQ=="}, {"name": "b", "data": ""}]})");
  for (const char *name : {"a", "b"}) {
    const std::string part = std::string("name=\"file[]\"; filename=\"") + name + "\"\r\n";
    EXPECT_NE(sent.body.find(part), std::string::npos) << sent.body;
  }
  EXPECT_NE(sent.body.find("\r\n\r\nA\r\n--"), std::string::npos) << sent.body;
}

TEST(RequestTemplate, KnowsWhatMayBeRepeated) {
  const auto repeatable = [](const char *request, bool idempotent) {
    return build(request, "{}", idempotent).repeatable;
  };
  EXPECT_TRUE(repeatable(R"({"method": "GET", "path": "/x"})", false));
  EXPECT_FALSE(repeatable(R"({"method": "POST", "path": "/x"})", false));
  EXPECT_TRUE(repeatable(R"({"method": "POST", "path": "/x"})", true));
  EXPECT_FALSE(repeatable(R"({"method": "PUT", "path": "/x"})", false));
  EXPECT_TRUE(repeatable(R"({"method": "POST", "path": "/x", "repeatable": true})", false));
  EXPECT_FALSE(repeatable(R"({"method": "GET", "path": "/x", "repeatable": false})", true));
}

TEST(RequestTemplate, TakesPaging) {
  const auto root = object(R"({"q": 1})");
  cpi::Extra extra;
  extra.query = object(R"({"offset": 200})");
  extra.body = object(R"({"limit": 5})");
  const auto compiled = RequestTemplate::compile(
      json(R"({"method": "POST", "path": "/x", "query": {"offset": 0, "a": 1},
               "body": {"q": {"$from": "/q"}}})"),
      network(), true, "/r");
  const auto sent = compiled.build(Scope{root}, extra);
  EXPECT_EQ(sent.url, "https://api.sendpulse.com/x?offset=200&a=1");
  EXPECT_EQ(sent.body, R"({"q":1,"limit":5})");
}

TEST(RequestTemplate, RefusesWrongTemplates) {
  struct Case {
    const char *request, *place;
  };
  for (const Case &each : std::initializer_list<Case>{
           {"[]", "/r"},
           {R"({"method": "GET"})", "/r/path"},
           {R"({"method": "get", "path": "/x"})", "/r/method"},
           {R"({"method": "TRACE", "path": "/x"})", "/r/method"},
           {R"({"method": "GET", "path": "x"})", "/r/path"},
           {R"({"method": "GET", "path": "//evil.example/x"})", "/r/path"},
           {R"({"method": "GET", "path": "/x?a=1"})", "/r/path"},
           {R"({"method": "GET", "path": "/x//y"})", "/r/path"},
           {R"({"method": "GET", "path": "/x/../y"})", "/r/path"},
           {R"({"method": "GET", "path": "/x/."})", "/r/path"},
           {R"({"method": "GET", "path": "/x//"})", "/r/path"},
           {R"({"method": "GET", "path": "/{a{b}"})", "/r/path"},
           {R"({"method": "GET", "path": "/a}"})", "/r/path"},
           {R"({"method": "GET", "path": "/{/}"})", "/r/path"},
           {R"({"method": "GET", "path": "/{/a~2}"})", "/r/path"},
           {R"({"method": "GET", "path": "/x", "body": {}})", "/r/body"},
           {R"({"method": "HEAD", "path": "/x", "body": null})", "/r/body"},
           {R"({"method": "POST", "path": "/x", "content": "form", "body": [1]})", "/r/body"},
           {R"({"method": "POST", "path": "/x", "content": "multipart", "body": 1})", "/r/body"},
           {R"({"method": "GET", "path": "/{a}", "segments": {"a": 1, "b": 2}})", "/r/segments/b"},
           {R"({"method": "GET", "path": "/{a"})", "/r/path"},
           {R"({"method": "GET", "path": "/{}"})", "/r/path"},
           {R"({"method": "GET", "path": "/a{b?}"})", "/r/path"},
           {R"({"method": "GET", "path": "/a b"})", "/r/path"},
           {R"({"method": "GET", "path": "/x", "host": "evil.example"})", "/r/host"},
           {R"({"method": "GET", "path": "/x", "headers": {"A": "b\r\nC: d"}})", "/r/headers/A"},
           {R"({"method": "GET", "path": "/x", "content": "xml"})", "/r/content"},
           {R"({"method": "POST", "path": "/x", "shareable": true})", "/r/shareable"},
           {R"({"method": "GET", "path": "/x", "qurey": {}})", "/r/qurey"},
           {R"({"method": "GET", "path": "/{a}", "segments": []})", "/r/segments"},
           {R"({"method": "GET", "path": "/{a}", "segments": {"a": {"$from": "b"}}})",
            "/r/segments/a/$from"},
           {R"({"method": "GET", "path": "/x", "query": {"a": {"$from": "b"}}})",
            "/r/query/a/$from"}}) {
    try {
      RequestTemplate::compile(json(each.request), network(), false, "/r");
      FAIL() << each.request;
    } catch (const std::invalid_argument &error) {
      EXPECT_TRUE(std::string(error.what()).starts_with(std::string(each.place) + ":"))
          << error.what();
    }
  }
}

TEST(Network, IsReadFromTheManifest) {
  const auto compile = [](std::string_view text) {
    return cpi::Network::compile(object("{\"network\": " + std::string(text) + "}"));
  };
  EXPECT_EQ(compile(R"({"base_url": "https://a.b/", "allowed_hosts": ["a.b"]})").base_url,
            "https://a.b");
  for (const auto *text : {"1", "{}", R"({"base_url": "http://a.b", "allowed_hosts": ["a.b"]})",
                           R"({"base_url": "https://u@a.b", "allowed_hosts": ["a.b"]})",
                           R"({"base_url": "https://a.b", "allowed_hosts": []})",
                           R"({"base_url": "https://a.b", "allowed_hosts": ["c.d"]})",
                           R"({"base_url": "https://a.b", "allowed_hosts": [1]})"}) {
    EXPECT_THROW(compile(text), std::invalid_argument) << text;
  }
}

}  // namespace
