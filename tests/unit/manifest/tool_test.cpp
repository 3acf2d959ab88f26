// cpi-manifest as the build runs it.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>

#include "cpi/manifest/manifest.hpp"
#include "good_manifest.hpp"

namespace cpi::manifest::test {
namespace {

struct Outcome {
  int status = -1;
  std::string output;  // both streams
};

class Tool : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "manifest-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void put(const std::string &name, std::string_view text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  [[nodiscard]] std::string get(const std::string &name) const {
    std::ifstream file(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  [[nodiscard]] Outcome run(const std::string &arguments) const {
    const std::string command =
        "cd " + folder_.string() + " && " CPI_MANIFEST_TOOL " " + arguments + " 2>&1";
    FILE *pipe = popen(command.c_str(), "r");
    Outcome outcome;
    if (pipe == nullptr) return outcome;
    std::array<char, 4096> buffer{};
    for (std::size_t got = 0; (got = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
      outcome.output.append(buffer.data(), got);
    }
    outcome.status = WEXITSTATUS(pclose(pipe));
    return outcome;
  }

  std::filesystem::path folder_;
};

// Plugins that were built before it was checked go on working, but none is built so again.
TEST_F(Tool, RefusesWhatAHostOnlyWarnsOf) {
  put("m.yaml", edited("{shelf: {$from: /shelf_id}}", "{shelf: 1}"));
  const Outcome outcome = run("check m.yaml");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.output.find("warning: M333"), std::string::npos) << outcome.output;
}

// What only compiling finds, with its place: each of them is refused when the plugin is loaded.
TEST_F(Tool, RefusesWhatThePluginWouldRefuse) {
  struct Case {
    std::string_view from, to, place;
  };
  for (const Case &each : std::initializer_list<Case>{
           {"strategy: set\n", "strategy: set\n      emits: [changed]\n", "/triggers/0/detect"},
           {"strategy: set\n", "strategy: top\n", "/triggers/0/detect"},
           {"strategy: set\n", "strategy: set\n      pages: 2\n      emits: [removed]\n",
            "/triggers/0/detect"},
           {"    paging: {size: {name: limit, value: 100}, from: {name: offset}",
            "    answer: {file: true, as: x}\n"
            "    paging: {size: {name: limit, value: 100}, from: {name: offset}",
            "/actions/1/answer"},
           {"{status: [401], class: auth_expired}", "{pointer: \"\", class: auth_expired}",
            "/errors/0"}}) {
    put("m.yaml", edited(each.from, each.to));
    const Outcome outcome = run("check m.yaml");
    EXPECT_EQ(outcome.status, 1) << each.to;
    EXPECT_NE(outcome.output.find("error: M337 "), std::string::npos) << outcome.output;
    EXPECT_NE(outcome.output.find("(at " + std::string(each.place) + ")"), std::string::npos)
        << outcome.output;
  }
}

TEST_F(Tool, BuildsOneManifestOfParts) {
  const std::string text(good_manifest());
  const auto cut = text.find("actions:\n");
  const auto defs = text.find("$defs:\n");
  put("base.yaml", text.substr(0, cut));
  put("actions.yaml", text.substr(cut, defs - cut));
  put("defs.yaml", text.substr(defs));
  const std::string command =
      "build --name acme --out-yaml acme.yaml --out-cpp acme.cpp actions.yaml base.yaml defs.yaml";
  const Outcome built = run(command);
  EXPECT_EQ(built.status, 0) << built.output;
  EXPECT_EQ(built.output, "");
  const LoadResult loaded = load(folder_ / "acme.yaml");
  ASSERT_TRUE(loaded.manifest.has_value());
  EXPECT_EQ(loaded.manifest->json(), document_of(text).value);
  // The source is bound to these very bytes.
  const std::string source = get("acme.cpp");
  const std::string hex = to_hex(loaded.manifest->sha256());
  EXPECT_NE(source.find("0x" + hex.substr(0, 2) + ", 0x" + hex.substr(2, 2)), std::string::npos);
  // The same parts give the same bytes.
  const std::string first = get("acme.yaml");
  EXPECT_EQ(run(command).status, 0);
  EXPECT_EQ(get("acme.yaml"), first);
  EXPECT_EQ(get("acme.cpp"), source);
}

TEST_F(Tool, BuildFailsAsCompilersDo) {
  put("bad.yaml", edited("use: thing.create", "use: thing.make"));
  const Outcome built = run("build --name acme --out-yaml a.yaml --out-cpp a.cpp bad.yaml");
  EXPECT_EQ(built.status, 1);
  EXPECT_TRUE(built.output.starts_with("bad.yaml:")) << built.output;
  EXPECT_NE(built.output.find(": error: M330 "), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "a.yaml"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "a.cpp"));
}

TEST_F(Tool, M331TheLibraryHasAnotherName) {
  put("m.yaml", good_manifest());
  const Outcome built = run("build --name other --out-yaml a.yaml --out-cpp a.cpp m.yaml");
  EXPECT_EQ(built.status, 1);
  EXPECT_NE(built.output.find("m.yaml:8:11: error: M331 "), std::string::npos) << built.output;
}

TEST_F(Tool, ShowsSchemas) {
  put("m.yaml", good_manifest());
  const Outcome all = run("schema m.yaml");
  EXPECT_EQ(all.status, 0) << all.output;
  EXPECT_NE(all.output.find(R"("thing.create":{"alias":"thing-create","input":{)"),
            std::string::npos)
      << all.output;
  const Outcome one = run("schema --operation thing.create --part input m.yaml");
  EXPECT_EQ(one.status, 0) << one.output;
  EXPECT_TRUE(one.output.starts_with(R"({"type":"object")")) << one.output;
  EXPECT_EQ(run("schema --operation thing-create --part input m.yaml").output, one.output);
  EXPECT_EQ(run("schema --operation thing.make m.yaml").status, 1);
  EXPECT_EQ(run("schema --operation thing.create --part sample m.yaml").status, 64);
  EXPECT_EQ(run("schema --part input m.yaml").status, 64);
  EXPECT_EQ(run("schema").status, 64);
}

TEST_F(Tool, ChecksFilesOneByOneOrTogether) {
  put("good.yaml", good_manifest());
  put("bad.yaml", "a: yes\n");
  put("missing_part.yaml", "limitations: []\n");
  EXPECT_EQ(run("check good.yaml").status, 0);
  const Outcome both = run("check good.yaml bad.yaml none.yaml");
  EXPECT_EQ(both.status, 1);
  EXPECT_NE(both.output.find("bad.yaml:1:4: error: M103"), std::string::npos) << both.output;
  EXPECT_NE(both.output.find("none.yaml: error: M110"), std::string::npos) << both.output;
  EXPECT_EQ(run("check --parts good.yaml missing_part.yaml").status, 0);
  EXPECT_EQ(run("check missing_part.yaml").status, 1);
}

TEST_F(Tool, ComparesReleases) {
  put("old.yaml", good_manifest());
  put("new.yaml", edited("id: thing.list", "id: thing.all"));
  const Outcome compared = run("diff old.yaml new.yaml");
  EXPECT_EQ(compared.status, 1);
  EXPECT_NE(compared.output.find("M401"), std::string::npos) << compared.output;
  EXPECT_NE(compared.output.find("M410"), std::string::npos);
  EXPECT_NE(compared.output.find("needed: major bump; made: no bump"), std::string::npos);
  EXPECT_EQ(run("diff old.yaml old.yaml").status, 0);
}

TEST_F(Tool, TellsItsUse) {
  EXPECT_EQ(run("").status, 64);
  EXPECT_EQ(run("build --name x").status, 64);
  EXPECT_EQ(run("check").status, 64);
  EXPECT_EQ(run("diff one").status, 64);
  const Outcome codes = run("codes");
  EXPECT_EQ(codes.status, 0);
  EXPECT_NE(codes.output.find("M101"), std::string::npos);
  put("m.yaml", good_manifest());
  EXPECT_EQ(run("build --name acme --out-yaml /nowhere/a.yaml --out-cpp a.cpp m.yaml").status, 74);
}

TEST_F(Tool, MakesThePageForPeopleAndSaysWhenItIsOld) {
  put("m.yaml", good_manifest());
  const Outcome shown = run("catalogue m.yaml");
  EXPECT_EQ(shown.status, 0);
  EXPECT_TRUE(shown.output.starts_with("# Acme: triggers and actions\n"));

  EXPECT_EQ(run("catalogue --check page.md m.yaml").status, 1);  // there is none
  EXPECT_EQ(run("catalogue --write page.md m.yaml").status, 0);
  EXPECT_EQ(get("page.md"), shown.output);
  EXPECT_EQ(run("catalogue --check page.md m.yaml").status, 0);

  put("m.yaml", edited("title: Create a thing", "title: Make a thing"));
  const Outcome old = run("catalogue --check page.md m.yaml");
  EXPECT_EQ(old.status, 1);
  EXPECT_NE(old.output.find("./dev catalogue"), std::string::npos);

  put("m.yaml", "title: [");
  EXPECT_EQ(run("catalogue m.yaml").status, 1);
  EXPECT_EQ(run("catalogue").status, 64);
  EXPECT_EQ(run("catalogue --write page.md").status, 64);
}

}  // namespace
}  // namespace cpi::manifest::test
