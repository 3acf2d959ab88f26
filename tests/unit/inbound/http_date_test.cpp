#include "inbound/http_date.hpp"

#include <gtest/gtest.h>

namespace host::inbound {
namespace {

TEST(HttpDate, IsWrittenAsRfc9110Says) {
  const auto at = [](long long seconds) {
    return std::chrono::system_clock::time_point(std::chrono::seconds(seconds));
  };
  EXPECT_EQ(http_date(at(784111777)), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date(at(0)), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(http_date(at(1709164799)), "Wed, 28 Feb 2024 23:59:59 GMT");
  EXPECT_EQ(http_date(at(1709164800)), "Thu, 29 Feb 2024 00:00:00 GMT");
}

}  // namespace
}  // namespace host::inbound
