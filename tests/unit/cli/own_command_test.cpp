#include "cli/own_command.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "../temporary_folder.hpp"

namespace host::cli {
namespace {

namespace fs = std::filesystem;

std::string command_of(const Flags &flags, const Environment &environment) {
  return own_command(Settings(flags, {}, environment, false), "link --open");
}

TEST(ShellWord, IsOneWordOfAShell) {
  EXPECT_EQ(shell_word("/var/lib/x-1.0"), "/var/lib/x-1.0");
  EXPECT_EQ(shell_word("a b"), "'a b'");
  EXPECT_EQ(shell_word("it's $HOME;"), "'it'\\''s $HOME;'");
  EXPECT_EQ(shell_word(""), "''");
}

TEST(OwnCommand, IsThisProgramWhereTheShellWouldNotFindIt) {
  const std::string executable = shell_word(fs::read_symlink("/proc/self/exe").string());
  EXPECT_EQ(command_of({}, {{"HOME", "/home/me"}}), executable + " link --open");
  const TemporaryFolder folder;
  fs::create_symlink(fs::read_symlink("/proc/self/exe"), folder.path() / "connector-host");
  EXPECT_EQ(command_of({}, {{"HOME", "/home/me"}, {"PATH", "/nowhere:" + folder.path().string()}}),
            "connector-host link --open");
  fs::remove(folder.path() / "connector-host");
  fs::create_symlink("/bin/sh", folder.path() / "connector-host");
  EXPECT_EQ(command_of({}, {{"HOME", "/home/me"}, {"PATH", folder.path().string()}}),
            executable + " link --open")
      << "another program of that name";
}

TEST(OwnCommand, NamesTheDataFolderUnlessItIsTheUsualOne) {
  const std::string executable = shell_word(fs::read_symlink("/proc/self/exe").string());
  EXPECT_EQ(command_of({{"data-dir", {"/srv/my data"}}}, {{"HOME", "/home/me"}}),
            executable + " --data-dir '/srv/my data' link --open");
  EXPECT_EQ(command_of({}, {{"HOME", "/home/me"}, {"CONNECTOR_DATA_DIR", "/srv/data"}}),
            executable + " --data-dir /srv/data link --open");
}

}  // namespace
}  // namespace host::cli
