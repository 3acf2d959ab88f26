#include "cli/broken_schemas.hpp"

#include <gtest/gtest.h>

#include "../temporary_folder.hpp"
#include "plugin_folder.hpp"
#include "plugins/operation.hpp"

namespace host::cli {
namespace {

using host::test::Loaded;

TEST(BrokenSchemas, AreReadAsTheyWereWrittenUntilTheNextHostForgetsThem) {
  const TemporaryFolder folder;
  EXPECT_TRUE(read_broken_schemas(folder.path()).found.empty());
  const Loaded tiny("good");
  SchemaCheck &check = tiny.plugin->schema_check();
  EXPECT_EQ(check.check(OperationKind::action, "thing.get", R"({"id":"7"})").place, "/id");
  EXPECT_EQ(check.check(OperationKind::action, "thing.get", R"({"id":"8"})").count, 1u);
  write_broken_schemas(folder.path(), 1'700'000'000'000, {tiny.plugin});

  const BrokenSchemas read = read_broken_schemas(folder.path());
  EXPECT_EQ(read.since_unix_ms, 1'700'000'000'000);
  ASSERT_EQ(read.found.size(), 1u);
  EXPECT_EQ(read.found[0].plugin, "tiny");
  EXPECT_EQ(read.found[0].version, "1.2.3");
  EXPECT_EQ(read.found[0].breaks.operation, "action thing.get");
  EXPECT_EQ(read.found[0].breaks.count, 2u);
  EXPECT_EQ(read.found[0].breaks.place, "/id");
  EXPECT_EQ(read.found[0].breaks.why, check.breaks()[0].why);

  forget_broken_schemas(folder.path());
  EXPECT_TRUE(read_broken_schemas(folder.path()).found.empty());
}

TEST(BrokenSchemas, OfADamagedFileAreNone) {
  const TemporaryFolder folder;
  for (const char *text : {"", "garbage", "[]", R"({"found":7})", R"({"found":[7]})"}) {
    (void)folder.file("broken_schemas.json", text);
    EXPECT_TRUE(read_broken_schemas(folder.path()).found.empty()) << text;
  }
}

}  // namespace
}  // namespace host::cli
