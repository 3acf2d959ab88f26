#include "inbound/http_message.hpp"

#include <gtest/gtest.h>

namespace host::inbound {
namespace {

TEST(Cookie, IsTheFirstOfItsName) {
  IncomingRequest request;
  EXPECT_EQ(request.cookie("a"), "");
  request.headers.emplace("cookie", "b=2; a=1;c=3; a=4; odd");
  EXPECT_EQ(request.cookie("a"), "1");
  EXPECT_EQ(request.cookie("b"), "2");
  EXPECT_EQ(request.cookie("c"), "3");
  EXPECT_EQ(request.cookie("odd"), "");
  EXPECT_EQ(request.cookie(""), "");
  EXPECT_EQ(request.cookie("aa"), "");
}

TEST(Cookie, MayHoldAnEqualsSign) {
  IncomingRequest request;
  request.headers.emplace("cookie", "a=b=c");
  EXPECT_EQ(request.cookie("a"), "b=c");
}

TEST(Header, AndParameterAreEmptyWhenAbsent) {
  IncomingRequest request;
  request.headers.emplace("host", "x");
  request.query.emplace("state", "held");
  EXPECT_EQ(request.header("host"), "x");
  EXPECT_EQ(request.header("origin"), "");
  EXPECT_EQ(request.parameter("state"), "held");
  EXPECT_EQ(request.parameter("limit"), "");
}

}  // namespace
}  // namespace host::inbound
