#include "cpi/manifest/yaml_writer.hpp"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <random>
#include <string>
#include <string_view>

#include "cpi/manifest/yaml_document.hpp"
#include "good_manifest.hpp"

namespace cpi::manifest::test {
namespace {

namespace json = boost::json;

TEST(WriteYaml, IsBlockStyleThatPeopleRead) {
  const json::value value = json::parse(R"({
    "id": "acme", "on": true, "version": "1.10", "list": [1, {"a": "x y", "b": []}, [2, [3]]],
    "text": "one\ntwo\n", "empty": {}, "share": 0.5, "none": null, "path": "/a", "no": "yes"})");
  EXPECT_EQ(write_yaml(value), R"(id: acme
"on": true
version: "1.10"
list:
  - 1
  - a: x y
    b: []
  -
    - 2
    -
      - 3
text: |
  one
  two
empty: {}
share: 0.5
none: null
path: "/a"
"no": "yes"
)");
}

TEST(WriteYaml, ScalarsAloneAreDocuments) {
  for (const std::string_view text : {"null", "true", "7", "\"a\"", "\"a\\nb\"", "[]", "{}", "[[]]",
                                      "[\"x\\ny\"]", "[{\"a\":\"x\\ny\\n\"}]"}) {
    const json::value value = json::parse(text);
    EXPECT_EQ(document_of(write_yaml(value)).value, value) << text << '\n' << write_yaml(value);
  }
}

TEST(WriteYaml, TheGoodManifestComesBack) {
  const json::value value = document_of(good_manifest()).value;
  const std::string once = write_yaml(value);
  EXPECT_EQ(document_of(once).value, value);
  EXPECT_EQ(write_yaml(document_of(once).value), once);
}

// Texts made of what troubles YAML parsers.
std::string random_text(std::mt19937_64 &random) {
  static constexpr std::string_view pieces[] = {"a",
                                                "B",
                                                "0",
                                                "1.0",
                                                "-",
                                                ": ",
                                                "#",
                                                " #",
                                                "\n",
                                                "\n\n",
                                                " ",
                                                "\t",
                                                "'",
                                                "\"",
                                                "\\",
                                                "{",
                                                "]",
                                                ",",
                                                "&",
                                                "*",
                                                "!",
                                                "|",
                                                ">",
                                                "%",
                                                "@",
                                                "`",
                                                "\r",
                                                "yes",
                                                "~",
                                                "null",
                                                "\x01",
                                                "\x7f",
                                                "\xc2\x85",
                                                "---",
                                                "...",
                                                "?",
                                                "<<",
                                                "=",
                                                "/",
                                                "é",
                                                "\xe2\x80\xa8",
                                                "\xef\xbb\xbf",
                                                "\xf0\x9f\x8e\x89",
                                                "2025-01-01",
                                                "0x1",
                                                "_",
                                                ".",
                                                "(",
                                                "\xef\xbf\xbf",
                                                "\xef\xbf\xbe",
                                                "\xc2\xa0"};
  std::string text;
  const auto length = random() % 8;
  for (std::size_t i = 0; i < length; ++i) text += pieces[random() % std::size(pieces)];
  return text;
}

json::value random_value(std::mt19937_64 &random, int depth) {
  switch (random() % (depth > 0 ? 8 : 6)) {
    case 0:
      return nullptr;
    case 1:
      return random() % 2 == 0;
    case 2:
      return static_cast<std::int64_t>(random());
    case 3:
      return static_cast<double>(static_cast<std::int64_t>(random() % 2'000'000) - 1'000'000) / 64 +
             1.0 / 128;
    case 4:
    case 5:
      return json::value(random_text(random));
    case 6: {
      json::array array;
      const auto size = random() % 5;
      for (std::size_t i = 0; i < size; ++i) array.push_back(random_value(random, depth - 1));
      return array;
    }
    default: {
      json::object object;
      const auto size = random() % 5;
      for (std::size_t i = 0; i < size; ++i) {
        object[random_text(random)] = random_value(random, depth - 1);
      }
      return object;
    }
  }
}

TEST(WriteYaml, RandomValuesComeBack) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int i = 0; i < 1500; ++i) {
    const json::value value = random_value(random, 4);
    const std::string yaml = write_yaml(value);
    const ReadResult result = read_yaml(yaml, "random.yaml");
    ASSERT_TRUE(result.document.has_value()) << result.problems.front() << '\n' << yaml;
    ASSERT_EQ(result.document->value, value) << yaml << json::serialize(value);
  }
}

}  // namespace
}  // namespace cpi::manifest::test
