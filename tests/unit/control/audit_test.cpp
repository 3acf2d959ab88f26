#include "control/audit.hpp"

#include <gmock/gmock.h>

#include "../store/fixture.hpp"
#include "base/clock.hpp"

namespace host {
namespace {

TEST(AuditName, HasNothingThatSteersATerminalAndAnEnd) {
  EXPECT_EQ(audit_name("con_one box.add"), "con_one box.add");
  EXPECT_EQ(audit_name("a\x1b[2J\nb\xc3\xa9"), "a?[2J?b??");
  EXPECT_EQ(audit_name(std::string(1000, 'x')).size(), 100U);
}

TEST(AuditOutcome, IsTheClassOfTheFailureAndNotItsWords) {
  OperationError error;
  error.error_class = ErrorClass::needs_reauth;
  error.message = "the secret";
  EXPECT_EQ(audit_outcome(Failure(error)), "failed: needs_reauth");
  EXPECT_EQ(audit_outcome(wrong_call("the secret")), "failed: invalid_input");
  EXPECT_EQ(audit_outcome(unknown_name("trigger", "the secret", {})), "failed: not_found");
}

TEST(CommandUser, IsTheOneWhoRunsThis) {
  EXPECT_THAT(command_user(), testing::StartsWith("command "));
}

TEST(StoreAudit, LinesAreForgottenAfterTheirTime) {
  const host::test::Folder folder;
  SqliteStore store{folder.path()};
  const std::int64_t now = unix_ms_now();
  const std::int64_t kept = std::chrono::milliseconds(audit_retention).count();
  AuditRecord line;
  for (const std::int64_t at : {now - kept - 60'000, now - kept + 60'000}) {
    line.at = at;
    store_audit(store, std::span(&line, 1));
  }
  ASSERT_EQ(store.audit({}).size(), 1U);
  EXPECT_EQ(store.audit({}).front().at, now - kept + 60'000);
}

}  // namespace
}  // namespace host
