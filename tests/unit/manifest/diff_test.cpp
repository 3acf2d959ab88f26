#include "cpi/manifest/diff.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "good_manifest.hpp"

namespace cpi::manifest::test {
namespace {

std::string with_version(std::string text, std::string_view version) {
  const std::string_view old = "version: 1.2.0";
  return text.replace(text.find(old), old.size(), "version: " + std::string(version));
}

Diff compare(const std::string &older, const std::string &newer) {
  return diff(document_of(older, "old.yaml"), document_of(newer, "new.yaml"));
}

struct Change {
  std::string_view code;
  std::string_view from;
  std::string_view to;
  Bump needed;
};

std::ostream &operator<<(std::ostream &out, const Change &change) {
  return out << change.code << " by " << change.to;
}

const std::vector<Change> changes = {
    {"M401", "id: thing.list", "id: thing.all", Bump::major},
    {"M401", "  - id: shelves", "  - id: racks", Bump::major},
    {"M402", "shelf_id: {type", "shelve_id: {type", Bump::major},
    {"M403", "required: [box_id, name]\n", "required: [box_id, name, code]\n", Bump::major},
    {"M404", "limit: {type: integer", "limit: {type: string", Bump::major},
    {"M404", "enum: [now, later], default", "enum: [now], default", Bump::major},
    {"M404", "maximum: 500", "maximum: 100", Bump::major},
    {"M404", "maxLength: 80", "maxLength: 40", Bump::major},
    {"M404", "minimum: 1, maximum: 500", "minimum: 2, maximum: 500", Bump::major},
    {"M404", R"("^[a-z ]+$")", R"("^[a-z]+$")", Bump::major},
    {"M404", "{word: {type: string", "{word: {type: integer", Bump::major},
    {"M405", "      name: {type: string}\n", "", Bump::major},
    {"M405", "    required: [id]\n", "    required: []\n", Bump::major},
    {"M405", "      id: {type: integer}\n", "      id: {type: [integer, string]}\n", Bump::major},
    {"M406", "sample: {id: 7, name: Spade}", "sample: {id: 7}", Bump::major},
    {"M406", "items: [{id: 8, name: Rake}]", "items: [{id: 8}]", Bump::major},
    {"M407", "key: [/id], version: 1", "key: [/id, /name], version: 1", Bump::patch},
    {"M408", "    - id: key\n", "    - id: token\n", Bump::major},
    {"M408", "type: oauth2_client_credentials", "type: static_bearer", Bump::major},
    {"M409", "id: acme\n", "id: acme2\n", Bump::major},
    {"M412", "key: [/id], version: 1", "key: [/id, /name], version: 2", Bump::minor},
    {"M420", "  - id: shelves", "  - {id: rooms, title: Rooms}\n  - id: shelves", Bump::minor},
    {"M421", "{limit: {type", "{order: {type: string, title: Order}, limit: {type", Bump::minor},
    {"M421", "enum: [now, later], default", "enum: [now, later, never], default", Bump::minor},
    {"M421", "      name: {type: string}\n",
     "      name: {type: string}\n      size: {type: number}\n", Bump::minor},
    {"M422", "title: Acme\n", "title: Acme Inc.\n", Bump::patch},
};

class DiffOf : public testing::TestWithParam<Change> {};

TEST_P(DiffOf, NamesTheChangeAndTheBump) {
  const Change &change = GetParam();
  const Diff result =
      compare(std::string(good_manifest()), with_version(edited(change.from, change.to), "2.0.0"));
  std::set<std::string> codes;
  for (const Problem &each : result.changes) {
    codes.insert(each.code);
    EXPECT_GT(each.line, 0U);
    EXPECT_EQ(each.file, "new.yaml");
  }
  EXPECT_TRUE(codes.contains(std::string(change.code)));
  EXPECT_EQ(result.needed, change.needed) << change;
  EXPECT_EQ(result.made, Bump::major);
  EXPECT_FALSE(codes.contains("M410"));
}

INSTANTIATE_TEST_SUITE_P(Changes, DiffOf, testing::ValuesIn(changes),
                         [](const testing::TestParamInfo<Change> &each) {
                           return std::string(each.param.code) + "_" + std::to_string(each.index);
                         });

TEST(Diff, OfTheSameIsEmpty) {
  const Diff result = compare(std::string(good_manifest()), std::string(good_manifest()));
  EXPECT_TRUE(result.changes.empty());
  EXPECT_EQ(result.needed, Bump::none);
  EXPECT_EQ(result.made, Bump::none);
}

TEST(Diff, ANewVersionAloneIsFine) {
  const std::string newer = with_version(std::string(good_manifest()), "1.2.1");
  const Diff result = compare(std::string(good_manifest()), newer);
  EXPECT_TRUE(result.changes.empty());
  EXPECT_EQ(result.made, Bump::patch);
}

TEST(Diff, WideningIsNoBreak) {
  for (const auto &[from, to] : std::vector<std::pair<std::string_view, std::string_view>>{
           {"maxLength: 80", "maxLength: 81"},
           {"limit: {type: integer", "limit: {type: number"},
           {"required: [box_id, name]\n", "required: [name]\n"},
           {R"(, pattern: "^[a-z ]+$")", ""},
           {"    required: [id]\n", "    required: [id, name]\n"}}) {
    const Diff result =
        compare(std::string(good_manifest()), with_version(edited(from, to), "1.3.0"));
    for (const Problem &each : result.changes) EXPECT_EQ(each.severity, Severity::note) << each;
    EXPECT_TRUE(result.enough()) << to;
  }
}

TEST(Diff, M410TooSmallABump) {
  const std::string older(good_manifest());
  const std::string breaking = edited("id: thing.list", "id: thing.all");
  const auto says_too_small = [&](const std::string &before, const std::string &after) {
    const std::vector<std::string> codes = codes_of(compare(before, after).changes);
    return std::find(codes.begin(), codes.end(), "M410") != codes.end();
  };
  EXPECT_TRUE(says_too_small(older, breaking));
  EXPECT_TRUE(says_too_small(older, with_version(breaking, "1.3.0")));
  EXPECT_FALSE(says_too_small(older, with_version(breaking, "2.0.0")));
  EXPECT_TRUE(says_too_small(older, with_version(std::string(older), "1.1.9")));
  EXPECT_TRUE(says_too_small(with_version(older, "0.2.0"), with_version(breaking, "0.2.1")));
  EXPECT_FALSE(says_too_small(with_version(older, "0.2.0"), with_version(breaking, "0.3.0")));
}

TEST(Diff, M411LoweredDedupeVersion) {
  const std::string older = edited("key: [/id], version: 1", "key: [/id], version: 3");
  const std::string newer = with_version(std::string(good_manifest()), "2.0.0");
  EXPECT_EQ(codes_of(compare(older, newer).changes).front(), "M411");
}

TEST(Diff, EveryCodeIsTested) {
  std::set<std::string_view> tested = {"M410", "M411"};
  for (const Change &change : changes) tested.insert(change.code);
  for (const Code &code : all_codes()) {
    if (code.code.starts_with("M4")) {
      EXPECT_TRUE(tested.contains(code.code)) << code.code;
    }
  }
}

}  // namespace
}  // namespace cpi::manifest::test
