// Random damage to a good manifest: reading and checking must end, with a manifest or with
// problems that have a place, and never otherwise.
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cpi/manifest/check.hpp"
#include "cpi/manifest/diff.hpp"
#include "cpi/manifest/manifest.hpp"
#include "cpi/manifest/merge.hpp"
#include "good_manifest.hpp"

namespace cpi::manifest::test {
namespace {

namespace json = boost::json;

void expect_sound(const LoadResult &result, const std::string &text) {
  EXPECT_EQ(result.manifest.has_value(), !has_errors(result.problems)) << text;
  for (const Problem &problem : result.problems) {
    EXPECT_NE(find_code(problem.code), nullptr);
    EXPECT_EQ(problem.file, "mutant.yaml");
    EXPECT_GT(problem.line, 0U) << problem;
    EXPECT_FALSE(problem.message.empty());
  }
}

TEST(Mutation, OfBytes) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  static constexpr std::string_view pieces[] = {"\n", ":",  " ",   "-",   "{",  "}",    "[",  "]",
                                                "&a", "*a", "'",   "\"",  "#",  "|",    "!",  "~",
                                                "\0", "$",  "yes", "1.0", "\t", "\xff", "<<", "%"};
  for (int i = 0; i < 600; ++i) {
    std::string text(good_manifest());
    const auto damages = 1 + random() % 4;
    for (std::size_t k = 0; k < damages; ++k) {
      const auto at = random() % text.size();
      switch (random() % 4) {
        case 0:
          text.erase(at, 1 + random() % 40);
          break;
        case 1:
          text.insert(at, pieces[random() % std::size(pieces)]);
          break;
        case 2:
          text[at] = static_cast<char>(random());
          break;
        default:
          text.insert(at, text.substr(random() % text.size(), random() % 200));
          break;
      }
    }
    expect_sound(load_text(text, "mutant.yaml"), text);
    if (testing::Test::HasFailure()) return;
  }
}

json::value *random_place(json::value &value, std::mt19937_64 &random) {
  json::value *at = &value;
  while (true) {
    if (random() % 6 == 0) return at;
    if (auto *object = at->if_object(); object != nullptr && !object->empty()) {
      at = &std::next(object->begin(), static_cast<std::ptrdiff_t>(random() % object->size()))
                ->value();
    } else if (auto *array = at->if_array(); array != nullptr && !array->empty()) {
      at = &(*array)[random() % array->size()];
    } else {
      return at;
    }
  }
}

void damage(json::value &root, std::mt19937_64 &random) {
  json::value *at = random_place(root, random);
  switch (random() % 5) {
    case 0:
      *at = json::value(*random_place(root, random));
      break;
    case 1:
      if (auto *object = at->if_object(); object != nullptr && !object->empty()) {
        object->erase(
            std::next(object->begin(), static_cast<std::ptrdiff_t>(random() % object->size())));
      }
      break;
    case 2:
      if (auto *object = at->if_object()) {
        static constexpr std::string_view keys[] = {"$ref",  "$from", "$each",      "type",
                                                    "items", "if",    "properties", "x-ui",
                                                    "oneOf", "title", "required",   "x-options"};
        (*object)[keys[random() % std::size(keys)]] = json::value(*random_place(root, random));
      }
      break;
    case 3: {
      static const std::vector<std::string_view> values = {"null",
                                                           "true",
                                                           "-1",
                                                           "1.5",
                                                           "\"\"",
                                                           "\" x\"",
                                                           "[]",
                                                           "{}",
                                                           "[[]]",
                                                           "\"#/$defs/thing\"",
                                                           "{\"$ref\":\"#/$defs/box_id\"}",
                                                           "18446744073709551615",
                                                           "\"(a+)+\"",
                                                           "\"/a/~\""};
      *at = json::parse(values[random() % values.size()]);
      break;
    }
    default:
      if (auto *array = at->if_array(); array != nullptr && !array->empty()) {
        array->push_back(json::value((*array)[random() % array->size()]));
      }
      break;
  }
}

// Well-formed documents of a wrong shape get past the reader and into every check.
TEST(Mutation, OfValues) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const Document good = document_of(good_manifest(), "mutant.yaml");
  for (int i = 0; i < 600; ++i) {
    Document mutant = good;
    const auto damages = 1 + random() % 3;
    for (std::size_t k = 0; k < damages; ++k) {
      json::value changed = mutant.value;
      damage(changed, random);
      mutant.value = std::move(changed);
    }
    const std::vector<Problem> problems = check(mutant);
    for (const Problem &problem : problems) EXPECT_NE(find_code(problem.code), nullptr);
    if (!has_errors(problems)) {
      const Manifest manifest(mutant, "");
      (void)manifest.schema_of(manifest.json(), "input");
    }
    // Comparing and merging promise to survive anything as well.
    (void)diff(good, mutant);
    (void)diff(mutant, good);
    (void)merge(std::vector<Document>{mutant, good});
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace cpi::manifest::test
