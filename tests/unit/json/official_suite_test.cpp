// The official JSON Schema test suite, draft-07, which is no part of this project:
// CONNECTOR_JSON_SCHEMA_TESTS names its folder `draft7`, or it lies in
// ../shared/json-schema-test-suite beside it; else these tests are skipped.
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "cpi/json/schema.hpp"

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

// What the dialect leaves out, by the keyword that its compiler refuses.
struct LeftOut {
  std::string_view keyword;
  std::string_view why;  // contains what the compiler says
};
constexpr std::array left_out{
    LeftOut{"items", "must be one schema: 2020-12 has no lists here"},
    LeftOut{"additionalItems", "this keyword is not supported"},  // goes with lists under items
    LeftOut{"$id", "this keyword is not supported"},              // a schema is one document
    LeftOut{"$ref", "must start with #"},                         // nothing is fetched
    LeftOut{"$ref", "is no JSON Pointer after the #"},            // names by $id
    LeftOut{"$ref", "there is no "},                              // names by $id
    LeftOut{"enum", "must be a list that is not empty"},
};

// A $ref is told to stand alone; draft-07 ignores what is beside it.
bool beside_reference(const cpi::SchemaError &error) {
  return error.why.find("has no effect beside it") != std::string::npos;
}

bool is_left_out(const cpi::SchemaError &error) {
  if (beside_reference(error)) return true;
  for (const auto &each : left_out) {
    if (error.keyword == each.keyword && error.why.find(each.why) != std::string::npos) return true;
  }
  return false;
}

std::optional<fs::path> suite() {
  const char *named = std::getenv("CONNECTOR_JSON_SCHEMA_TESTS");
  const fs::path folder = named != nullptr
                              ? fs::path(named)
                              : fs::path(SOURCE_FOLDER) / "../shared/json-schema-test-suite/draft7";
  if (!fs::is_directory(folder)) return std::nullopt;
  return folder;
}

json::value document_in(const fs::path &file) {
  std::ifstream in(file);
  json::parse_options options;
  options.max_depth = 200;
  return json::parse(std::string(std::istreambuf_iterator<char>(in), {}), {}, options);
}

struct Tally {
  std::size_t passed = 0;
  std::size_t left_out = 0;
};

// `known`: descriptions of tests on which the dialect differs on purpose.
Tally run_file(const fs::path &file, const std::set<std::string> &known) {
  Tally tally;
  const auto groups = document_in(file);
  for (const auto &group : groups.as_array()) {
    const auto &tests = group.at("tests").as_array();
    std::optional<cpi::Schema> schema;
    try {
      schema = cpi::Schema::compile_document(group.at("schema"));
    } catch (const cpi::SchemaError &error) {
      EXPECT_TRUE(is_left_out(error)) << file << ": " << error.what() << "\n"
                                      << json::serialize(group.at("schema"));
      tally.left_out += tests.size();
      continue;
    }
    for (const auto &test : tests) {
      const std::string name(test.at("description").as_string());
      if (known.contains(name)) {
        ++tally.left_out;
        continue;
      }
      const auto violations = schema->validate(test.at("data"));
      EXPECT_EQ(violations.empty(), test.at("valid").as_bool())
          << file << ": " << group.at("description") << ": " << name << "\n"
          << json::serialize(group.at("schema")) << "\n"
          << json::serialize(test.at("data")) << "\n"
          << json::serialize(cpi::details_of(violations));
      ++tally.passed;
    }
  }
  return tally;
}

TEST(OfficialSuite, EveryKeywordOfTheDialect) {
  const auto folder = suite();
  if (!folder) {
    GTEST_SKIP() << "SKIPPED: the official JSON Schema test suite is not there; "
                    "CONNECTOR_JSON_SCHEMA_TESTS names its folder draft7";
  }
  Tally all;
  for (const auto &entry : fs::directory_iterator(*folder)) {
    if (entry.path().extension() != ".json") continue;
    const Tally one = run_file(entry.path(), {});
    all.passed += one.passed;
    all.left_out += one.left_out;
  }
  RecordProperty("tests_run", static_cast<int>(all.passed));
  // Otherwise too much is left out to prove anything.
  EXPECT_GT(all.passed, 4 * all.left_out) << all.passed << " of " << all.passed + all.left_out;
}

// Of the formats, those that inputs are held to; hostname takes international names as well, which
// the suite has under another name.
TEST(OfficialSuite, FormatsOfTheDialect) {
  const auto folder = suite();
  if (!folder) {
    GTEST_SKIP() << "SKIPPED: the official JSON Schema test suite is not there; "
                    "CONNECTOR_JSON_SCHEMA_TESTS names its folder draft7";
  }
  for (const auto *name : {"date", "date-time", "time", "email", "uri", "ipv4", "ipv6"}) {
    const Tally one = run_file(*folder / "optional/format" / (std::string(name) + ".json"), {});
    EXPECT_GT(one.passed, one.left_out) << name;
  }
}

}  // namespace
