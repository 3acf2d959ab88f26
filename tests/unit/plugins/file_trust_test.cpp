#include "plugins/file_trust.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "plugin_folder.hpp"

namespace host {
namespace {

constexpr uid_t other_id = 54321;

struct stat of(mode_t mode, uid_t owner, gid_t group) {
  struct stat status {};
  status.st_mode = S_IFREG | mode;
  status.st_uid = owner;
  status.st_gid = group;
  return status;
}

TEST(FileTrust, OneselfAndRootMayOwnAndWrite) {
  for (const uid_t owner : {uid_t{0}, ::geteuid()})
    for (const gid_t group : {gid_t{0}, ::getegid()})
      for (const mode_t mode : {0600u, 0644u, 0664u, 0755u, 0775u})
        EXPECT_EQ(writable_by_others(of(mode, owner, group)), "")
            << owner << ' ' << group << ' ' << mode;
  EXPECT_EQ(writable_by_others(of(0644, 0, other_id)), "") << "a group that only reads";
}

TEST(FileTrust, NobodyElseMay) {
  EXPECT_EQ(writable_by_others(of(0644, other_id, 0)), "owned by user ID 54321");
  EXPECT_EQ(writable_by_others(of(0646, 0, 0)), "writable by everyone");
  EXPECT_EQ(writable_by_others(of(0666, ::geteuid(), ::getegid())), "writable by everyone");
  EXPECT_EQ(writable_by_others(of(0664, 0, other_id)), "writable by group ID 54321");
}

TEST(FileTrust, OfPaths) {
  const test::PluginFolder folder;
  folder.write("file", "");
  const auto file = folder.path() / "file";
  EXPECT_EQ(writable_by_others(file), "");
  std::filesystem::permissions(file, std::filesystem::perms::others_write,
                               std::filesystem::perm_options::add);
  EXPECT_EQ(writable_by_others(file), "writable by everyone");
  EXPECT_NE(writable_advice(file).find(file.string()), std::string::npos);
  EXPECT_EQ(writable_by_others(folder.path() / "absent"), "");
}

}  // namespace
}  // namespace host
