#include "log/redaction.hpp"

#include <gtest/gtest.h>

namespace host {
namespace {

TEST(Redactor, BlacksOutBearerAndBasicCredentials) {
  const Redactor redactor;
  EXPECT_EQ(redactor.redact("authorization: Bearer eyJhbGciOiJSUzI1NiJ9.x-y_z=="),
            "authorization: Bearer ***");
  EXPECT_EQ(redactor.redact("BEARER abcdefgh1, then"), "BEARER ***, then");
  EXPECT_EQ(redactor.redact("Basic dXNlcjpwYXNz"), "Basic ***");
}

TEST(Redactor, LeavesProseAlone) {
  const Redactor redactor;
  EXPECT_EQ(redactor.redact("the bearer of bad news, basic facts"),
            "the bearer of bad news, basic facts");
}

TEST(Redactor, BlacksOutWhatItRemembersHoweverJsonWritesIt) {
  Redactor redactor;
  redactor.remember("top\"secret");
  EXPECT_EQ(redactor.redact("it is top\"secret!"), "it is ***!");
  EXPECT_EQ(redactor.redact(R"({"key":"top\"secret"})"), R"({"key":"***"})");
}

TEST(Redactor, LeavesNoRestOfTheLongerOfTwo) {
  Redactor redactor;
  redactor.remember("secret-1");
  redactor.remember("secret-1-and-more");
  EXPECT_EQ(redactor.redact("secret-1-and-more secret-1"), "*** ***");
}

TEST(Redactor, IgnoresWhatIsTooShortToBeASecret) {
  Redactor redactor;
  redactor.remember("a");
  redactor.remember("");
  EXPECT_EQ(redactor.redact("a banana"), "a banana");
}

}  // namespace
}  // namespace host
