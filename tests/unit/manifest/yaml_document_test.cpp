#include "cpi/manifest/yaml_document.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "good_manifest.hpp"

namespace cpi::manifest::test {
namespace {

std::string as_json(std::string_view yaml) {
  return boost::json::serialize(document_of(yaml).value);
}

std::vector<std::string> problems_of(std::string_view yaml, const Limits &limits = {}) {
  const ReadResult result = read_yaml(yaml, "m.yaml", limits);
  EXPECT_EQ(result.document.has_value(), result.problems.empty());
  return briefs(result.problems);
}

using Briefs = std::vector<std::string>;

std::string repeated(std::string_view piece, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += piece;
  return text;
}

TEST(ReadYaml, GivesWhatTheCoreSchemaSays) {
  EXPECT_EQ(as_json("a: 1\nb: -2\nc: true\nd: null\ne: text\nf: [x, 'y', \"z\"]\n"),
            R"({"a":1,"b":-2,"c":true,"d":null,"e":"text","f":["x","y","z"]})");
  EXPECT_EQ(as_json("0.25"), "2.5E-1");
  EXPECT_EQ(as_json("18446744073709551615"), "18446744073709551615");
  EXPECT_EQ(as_json("9223372036854775808"), "9223372036854775808");
  EXPECT_EQ(as_json("'1'"), R"("1")");
  EXPECT_EQ(as_json("!!str yes"), R"("yes")");
  EXPECT_EQ(as_json("|\n  a\n  b\n"), R"("a\nb\n")");
  EXPECT_EQ(as_json(">-\n  a\n  b\n"), R"("a b")");
  EXPECT_EQ(as_json("\"\\u00e9\\n\""), "\"\xc3\xa9\\n\"");
  EXPECT_EQ(as_json("a: {}\nb: []\nc: ''\n"), R"({"a":{},"b":[],"c":""})");
  EXPECT_EQ(as_json("# only\n---\na: x # y\n...\n"), R"({"a":"x"})");
  EXPECT_EQ(as_json("version: 0.9.0"), R"({"version":"0.9.0"})");
}

TEST(ReadYaml, WindowsLineEndsAreLineEnds) {
  EXPECT_EQ(as_json("a: 1\r\nb: null\r\nc: [x]\r\n"), R"({"a":1,"b":null,"c":["x"]})");
}

TEST(ReadYaml, AliasesAreCopied) {
  EXPECT_EQ(as_json("a: &x {k: [1]}\nb: *x\nc: [*x, &s t, *s]\n"),
            R"({"a":{"k":[1]},"b":{"k":[1]},"c":[{"k":[1]},"t","t"]})");
}

TEST(ReadYaml, KnowsEveryPlace) {
  const Document document = document_of("a: 1\nlist:\n  - x\n  - k: {m: 2}\nq/r: &n [5]\nz: *n\n");
  const SourceMap &map = document.map;
  EXPECT_EQ(map.locate(""), (Location{0, 1, 1}));
  EXPECT_EQ(map.locate("/a"), (Location{0, 1, 1}));
  EXPECT_EQ(map.locate("/list"), (Location{0, 2, 1}));
  EXPECT_EQ(map.locate("/list/0"), (Location{0, 3, 5}));
  EXPECT_EQ(map.locate("/list/1"), (Location{0, 4, 5}));
  EXPECT_EQ(map.locate("/list/1/k"), (Location{0, 4, 5}));
  EXPECT_EQ(map.locate("/list/1/k/m"), (Location{0, 4, 9}));
  EXPECT_EQ(map.locate("/q~1r/0"), (Location{0, 5, 10}));
  EXPECT_EQ(map.locate("/z/0"), (Location{0, 6, 1}));  // inside a copy: where the alias is
  EXPECT_EQ(map.file_name(0), "m.yaml");
}

TEST(ReadYaml, M101SyntaxErrorsHaveAPlace) {
  EXPECT_EQ(problems_of("a: 1\nb: [1, 2\nc: 3\n").front().substr(0, 5), "M101 ");
  EXPECT_EQ(problems_of("a: b: c\n"), (Briefs{"M101 1:5 "}));
  EXPECT_EQ(problems_of("a: *nowhere\n").front().substr(0, 5), "M101 ");
}

TEST(ReadYaml, M102DuplicateKeys) {
  EXPECT_EQ(problems_of("a: 1\nb: 2\na: 3\n"), (Briefs{"M102 3:1 /a"}));
  EXPECT_EQ(problems_of("x: {k: 1, 'k': [2, {k: 3}]}\n"), (Briefs{"M102 1:11 /x/k"}));
  const ReadResult result = read_yaml("a: 1\na: 2\n", "m.yaml");
  EXPECT_NE(result.problems.at(0).message.find("line 1"), std::string::npos);
}

TEST(ReadYaml, M103AmbiguousScalars) {
  for (const std::string_view text : {"yes",
                                      "no",
                                      "on",
                                      "off",
                                      "y",
                                      "N",
                                      "True",
                                      "FALSE",
                                      "Null",
                                      "~",
                                      "0777",
                                      "0o17",
                                      "0x1F",
                                      "0b11",
                                      "1_000",
                                      "+5",
                                      "1.10",
                                      "1.0",
                                      "1e3",
                                      "1.5e+3",
                                      ".5",
                                      "5.",
                                      "-0",
                                      ".inf",
                                      "-.INF",
                                      ".NaN",
                                      "12:30",
                                      "1:30:45.5",
                                      "=",
                                      "<<",
                                      "00",
                                      "-01",
                                      "2025-03-01",
                                      "2025-3-1T00:00:00Z",
                                      "2025-03-01 10:00:00",
                                      "18446744073709551616"}) {
    EXPECT_EQ(problems_of("k: " + std::string(text)), (Briefs{"M103 1:4 /k"})) << text;
    EXPECT_EQ(problems_of("k: '" + std::string(text) + "'"), Briefs{}) << text;
  }
  EXPECT_EQ(problems_of("a:\nb: 1\n"), (Briefs{"M103 2:1 /a"}));
  EXPECT_EQ(problems_of("on: 1\n"), (Briefs{"M103 1:1 "}));
}

TEST(ReadYaml, M103LeavesOrdinaryTextAlone) {
  for (const std::string_view text :
       {"yesterday", "none", "0.9.0", "1.2.3", "10.0.0.1", "2025", "3-4", "e3", "1e", "-x", "a:b",
        "12:30pm", "https://a.example", "/a/b", "v1.0", "0.5", "-1.25", "null and void",
        "on-off"}) {
    EXPECT_EQ(problems_of("k: " + std::string(text)), Briefs{}) << text;
  }
}

TEST(ReadYaml, M104Sizes) {
  const Limits limits{.bytes = 1000,
                      .nodes = 50,
                      .depth = 5,
                      .scalar_bytes = 100,
                      .line_bytes = 400,
                      .problems = 10};
  EXPECT_EQ(problems_of(repeated("a\n", 1002), limits), (Briefs{"M104 1:1 "}));
  EXPECT_EQ(problems_of("k: " + std::string(101, 'x'), limits), (Briefs{"M104 1:4 /k"}));
  EXPECT_EQ(problems_of("k: " + std::string(100, 'x'), limits), Briefs{});
  EXPECT_EQ(problems_of("a: 1\nk: '" + std::string(400, 'x') + "'", limits), (Briefs{"M104 2:1 "}));
  EXPECT_EQ(problems_of("[[[[[1]]]]]", limits), Briefs{});
  EXPECT_EQ(problems_of("[[[[[[1]]]]]]", limits).front().substr(0, 4), "M104");
  EXPECT_EQ(problems_of(repeated("- 1\n", 4 * 49), limits), Briefs{});
  EXPECT_EQ(problems_of(repeated("- 1\n", 4 * 50), limits).front().substr(0, 4), "M104");
}

TEST(ReadYaml, M105Anchors) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 20; ++i) {
    const std::string inner = "*a" + std::to_string(i - 1) + " ";
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + inner;
    for (int k = 0; k < 8; ++k) text += ", " + inner;
    text += "]\n";
  }
  EXPECT_EQ(problems_of(text).front().substr(0, 4), "M105");
  EXPECT_EQ(problems_of("a: &a [1, *a ]\n"), (Briefs{"M105 1:11 /a/1"}));
}

TEST(ReadYaml, M105DeepCopiesCount) {
  std::string text = "a0: &a0 [[[[[[[[[[x]]]]]]]]]]\n";
  for (int i = 1; i < 10; ++i) {
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [[[[[[[[*a" +
            std::to_string(i - 1) + " ]]]]]]]]\n";
  }
  EXPECT_EQ(problems_of(text).front().substr(0, 4), "M104");
}

TEST(ReadYaml, M106Tags) {
  EXPECT_EQ(problems_of("a: !!python/object x\n"), (Briefs{"M106 1:4 /a"}));
  EXPECT_EQ(problems_of("a: !mine {b: 1}\n"), (Briefs{"M106 1:4 /a"}));
  EXPECT_EQ(problems_of("a: !!binary aGk=\n"), (Briefs{"M106 1:4 /a"}));
  EXPECT_EQ(problems_of("a: !!seq [1]\n"), Briefs{});
}

TEST(ReadYaml, M107Documents) {
  EXPECT_EQ(problems_of(""), (Briefs{"M107 1:1 "}));
  EXPECT_EQ(problems_of("# nothing\n"), (Briefs{"M107 1:1 "}));
  EXPECT_EQ(problems_of("a: 1\n---\nb: 2\n"), (Briefs{"M107 3:1 "}));
}

TEST(ReadYaml, M108Bytes) {
  EXPECT_EQ(problems_of(std::string_view("a: 1\nb: \0x\n", 11)), (Briefs{"M108 2:4 "}));
  for (const std::string_view bad :
       {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x1b", "\x7f",
        "\xc2\x85", "\xef\xbb\xbf", "\xef\xbf\xbe", "\xf0\x80\x80\x80"}) {
    EXPECT_EQ(problems_of("a: " + std::string(bad)), (Briefs{"M108 1:4 "}));
  }
  EXPECT_EQ(problems_of("a: \xd0\x9b\xd0\xb8\xd1\x81\xd1\x82 \xf0\x9f\x8e\x89\n"), Briefs{});
}

TEST(ReadYaml, M109Keys) {
  EXPECT_EQ(problems_of("1: a\n"), (Briefs{"M109 1:1 "}));
  EXPECT_EQ(problems_of("true: a\n"), (Briefs{"M109 1:1 "}));
  EXPECT_EQ(problems_of("null: a\n"), (Briefs{"M109 1:1 "}));
  EXPECT_EQ(problems_of("? [a]\n: b\n").front().substr(0, 4), "M109");
  EXPECT_EQ(problems_of("x: &k a\n*k : b\n").front().substr(0, 4), "M109");
  EXPECT_EQ(problems_of("&k a: b\n"), (Briefs{"M109 1:1 "}));
  EXPECT_EQ(problems_of("'1': a\n"), Briefs{});
}

TEST(ReadYaml, SeveralProblemsAtOnce) {
  EXPECT_EQ(problems_of("a: yes\nb: 1\nb: 2\nc: !x z\n"),
            (Briefs{"M103 1:4 /a", "M102 3:1 /b", "M106 4:4 /c"}));
}

// How much memory reading `text` takes at its peak, seen from a process of its own. KiB; negative
// when that process died.
long peak_of_reading(const std::string &text) {
  int ends[2] = {};
  if (pipe(ends) != 0) return -1;
  const pid_t reader = fork();
  if (reader == 0) {
    rusage before{};
    rusage after{};
    getrusage(RUSAGE_SELF, &before);
    const ReadResult result = read_yaml(text, "bomb.yaml");
    getrusage(RUSAGE_SELF, &after);
    const long grown = after.ru_maxrss - before.ru_maxrss;
    const bool written = write(ends[1], &grown, sizeof grown) == sizeof grown;
    _exit(written && result.problems.size() <= Limits{}.problems ? 0 : 1);
  }
  close(ends[1]);
  long grown = -1;
  if (read(ends[0], &grown, sizeof grown) != sizeof grown) grown = -1;
  close(ends[0]);
  int status = 0;
  waitpid(reader, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? grown : -1;
}

TEST(ReadYaml, BombsStaySmall) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr long most_kib = 1024 * 1024;  // shadow memory and quarantine
#else
  constexpr long most_kib = 64 * 1024;
#endif
  const auto megabyte = std::size_t{1} << 20U;
  std::vector<std::string> bombs;
  for (const std::string_view piece :
       {"[",   "{",     "- ",    "? ",   "&a ",  "!",     "\"",   "'",   "|\n",   "%",
        ": ",  "a: ",   "a:\n ", "[a, ", "{a: ", "*a ",   "#",    "\n",  "---\n", "\t",
        "a\n", "- a\n", "]",     "\\",   "-\n",  "{a: [", "[[],", "{? ", "!<a> ", "? a\n: b\n"}) {
    bombs.push_back(repeated(piece, megabyte));
    bombs.push_back(repeated(std::string(piece) + "\n", megabyte));
    bombs.push_back(repeated(piece, 60'000) + "\n");
  }
  bombs.push_back("a: " + std::string(10 * megabyte, 'x'));
  bombs.push_back("a: |\n" + repeated("  x\n", 2 * megabyte - 10));
  for (const std::string &bomb : bombs) {
    const long grown = peak_of_reading(bomb);
    EXPECT_GE(grown, 0) << "died of " << bomb.substr(0, 20);
    EXPECT_LT(grown, most_kib) << bomb.substr(0, 20);
  }
}

TEST(ReadYaml, M104DeepNestingAndLongScalars) {
  const auto megabyte = std::size_t{1} << 20U;
  for (const std::string &bomb :
       {repeated("[", 60'000), repeated("[\n", megabyte), repeated("{a: ", 60'000),
        repeated("- ", 60'000), "a: " + std::string(10 * megabyte, 'x'),
        "a: |\n" + repeated("  x\n", megabyte), repeated("a\n", megabyte)}) {
    const ReadResult result = read_yaml(bomb, "bomb.yaml");
    ASSERT_FALSE(result.document.has_value());
    EXPECT_EQ(result.problems.front().code, "M104") << bomb.substr(0, 20);
  }
}

class ReadFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "manifest-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path put(std::string_view bytes) {
    std::filesystem::path path = folder_ / "m.yaml";
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

  std::filesystem::path folder_;
};

TEST_F(ReadFile, GivesTheBytes) {
  EXPECT_EQ(read_file(put("a: \r\n")).bytes, "a: \r\n");
  EXPECT_EQ(read_file(put("")).bytes, "");
}

TEST_F(ReadFile, M104RefusesBeforeReadingOn) {
  const Limits limits{.bytes = 10};
  EXPECT_EQ(read_file(put("0123456789"), limits).bytes, "0123456789");
  EXPECT_EQ(codes_of(read_file(put("0123456789+"), limits).problems),
            (std::vector<std::string>{"M104"}));
}

TEST_F(ReadFile, M110MissingOrNoFile) {
  EXPECT_EQ(codes_of(read_file(folder_ / "none").problems), (std::vector<std::string>{"M110"}));
  EXPECT_EQ(codes_of(read_file(folder_).problems), (std::vector<std::string>{"M110"}));
  EXPECT_EQ(codes_of(read_file("/dev/zero").problems), (std::vector<std::string>{"M110"}));
}

}  // namespace
}  // namespace cpi::manifest::test
