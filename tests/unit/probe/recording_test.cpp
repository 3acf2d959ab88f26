// Nothing that a service sent comes out of a recording: no value, no part of one, in no encoding.
#include "probe/recording.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "cpi/json/base64.hpp"
#include "probe/shape.hpp"
#include "probe_fixture.hpp"

namespace host::test {
namespace {

namespace json = boost::json;

const json::object manifest{{"id", "acme"},
                            {"key", json::array{"/email", "/variables/name", "/id"}},
                            {"output", {{"total", nullptr}}}};

std::string shape_text(const json::value &value) {
  return json::serialize(shape_of(value, Vocabulary(manifest)));
}

TEST(ShapeOf, Kinds) {
  EXPECT_EQ(
      shape_text(json::parse(R"([{"id": 7, "email": "jane@example.org"}, {"id": null}])")),
      R"({"kinds":[{"kind":"list","count":1,"least":2,"most":2,"elements":{"kinds":[)"
      R"({"kind":"object","count":2,"members":{)"
      R"("email":{"kinds":[{"kind":"text","format":"email","length":"9-16","count":1}]},)"
      R"("id":{"kinds":[{"kind":"null","count":1},{"kind":"integer","digits":"1","count":1}]}}}]}}]})");
}

TEST(ShapeOf, TheOrderOfAList) {
  const auto order = [](std::string_view text) {
    const json::object shape = shape_of(json::parse(text), Vocabulary(manifest));
    const json::value *found = shape.at("kinds").at(0).as_object().if_contains("order");
    return found == nullptr ? std::string() : json::serialize(*found);
  };
  EXPECT_EQ(order(R"([{"id": 2, "total": 1}, {"id": 1, "total": 1}])"),
            R"({"id":"descending","total":"equal"})");
  EXPECT_EQ(order(R"([{"output": {"id": 1}}, {"output": {"id": 2}}])"),
            R"({"output/id":"ascending"})");
  EXPECT_EQ(order(R"([{"id": 1}, {"id": 3}, {"id": 2}])"), "");
  EXPECT_EQ(order(R"([{"id": 1}, {"id": null}])"), "");
  EXPECT_EQ(order(R"([{"jane@example.org": 1}, {"jane@example.org": 2}])"), "");
}

TEST(ShapeOf, NamesThatTheManifestDoesNotHave) {
  const std::string shape = shape_text(json::parse(
      R"({"jane@example.org": 1, "joe@example.org": 2, "380501234567": 3, "Mother's name": 4, "email": 5})"));
  EXPECT_NE(shape.find(R"("{email}":{"kinds":[{"kind":"integer","digits":"1","count":2}]})"),
            std::string::npos)
      << shape;
  EXPECT_NE(shape.find(R"("{digits}")"), std::string::npos);
  EXPECT_NE(shape.find(R"("{text}")"), std::string::npos);
  EXPECT_NE(shape.find(R"("email":)"), std::string::npos);
  EXPECT_EQ(shape.find("jane"), std::string::npos);
  EXPECT_EQ(shape.find("Mother"), std::string::npos);
}

// ---- The random test

class Secrets {
 public:
  explicit Secrets(std::uint32_t seed) : random_(seed) {}

  std::size_t below(std::size_t count) {
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_);
  }
  std::string letters(std::size_t length) {
    constexpr std::string_view alphabet =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    std::string out;
    for (std::size_t i = 0; i < length; ++i) out += alphabet[below(alphabet.size())];
    return out;
  }
  std::string digits(std::size_t length) {
    std::string out = std::to_string(1 + below(9));
    while (out.size() < length) out += static_cast<char>('0' + below(10));
    return out;
  }

  // A secret text in one of many looks; it and its parts are remembered.
  std::string text() {
    const std::string core = below(3) == 0 ? digits(12) : letters(8 + below(40));
    remember(core);
    switch (below(9)) {
      case 0:
        return core + "@example.org";
      case 1:
        return "https://example.org/" + core + "?token=" + core;
      case 2:
        return "+" + core;
      case 3:
        return "<p>" + core + "</p>";
      case 4:
        return "Bearer " + core;
      case 5:
        return "2026-03-01 " + core;
      case 6:
        return "Europe/" + core;
      case 7:
        return core + "\n\xD0\x86\xD0\xB2\xD0\xB0\xD0\xBD " + core;
      default:
        return core;
    }
  }

  json::value value(int depth) {
    switch (below(depth > 3 ? 4 : 7)) {
      case 0: {
        const std::string number = digits(9 + below(9));
        remember(number);
        return json::parse(below(2) == 0 ? number : "-" + number);
      }
      case 1: {
        const std::string number = digits(10);
        remember(number);
        return json::parse(number + ".5");
      }
      case 2:
      case 3:
        return json::value(text());
      case 4: {
        json::array list;
        for (std::size_t i = below(5); i > 0; --i) list.push_back(value(depth + 1));
        return list;
      }
      default: {
        json::object object;
        for (std::size_t i = 1 + below(5); i > 0; --i) {
          constexpr std::array<std::string_view, 4> known{"email", "id", "name", "total"};
          const std::string key = below(2) == 0 ? text() : std::string(known[below(known.size())]);
          object[key] = value(depth + 1);
        }
        return object;
      }
    }
  }

  // Every eight letters of the secrets, as they are, reversed, in other cases and encodings.
  std::vector<std::string> traces() const {
    std::vector<std::string> out;
    for (const std::string &core : cores_) {
      std::string reversed(core.rbegin(), core.rend());
      std::string hex;
      std::string percent;
      for (const char each : core) {
        constexpr std::string_view figures = "0123456789abcdef";
        const auto byte = static_cast<unsigned char>(each);
        hex += figures[byte >> 4U];
        hex += figures[byte & 15U];
        percent += '%';
        percent += hex.substr(hex.size() - 2);
      }
      for (const std::string &form : {core, reversed, hex, percent, cpi::base64(core)}) {
        std::string lower = form;
        std::ranges::transform(lower, lower.begin(), [](char each) {
          return each >= 'A' && each <= 'Z' ? static_cast<char>(each - 'A' + 'a') : each;
        });
        for (std::size_t at = 0; at + 8 <= lower.size(); ++at) out.push_back(lower.substr(at, 8));
      }
    }
    return out;
  }

 private:
  void remember(const std::string &core) { cores_.push_back(core); }
  std::mt19937 random_;
  std::vector<std::string> cores_;
};

TEST(Recording, NoTraceOfAValue) {
  const std::uint32_t first = std::random_device{}();
  for (std::uint32_t seed = first; seed != first + 200; ++seed) {
    Secrets secrets(seed);
    const json::value body = secrets.value(0);
    ProbeAnswers answers = answers_of(answer_of(json::serialize(body), 200,
                                                {{"content-type", "text/" + secrets.text()},
                                                 {"retry-after", secrets.text()},
                                                 {"x-ratelimit-limit", secrets.text()},
                                                 {"set-cookie", secrets.text()},
                                                 {"x-" + secrets.letters(8), secrets.text()}}));
    std::string out = shape_text(body);
    for (const std::string_view check :
         {R"({"descending": "/id"})", R"({"unique": "/email"})",
          R"({"format": {"at": "/name", "is": ["date"]}})",
          R"({"type": {"at": "/total", "is": ["integer"]}})", R"({"present": ["/email"]})",
          R"({"not_in_future": "/name"})", R"({"sum": {"at": "/total", "of": ["/id"]}})",
          R"({"absent_headers": ["retry-after"]})", R"({"past_the_end": []})",
          R"({"same_as": "more"})", R"({"value": {"at": "/id", "is": [1]}})",
          R"({"has": {"at": "/email", "is": ["own@example.org"]}})",
          R"({"has_none": {"at": "/email", "is": ["own@example.org"]}})", R"({"row_count": 1})",
          R"({"error_members": ["/email"]})"}) {
      const cpi::Probe probe = probe_with(check);
      const std::vector<ProbeVerdict> verdicts{
          judge(probe, probe.assumptions.front(), answers, {})};
      out += json::serialize(verdicts_json(probe, answers, verdicts));
      out += json::serialize(requests_json(probe, answers, Vocabulary(manifest)));
    }
    std::ranges::transform(out, out.begin(), [](char each) {
      return each >= 'A' && each <= 'Z' ? static_cast<char>(each - 'A' + 'a') : each;
    });
    for (const std::string &trace : secrets.traces())
      ASSERT_EQ(out.find(trace), std::string::npos) << "seed " << seed << ": " << trace;
  }
}

TEST(ShapeOf, WhatTheProbeItselfWroteIsTold) {
  Vocabulary vocabulary(manifest);
  const std::vector<std::string> own{"own@example.org"};
  vocabulary.add_own_texts(own);
  const std::string shape = json::serialize(
      shape_of(json::parse(R"([{"email": "own@example.org"}, {"email": "her@example.org"},
                      {"email": "own@example.org and more"}])"),
               vocabulary));
  EXPECT_NE(shape.find(R"("length":"9-16","value":"own@example.org","count":1)"), std::string::npos)
      << shape;
  EXPECT_EQ(shape.find("her"), std::string::npos) << shape;
  EXPECT_EQ(shape.find("more"), std::string::npos) << shape;
}

TEST(Recording, HeadersOfInterestByTheirFormat) {
  const cpi::Probe probe = probe_with(R"({"status": [200]})");
  const ProbeAnswers answers =
      answers_of(answer_of("[]", 429,
                           {{"content-type", "application/json; charset=utf-8"},
                            {"retry-after", "120"},
                            {"server", "x"}}));
  const json::array requests = requests_json(probe, answers, Vocabulary(manifest));
  EXPECT_EQ(
      json::serialize(requests.at(0)),
      R"({"id":"things","method":"GET","path":"/things","query":{"limit":"1000"},"answered":true,)"
      R"("status":429,"http_version":"2","headers":{"content-type":"application/json","retry-after":"{digits}"},)"
      R"("body":{"kinds":[{"kind":"list","count":1,"least":0,"most":0}]}})");
}

}  // namespace
}  // namespace host::test
