#include "cli/exit_code.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace host::cli {
namespace {

// The contract with scripts: a change here breaks them.
TEST(ExitCodeOfError, EveryClassHasTheDocumentedOne) {
  const std::vector<std::pair<ErrorClass, int>> table{
      {ErrorClass::invalid_input, 65},   {ErrorClass::too_large, 65},
      {ErrorClass::limitation, 65},      {ErrorClass::not_found, 66},
      {ErrorClass::unavailable, 69},     {ErrorClass::plugin_fault, 70},
      {ErrorClass::host_fault, 70},      {ErrorClass::conflict, 73},
      {ErrorClass::rate_limited, 75},    {ErrorClass::quota, 75},
      {ErrorClass::timeout, 75},         {ErrorClass::bad_response, 76},
      {ErrorClass::auth_expired, 77},    {ErrorClass::needs_reauth, 77},
      {ErrorClass::forbidden, 77},       {ErrorClass::app_misconfigured, 78},
      {ErrorClass::unknown_outcome, 79},
  };
  for (const auto &[error_class, code] : table)
    EXPECT_EQ(static_cast<int>(exit_code(error_class)), code) << name(error_class);
  // One of each: a class that is added must get its line here.
  for (int number = 1; number <= 16; ++number) {
    const auto error_class = error_class_of(number);
    EXPECT_TRUE(std::ranges::any_of(table, [error_class](const auto &row) {
      return row.first == error_class;
    })) << number;
  }
}

TEST(ExitCodeOfError, StoreAndKeySayWhoMustAct) {
  EXPECT_EQ(exit_code(StoreError::Kind::busy), ExitCode::try_again);
  EXPECT_EQ(exit_code(StoreError::Kind::full), ExitCode::io);
  EXPECT_EQ(exit_code(StoreError::Kind::corrupt), ExitCode::io);
  EXPECT_EQ(exit_code(StoreError::Kind::newer_schema), ExitCode::config);
  EXPECT_EQ(exit_code(SealError::Kind::wrong_key), ExitCode::config);
  EXPECT_EQ(exit_code(SealError::Kind::key_unsafe), ExitCode::no_permission);
  EXPECT_EQ(exit_code(SealError::Kind::damaged), ExitCode::io);
}

TEST(ExitCodeTable, NamesEveryCodeOnce) {
  const std::string table = exit_code_table();
  for (const int code : {0, 64, 65, 66, 69, 70, 73, 74, 75, 76, 77, 78, 79}) {
    const std::string line = std::string(code < 10 ? "   " : "  ") + std::to_string(code) + "  ";
    const auto at = table.find('\n' + line);
    ASSERT_NE(at, std::string::npos) << code;
    EXPECT_EQ(table.find('\n' + line, at + 1), std::string::npos) << code;
  }
}

}  // namespace
}  // namespace host::cli
