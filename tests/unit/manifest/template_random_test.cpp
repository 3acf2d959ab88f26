// A manifest is checked by compiling it: `check` refuses a template exactly if the plugin would.
// Random templates, as they should be and broken in places.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "cpi/language/problem.hpp"
#include "cpi/language/request_template.hpp"
#include "cpi/manifest/check.hpp"
#include "good_manifest.hpp"

namespace cpi::manifest::test {
namespace {

namespace json = boost::json;

// Templates for the action thing.create of the good manifest.
class TemplateMaker {
 public:
  explicit TemplateMaker(std::mt19937_64 &random) : random_(random) {}

  json::value request() {
    json::object out{{"method", pick({"POST", "PUT", "PATCH"})},
                     {"path", pick({"/things", "/boxes/{box_id}", "/boxes/{box_id}/things/{name?}",
                                    "/a/{/box_id}", "/things/"})}};
    if (chance(3)) out["query"] = json::object{{"q", node(2, false)}, {"r", node(1, false)}};
    if (chance(3)) {
      out["path"] = "/boxes/{part}/things";
      out["segments"] = json::object{{"part", node(1, false)}};
    }
    if (chance(2)) out["body"] = json::object{{"x", node(4, false)}, {"y", node(4, false)}};
    if (chance(4)) out["content"] = pick({"json", "form", "multipart"});
    if (chance(4)) out["host"] = "files.acme.example";
    if (chance(4)) out["headers"] = json::object{{"X-A", "b"}};
    if (chance(4)) out["repeatable"] = chance(2);
    return out;
  }

  // Breaks one place, or hits something that does not matter.
  void damage(json::value &root) {
    json::value *at = place(root);
    switch (random_() % 6) {
      case 0:
        *at = json::value(*place(root));
        break;
      case 1:
        if (auto *object = at->if_object(); object != nullptr && !object->empty()) {
          object->erase(
              std::next(object->begin(), static_cast<std::ptrdiff_t>(random_() % object->size())));
        }
        break;
      case 2:
        if (auto *object = at->if_object()) {
          (*object)[pick({"$from", "$each", "$with", "$item", "$merge", "$concat", "$switch",
                          "$cases", "$default", "$encode", "$values", "$form", "body", "content",
                          "host", "part", "also"})] = json::value(*place(root));
        }
        break;
      case 3:
        *at = json::parse(pick({"null",
                                "true",
                                "7",
                                "\"\"",
                                "[]",
                                "{}",
                                "\"/name\"",
                                "\"./word\"",
                                "\".\"",
                                "\".word\"",
                                "\"name\"",
                                "\"/a~2\"",
                                "\"rot13\"",
                                "\"GET\"",
                                "\"/a/{b\"",
                                "\"/a//b\"",
                                "\"/a/../b\"",
                                "\"/{}\"",
                                "\"/{/}\"",
                                "\"/{a{b}}\"",
                                "\"/a}\"",
                                "\"/x{name?}\"",
                                "\"evil.example\"",
                                "[\"date\", \"rot13\"]",
                                "[[]]",
                                "{\"$from\": \"/name\"}"}));
        break;
      case 4:
        if (auto *text = at->if_string()) {
          const auto where = text->empty() ? 0 : random_() % text->size();
          text->insert(where, pick({"/", "{", "}", "?", "~", ".", "$", "*", "%", "ü"}));
        }
        break;
      default:
        if (auto *list = at->if_array()) {
          if (chance(2)) {
            list->clear();
          } else {
            list->push_back(json::value(*place(root)));
          }
        }
        break;
    }
  }

 private:
  bool chance(unsigned of) { return random_() % of == 0; }
  std::string_view pick(std::initializer_list<std::string_view> from) {
    return *std::next(from.begin(), static_cast<std::ptrdiff_t>(random_() % from.size()));
  }

  json::value node(int depth, bool in_each) {
    const auto kind = random_() % (depth > 0 ? 9 : 2);
    json::object out;
    switch (kind) {
      case 0:
        return json::value(pick({"a", "b", "c"}));
      case 1:
        out["$from"] =
            in_each && chance(2) ? pick({".", "./word"}) : pick({"/name", "/at", "/when"});
        if (chance(4)) out["$values"] = json::object{{"now", 1}};
        if (chance(4)) out["$encode"] = json::array{"text", "lower"};
        if (chance(4)) out["$default"] = "x";
        return out;
      case 2:
        out["$each"] = "/tags";
        out["$item"] = node(depth - 1, true);
        return out;
      case 3:
        out["$merge"] = json::array{json::object{{"m", node(depth - 1, in_each)}},
                                    json::object{{"n", node(depth - 1, in_each)}}};
        return out;
      case 4:
        out["$concat"] = json::array{json::array{node(depth - 1, in_each)}};
        if (chance(3)) out["$encode"] = "json";
        return out;
      case 5:
        out["$switch"] = "/when";
        out["$cases"] = json::object{{"now", node(depth - 1, in_each)}, {"*", 2}};
        if (chance(2)) out["$default"] = node(depth - 1, in_each);
        return out;
      case 6:
        out["$with"] = "";
        out["$item"] = node(depth - 1, false);
        return out;
      case 7:
        out["k"] = node(depth - 1, in_each);
        return out;
      default:
        return json::array{node(depth - 1, in_each)};
    }
  }

  json::value *place(json::value &value) {
    json::value *at = &value;
    while (true) {
      if (chance(6)) return at;
      if (auto *object = at->if_object(); object != nullptr && !object->empty()) {
        at = &std::next(object->begin(), static_cast<std::ptrdiff_t>(random_() % object->size()))
                  ->value();
      } else if (auto *list = at->if_array(); list != nullptr && !list->empty()) {
        at = &(*list)[random_() % list->size()];
      } else {
        return at;
      }
    }
  }

  std::mt19937_64 &random_;
};

std::string manifest_with(const json::value &request) {
  std::string text(good_manifest());
  const auto begin = text.find("    request:\n      method: POST");
  const auto end = text.find("  - id: thing.list");
  return text.replace(begin, end - begin, "    request: " + json::serialize(request) + "\n");
}

// Of the problems in the template, those that say that it is none: `format` by the format's schema,
// `language` by compiling. What else is said of it is about the input that it reads.
struct Refusals {
  bool format = false;
  bool language = false;
};

Refusals refusals_of(const std::vector<Problem> &problems) {
  Refusals out;
  for (const Problem &problem : problems) {
    if (!problem.pointer.starts_with("/actions/0/request")) continue;
    out.format = out.format || problem.code == "M201";
    out.language =
        out.language || problem.code == "M311" || problem.code == "M318" || problem.code == "M319";
  }
  return out;
}

TEST(TemplateRandom, WhatIsCheckedIsWhatRuns) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  TemplateMaker maker(random);
  const cpi::Network network{.base_url = "https://api.acme.example",
                             .allowed_hosts = {"api.acme.example", "files.acme.example"}};
  int compiled = 0;
  int refused = 0;
  for (int i = 0; i < 500; ++i) {
    json::value request = maker.request();
    for (auto damages = random() % 3; damages > 0; --damages) maker.damage(request);
    std::string why;
    try {
      RequestTemplate::compile(request, network, false, "/actions/0/request");
      ++compiled;
    } catch (const LanguageError &error) {
      why = error.what();
      ++refused;
    }
    const std::string text = manifest_with(request);
    const std::vector<Problem> problems = check(document_of(text));
    const Refusals refusals = refusals_of(problems);
    // What the schema of the format refuses is not compiled by the check.
    if (why.empty()) {
      EXPECT_FALSE(refusals.language) << problems.front() << "\n" << json::serialize(request);
    } else {
      EXPECT_TRUE(refusals.format || refusals.language) << why << "\n" << json::serialize(request);
    }
    if (HasFailure()) return;
  }
  // The maker makes enough of both.
  EXPECT_GT(compiled, 50) << refused;
  EXPECT_GT(refused, 50) << compiled;
}

}  // namespace
}  // namespace cpi::manifest::test
