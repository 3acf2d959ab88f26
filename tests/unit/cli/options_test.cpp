#include "cli/options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../temporary_folder.hpp"
#include "cli/failure.hpp"

namespace host::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Environment at_home{{"HOME", "/home/ann"}};

Settings settings(const Flags &flags, const Environment &environment, std::string config = {}) {
  return {flags, std::move(config), environment, false};
}

CommandFailure refused(const Flags &flags, const Environment &environment,
                       const std::string &config = {}) {
  try {
    settings(flags, environment, config);
  } catch (const CommandFailure &failure) {
    return failure;
  }
  ADD_FAILURE() << "was accepted";
  return usage_failure("");
}

TEST(Precedence, IsFlagThenEnvironmentThenFileThenDefault) {
  const TemporaryFolder folder;
  const std::string file =
      folder.file("c.yaml", "log_format: json\nlog_level: warn\nca_file: /f\n");
  Environment environment = at_home;
  EXPECT_EQ(settings({}, environment).text("log-format"), "text");
  EXPECT_EQ(settings({}, environment).values("log-format").front().origin, "default");

  environment["CONNECTOR_CONFIG"] = file;
  EXPECT_EQ(settings({}, environment).text("log-format"), "json");
  EXPECT_EQ(settings({}, environment).values("log-level").front().origin, file + ":2");
  EXPECT_EQ(settings({}, environment).text("ca-file"), "/f");

  environment["CONNECTOR_LOG_LEVEL"] = "error";
  EXPECT_EQ(settings({}, environment).log_level(), LogLevel::error);
  EXPECT_EQ(settings({}, environment).values("log-level").front().origin,
            "environment CONNECTOR_LOG_LEVEL");

  const Settings flagged = settings({{"log-level", {"debug"}}}, environment);
  EXPECT_EQ(flagged.log_level(), LogLevel::debug);
  EXPECT_EQ(flagged.values("log-level").front().origin, "flag --log-level");
  EXPECT_EQ(flagged.log_format(), LogFormat::json);
}

TEST(RepeatableSettings, ReplaceWholeListsOfWeakerOrigins) {
  const TemporaryFolder folder;
  const std::string file =
      folder.file("c.yaml", "connect_to: [\"a:1:b:2\", \"c:1:d:2\"]\nsink: \"file:/x\"\n");
  const Environment environment{{"HOME", "/home/ann"}, {"CONNECTOR_CONNECT_TO", "e:1:f:2,g:1:h:2"}};
  EXPECT_THAT(settings({}, at_home, file).list("connect-to"), ElementsAre("a:1:b:2", "c:1:d:2"));
  EXPECT_THAT(settings({}, at_home, file).list("sink"), ElementsAre("file:/x"));
  EXPECT_THAT(settings({}, environment, file).list("connect-to"),
              ElementsAre("e:1:f:2", "g:1:h:2"));
  EXPECT_THAT(settings({{"connect-to", {"i:1:j:2"}}}, environment, file).list("connect-to"),
              ElementsAre("i:1:j:2"));
}

TEST(PluginFolders, AddUpWithTheStrongestFirst) {
  const TemporaryFolder folder;
  const std::string file = folder.file("c.yaml", "plugin_dir: /from/file\n");
  const Environment environment{{"HOME", "/home/ann"}, {"CONNECTOR_PLUGIN_PATH", "/env/a::/env/b"}};
  const Settings all = settings({{"plugin-dir", {"/flag"}}}, environment, file);
  EXPECT_THAT(all.list("plugin-dir"), ElementsAre("/flag", "/env/a", "/env/b", "/from/file"));
  EXPECT_EQ(all.values("plugin-dir")[1].origin, "environment CONNECTOR_PLUGIN_PATH");
  EXPECT_EQ(all.values("plugin-dir")[3].origin, file + ":1");
}

TEST(DataDirectory, IsWhereTheSystemSaysItBelongs) {
  EXPECT_EQ(settings({}, at_home).data_dir(), "/home/ann/.local/state/connector-host");
  EXPECT_EQ(settings({}, {{"HOME", "/h"}, {"XDG_STATE_HOME", "/s"}}).data_dir(),
            "/s/connector-host");
  EXPECT_EQ(settings({}, {{"HOME", "/h"}, {"XDG_STATE_HOME", "relative"}}).data_dir(),
            "/h/.local/state/connector-host");
  const Environment systemd{{"STATE_DIRECTORY", "/var/lib/one:/var/lib/two"}, {"HOME", "/h"}};
  EXPECT_EQ(settings({}, systemd).data_dir(), "/var/lib/one");
  EXPECT_EQ(settings({}, systemd).values("data-dir").front().origin, "environment STATE_DIRECTORY");
  EXPECT_EQ(Settings({}, "", {{"HOME", "/root"}}, true).data_dir(), "/var/lib/connector-host");
  EXPECT_EQ(refused({}, {}).exit, ExitCode::config);
}

TEST(ConfigurationFile, IsFoundInItsPlaceWhenItIsThere) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder.path() / "connector-host");
  const std::string file = folder.file("connector-host/config.yaml", "log_level: \"off\"\n");
  const Environment environment{{"HOME", "/h"}, {"XDG_CONFIG_HOME", folder.path().string()}};
  const Settings found = settings({}, environment);
  EXPECT_EQ(found.log_level(), LogLevel::off);
  EXPECT_EQ(found.config_file().value, file);
  EXPECT_EQ(settings({}, at_home).config_file().value, "");
}

TEST(ConfigurationFile, TellsMistakesWithTheirPlace) {
  const TemporaryFolder folder;
  const std::string file = folder.file("c.yaml", "log_format: json\nlog_levle: warn\n");
  const CommandFailure unknown = refused({}, at_home, file);
  EXPECT_EQ(unknown.exit, ExitCode::config);
  EXPECT_THAT(unknown.error.message, HasSubstr(file + ":2:1: there is no setting \"log_levle\""));
  EXPECT_EQ(unknown.error.advice, "Did you mean log_level?");

  EXPECT_THAT(refused({}, at_home, folder.file("d.yaml", "data_dir: [a]\n")).error.message,
              HasSubstr("d.yaml:1:1: \"data_dir\" must be text"));
  EXPECT_THAT(refused({}, at_home, folder.file("e.yaml", "sink: {a: b}\n")).error.message,
              HasSubstr("a text or a list of texts"));
  EXPECT_THAT(refused({}, at_home, folder.file("f.yaml", "a: [\n")).error.message,
              HasSubstr("f.yaml"));
  EXPECT_THAT(refused({}, at_home, folder.file("g.yaml", "- a\n")).error.message,
              HasSubstr("map of settings"));
  EXPECT_EQ(refused({}, at_home, "/does/not/exist").exit, ExitCode::config);
}

TEST(Values, AreCheckedAndTheOneToBlameIsNamed) {
  const CommandFailure flag = refused({{"log-level", {"loud"}}}, at_home);
  EXPECT_EQ(flag.exit, ExitCode::usage);
  EXPECT_THAT(flag.error.message, HasSubstr("\"loud\" (flag --log-level) is not debug, info"));

  Environment environment = at_home;
  environment["CONNECTOR_INTERVAL"] = "soon";
  const CommandFailure variable = refused({}, environment);
  EXPECT_EQ(variable.exit, ExitCode::config);
  EXPECT_THAT(variable.error.message, HasSubstr("environment CONNECTOR_INTERVAL"));

  EXPECT_EQ(refused({{"workers", {"0"}}}, at_home).exit, ExitCode::usage);
  EXPECT_EQ(refused({{"keep-days", {"-1"}}}, at_home).exit, ExitCode::usage);
  EXPECT_EQ(refused({{"keep-days", {"1e9"}}}, at_home).exit, ExitCode::usage);
  for (const char *days : {"0", "-1", "1e9", "x"})
    EXPECT_EQ(refused({{"session-days", {days}}}, at_home).exit, ExitCode::usage) << days;
  EXPECT_EQ(refused({{"interval", {"-1"}}}, at_home).exit, ExitCode::usage);
  EXPECT_EQ(refused({{"interval", {"nan"}}}, at_home).exit, ExitCode::usage);
}

TEST(Values, AreReadAsWhatTheyMean) {
  const Settings given =
      settings({{"interval", {"0.25"}}, {"workers", {"3"}}, {"data-dir", {"/d"}}}, at_home);
  EXPECT_EQ(given.interval(), std::chrono::milliseconds(250));
  EXPECT_EQ(given.workers(), 3U);
  EXPECT_EQ(given.data_dir(), "/d");
  EXPECT_EQ(settings({}, at_home).interval(), std::chrono::milliseconds(0));
  EXPECT_EQ(settings({}, at_home).workers(), 0U);
  EXPECT_EQ(settings({}, at_home).keep_history(), std::chrono::hours(24 * 30));
  EXPECT_EQ(settings({}, at_home).session_lifetime(), std::chrono::hours(24 * 30));
  EXPECT_EQ(settings({{"session-days", {"0.5"}}}, at_home).session_lifetime(),
            std::chrono::hours(12));
  EXPECT_EQ(settings({{"keep-days", {"0"}}}, at_home).keep_history(), std::chrono::hours(0));
  EXPECT_EQ(settings({{"keep-days", {"0.5"}}}, at_home).keep_history(), std::chrono::hours(12));
  EXPECT_THAT(settings({}, at_home).list("sink"), ElementsAre("stdout"));
}

TEST(SettingKinds, AreAllReachableByFlagEnvironmentAndFile) {
  for (const SettingKind &kind : setting_kinds()) {
    SCOPED_TRACE(kind.name);
    EXPECT_TRUE(kind.variable.starts_with("CONNECTOR_"));
    EXPECT_FALSE(kind.help.empty());
    EXPECT_FALSE(kind.value.empty());
  }
}

}  // namespace
}  // namespace host::cli
